"""Migrates the tables of a database; safe when several processes start at once."""

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from app.catalogue.errors import StoreUnavailable
from app.resources import resource_path
from app.store.database import BUSY_TIMEOUT, create_database, translate_errors, write_engine


def migrate(url: str, *, busy_timeout: float = BUSY_TIMEOUT) -> None:
    """Create or upgrade the tables of the database at `url`; idempotent.

    Raises StoreUnavailable when the database fails, or when a newer program has upgraded it.
    """
    config = configuration()
    # SQLite alters a table by rebuilding it, which foreign keys of other tables would prevent.
    engine = create_database(url, busy_timeout=busy_timeout, foreign_keys=False)
    try:
        with translate_errors(), engine.connect() as connection:
            if _is_current(connection, config):
                return
        # Hold the write lock from the check to the commit: of two processes that start at once, the second one waits,
        # then has nothing to do.
        with translate_errors(), write_engine(engine).begin() as connection:
            if not _is_current(connection, config):
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
    finally:
        engine.dispose()


def configuration() -> Config:
    """Return the Alembic configuration."""
    config = Config()
    config.set_main_option("script_location", str(resource_path("migrations")).replace("%", "%%"))
    return config


def _is_current(connection: Connection, config: Config) -> bool:
    scripts = ScriptDirectory.from_config(config)
    applied = set(MigrationContext.configure(connection).get_current_heads())
    if applied - {script.revision for script in scripts.walk_revisions()}:
        raise StoreUnavailable("La base de données est plus récente que le programme : mettez le programme à jour.")
    return applied == set(scripts.get_heads())
