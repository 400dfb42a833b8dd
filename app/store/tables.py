"""The tables: structures, actions, their versions, the log of changes that the index follows, and who may write."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, Index, MetaData, Text, TypeDecorator, UniqueConstraint
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from app.catalogue.action import ActionBase

# Constraints need names: a migration can only change what it can call by name, on every database.
_NAMES = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, stored in UTC and given back with its zone, which SQLite drops."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC; a moment without zone is an error of the caller."""
        if value is not None and value.tzinfo is None:
            raise ValueError("a stored moment needs a zone")
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Put the zone back."""
        if value is None or value.tzinfo:
            return value.astimezone(UTC) if value else None
        return value.replace(tzinfo=UTC)


METADATA = MetaData(naming_convention=_NAMES)


class Table(SQLModel, registry=registry(metadata=METADATA)):
    """The base of every table of the store, and of nothing else."""


class StructureRow(Table, table=True):
    """An organiser, written once for all of its actions; `departement` is an INSEE code."""

    __tablename__ = "structures"

    id: str = Field(primary_key=True, sa_type=Text)
    nom: str = Field(sa_type=Text)
    departement: str | None = Field(default=None, sa_type=Text)


class ActionRow(ActionBase, Table, table=True):
    """An action as it is now, and what the catalogue knows of it; a deleted one stays, with the time it went."""

    __tablename__ = "actions"
    __table_args__ = (
        UniqueConstraint("identity", "rank"),
        # Serves the foreign key, the count of a structure's actions and the count of all, without reading the rows.
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
    """What one version of an action said, by field key."""

    __tablename__ = "versions"

    action: int = Field(primary_key=True, foreign_key="actions.number")
    version: int = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    author: str = Field(sa_type=Text)
    content: dict[str, Any] = Field(sa_type=JSON)


class ChangeRow(Table, table=True):
    """One line of the log; its number is never given twice, since an index remembers the last one that it holds."""

    __tablename__ = "changes"
    __table_args__ = (Index(None, "action", "number"), {"sqlite_autoincrement": True})

    number: int | None = Field(default=None, primary_key=True)
    action: int = Field(foreign_key="actions.number")
    kind: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=UtcDateTime)
    author: str = Field(sa_type=Text)


class KeyRow(Table, table=True):
    """An API key: whose it is and what it may do; of its secret there is only a hash."""

    __tablename__ = "api_keys"

    id: str = Field(primary_key=True, sa_type=Text)
    name: str = Field(sa_type=Text)
    scopes: list[str] = Field(sa_type=JSON)
    secret_hash: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class IdempotencyRow(Table, table=True):
    """A creation that came with a name of its own (`Idempotency-Key`): what it asked for, and the record it made."""

    __tablename__ = "repeats"

    key: str = Field(primary_key=True, sa_type=Text, foreign_key="api_keys.id")
    name: str = Field(primary_key=True, sa_type=Text)
    content_hash: str = Field(sa_type=Text)
    action: int = Field(foreign_key="actions.number")
    at: datetime = Field(sa_type=UtcDateTime, index=True)
