"""Stores the result of each creation with an idempotency key, so that a repeated request returns the same record."""

from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, col, select

from app.catalogue.record import IdempotentResult, Record
from app.store.reader import first_version_of
from app.store.tables import ActionRow, IdempotencyRow, VersionRow


class IdempotencyTable:
    """The creations with an idempotency key, which is unique within an API key; columns `name` and `key`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def delete_expired(self, until: datetime) -> None:
        """Delete the entries made before `until`."""
        self._session.execute(delete(IdempotencyRow).where(col(IdempotencyRow.at) < until))

    def find(self, api_key_id: str, idempotency_key: str) -> IdempotentResult | None:
        """Return the content hash and the record of a creation, None without one."""
        row = self._session.exec(
            select(IdempotencyRow.content_hash, ActionRow, VersionRow)
            .join(ActionRow, col(ActionRow.number) == IdempotencyRow.action)
            .join(VersionRow, (col(VersionRow.action) == IdempotencyRow.action) & (col(VersionRow.version) == 1))
            .where(IdempotencyRow.key == api_key_id, IdempotencyRow.name == idempotency_key)
        ).one_or_none()
        return IdempotentResult(row[0], first_version_of(row[1], row[2])) if row else None

    def add(self, api_key_id: str, idempotency_key: str, content_hash: str, record: Record) -> None:
        """Add a creation, the hash of its content, and the record that it made."""
        self._session.add(
            IdempotencyRow(
                key=api_key_id, name=idempotency_key, content_hash=content_hash, action=record.number, at=record.cree_le
            )
        )
        self._session.flush()
