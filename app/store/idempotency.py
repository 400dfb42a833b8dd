"""Stores the record that each creation with an idempotency key made, so that a repeat returns it."""

from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, col, select

from app.catalogue.record import IdempotentResult, Record
from app.store.reader import first_version_of
from app.store.tables import ActionRow, IdempotencyRow, VersionRow


class IdempotencyTable:
    """The creations with an idempotency key (`name`), which is unique within an API key (`key`)."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def delete_expired(self, until: datetime) -> None:
        """Delete the entries made before `until`."""
        self._session.execute(delete(IdempotencyRow).where(col(IdempotencyRow.at) < until))

    def find(self, key: str, name: str) -> IdempotentResult | None:
        """Return the content hash and the record of a creation, None without one."""
        row = self._session.exec(
            select(IdempotencyRow.content_hash, ActionRow, VersionRow)
            .join(ActionRow, col(ActionRow.number) == IdempotencyRow.action)
            .join(VersionRow, (col(VersionRow.action) == IdempotencyRow.action) & (col(VersionRow.version) == 1))
            .where(IdempotencyRow.key == key, IdempotencyRow.name == name)
        ).one_or_none()
        return IdempotentResult(row[0], first_version_of(row[1], row[2])) if row else None

    def add(self, key: str, name: str, content_hash: str, record: Record) -> None:
        """Add a creation, the hash of its content, and the record that it made."""
        self._session.add(
            IdempotencyRow(key=key, name=name, content_hash=content_hash, action=record.number, at=record.cree_le)
        )
        self._session.flush()
