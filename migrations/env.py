"""Runs migrations on the connection of the program, or from the `alembic` command with `-x url=…`."""

from typing import Any, Literal

import sqlalchemy as sa
from alembic import context

from app.store.database import create_database, write_engine
from app.store.tables import METADATA, UtcDateTime


def _render(kind: str, item: Any, _autogenerate: Any) -> str | Literal[False]:
    """Render UtcDateTime as its database type, so that migrations do not import the program."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


def _run(connection: sa.Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        compare_type=True,
        render_as_batch=connection.dialect.name == "sqlite",
        render_item=_render,
    )
    context.run_migrations()


program_connection = context.config.attributes.get("connection")
if program_connection is not None:
    _run(program_connection)
else:
    address = context.get_x_argument(as_dictionary=True).get("url")
    if not address:
        message = "alembic needs a database: alembic -x url=sqlite:///var/actions.db …"
        raise SystemExit(message)
    with write_engine(create_database(str(address), foreign_keys=False)).begin() as own:
        _run(own)
