"""The tables: structures, actions, their versions, the change log, API keys and idempotency keys."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, Index, MetaData, Text, TypeDecorator, UniqueConstraint
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from app.catalogue.action import ActionBase
from app.catalogue.errors import DamagedData

DAMAGED_VALUE = "Une valeur de la base de données est endommagée : « actions check » dit laquelle."
_TIME_LENGTH = len("2026-01-01 00:00:00.000000")

# Constraints need names: a migration can only change a named constraint on every database.
_NAMING_CONVENTION = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}


def _decode_time(value: Any) -> datetime | None:
    """Return a time as SQLAlchemy stores it in SQLite, None for NULL. Raises DamagedData."""
    if value is None:
        return None
    try:
        time = datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise DamagedData(DAMAGED_VALUE) from error
    if len(value) != _TIME_LENGTH or time.tzinfo:
        raise DamagedData(DAMAGED_VALUE)
    return time.replace(tzinfo=UTC)


class UtcDateTime(TypeDecorator[datetime]):
    """A datetime, stored in UTC and returned with its time zone, which SQLite drops."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC. Raises ValueError for a datetime without time zone."""
        if value is not None and value.tzinfo is None:
            raise ValueError("a stored datetime needs a time zone")
        return value.astimezone(UTC) if value else None

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """Return the function that decodes a stored time; for SQLite, one that raises DamagedData."""
        return _decode_time if dialect.name == "sqlite" else super().result_processor(dialect, coltype)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Add the time zone."""
        if value is None or value.tzinfo:
            return value.astimezone(UTC) if value else None
        return value.replace(tzinfo=UTC)


METADATA = MetaData(naming_convention=_NAMING_CONVENTION)


class Table(SQLModel, registry=registry(metadata=METADATA)):
    """The base class of the tables."""


class StructureRow(Table, table=True):
    """A structure that organises actions; `departement` is an INSEE code."""

    __tablename__ = "structures"

    id: str = Field(primary_key=True, sa_type=Text)
    nom: str = Field(sa_type=Text)
    departement: str | None = Field(default=None, sa_type=Text)


class ActionRow(ActionBase, Table, table=True):
    """An action as it is now, with its metadata; a deleted one stays, with the time of its deletion.

    `identity` is a digest of title and structure; `rank` numbers the actions that share one.
    """

    __tablename__ = "actions"
    __table_args__ = (
        UniqueConstraint("identity", "rank"),
        # For the foreign key, and a covering index for the counts of one structure's actions and of all actions.
        Index(None, "structure_id", "supprime_le"),
        {"sqlite_autoincrement": True},
    )

    number: int | None = Field(default=None, primary_key=True)
    id: str = Field(sa_type=Text, unique=True)
    version: int
    structure_id: str = Field(sa_type=Text, foreign_key="structures.id")
    content_hash: str = Field(sa_type=Text)
    identity: str = Field(sa_type=Text)
    rank: int
    source_file: str | None = Field(default=None, sa_type=Text)
    source_line: int | None = None
    source_hash: str | None = Field(default=None, sa_type=Text)
    cree_le: datetime = Field(sa_type=UtcDateTime)
    modifie_le: datetime = Field(sa_type=UtcDateTime)
    supprime_le: datetime | None = Field(default=None, sa_type=UtcDateTime)


class VersionRow(Table, table=True):
    """One version of an action, its content by field key."""

    __tablename__ = "versions"

    action: int = Field(primary_key=True, foreign_key="actions.number")
    version: int = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    author: str = Field(sa_type=Text)
    content: dict[str, Any] = Field(sa_type=JSON)


class ChangeRow(Table, table=True):
    """A row of the change log; its number is never reused, since an index remembers the last one that it applied."""

    __tablename__ = "changes"
    __table_args__ = (Index(None, "action", "number"), {"sqlite_autoincrement": True})

    number: int | None = Field(default=None, primary_key=True)
    action: int = Field(foreign_key="actions.number")
    kind: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=UtcDateTime)
    author: str = Field(sa_type=Text)


class KeyRow(Table, table=True):
    """An API key, its scopes, and the hash of its secret."""

    __tablename__ = "api_keys"

    id: str = Field(primary_key=True, sa_type=Text)
    name: str = Field(sa_type=Text)
    scopes: list[str] = Field(sa_type=JSON)
    secret_hash: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class IdempotencyRow(Table, table=True):
    """A creation with an `Idempotency-Key` (`name`): the hash of its content, and the action that it made."""

    __tablename__ = "repeats"

    key: str = Field(primary_key=True, sa_type=Text, foreign_key="api_keys.id")
    name: str = Field(primary_key=True, sa_type=Text)
    content_hash: str = Field(sa_type=Text)
    action: int = Field(foreign_key="actions.number")
    at: datetime = Field(sa_type=UtcDateTime, index=True)
