"""Remembers which record each named creation made, so that a repeat of it is answered and not carried out again."""

from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, col, select

from app.catalogue.record import Record, Repeat
from app.store.reader import first_record_of
from app.store.tables import ActionRow, RepeatRow, VersionRow


class Repeats:
    """The named creations of a while; a name belongs to the API key that it came with."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def forget(self, until: datetime) -> None:
        """Forget those that are older than `until`."""
        self._session.execute(delete(RepeatRow).where(col(RepeatRow.at) < until))

    def find(self, key: str, name: str) -> Repeat | None:
        """Return what the creation of that name asked for and made, None when there was none."""
        found = self._session.exec(
            select(RepeatRow.content_hash, ActionRow, VersionRow)
            .join(ActionRow, col(ActionRow.number) == RepeatRow.action)
            .join(VersionRow, (col(VersionRow.action) == RepeatRow.action) & (col(VersionRow.version) == 1))
            .where(RepeatRow.key == key, RepeatRow.name == name)
        ).one_or_none()
        return Repeat(found[0], first_record_of(found[1], found[2])) if found else None

    def note(self, key: str, name: str, content_hash: str, record: Record) -> None:
        """Remember that the creation of that name asked for that content and made `record`."""
        self._session.add(
            RepeatRow(key=key, name=name, content_hash=content_hash, action=record.number, at=record.cree_le)
        )
        self._session.flush()
