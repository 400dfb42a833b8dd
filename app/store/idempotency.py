"""Remembers which record each named creation made, so that a repeat of it is answered and not carried out again."""

from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, col, select

from app.catalogue.record import IdempotentResult, Record
from app.store.reader import first_version_of
from app.store.tables import ActionRow, IdempotencyRow, VersionRow


class IdempotencyTable:
    """The named creations of a while; a name belongs to the API key that it came with."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def delete_expired(self, until: datetime) -> None:
        """Forget those that are older than `until`."""
        self._session.execute(delete(IdempotencyRow).where(col(IdempotencyRow.at) < until))

    def find(self, key: str, name: str) -> IdempotentResult | None:
        """Return what the creation of that name asked for and made, None when there was none."""
        found = self._session.exec(
            select(IdempotencyRow.content_hash, ActionRow, VersionRow)
            .join(ActionRow, col(ActionRow.number) == IdempotencyRow.action)
            .join(VersionRow, (col(VersionRow.action) == IdempotencyRow.action) & (col(VersionRow.version) == 1))
            .where(IdempotencyRow.key == key, IdempotencyRow.name == name)
        ).one_or_none()
        return IdempotentResult(found[0], first_version_of(found[1], found[2])) if found else None

    def add(self, key: str, name: str, content_hash: str, record: Record) -> None:
        """Remember that the creation of that name asked for that content and made `record`."""
        self._session.add(
            IdempotencyRow(key=key, name=name, content_hash=content_hash, action=record.number, at=record.cree_le)
        )
        self._session.flush()
