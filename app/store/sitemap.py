"""Lists records and structures with their last modification, in the parts of a sitemap."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func
from sqlalchemy import select as select_columns
from sqlmodel import Session, col

from app.catalogue.record import SitemapEntry, SitemapPart
from app.store.tables import ActionRow

_NOT_DELETED = col(ActionRow.supprime_le).is_(None)
_LAST_MODIFIED = func.max(col(ActionRow.modifie_le)).label("last_modified")


class SitemapReader:
    """Reads sitemap parts, counted from 1, and their entries.

    The number of a record decides its part, so a record never changes part; a deletion leaves its part smaller.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def record_parts(self, size: int) -> list[SitemapPart]:
        """Return the parts of records that are not empty, each with its last modification."""
        part = ((col(ActionRow.number) - 1) // size + 1).label("part")
        query = select_columns(part, _LAST_MODIFIED).where(_NOT_DELETED).group_by(part).order_by(part)
        return [SitemapPart(number, modified) for number, modified in self._all(query)]

    def record_entries(self, part: int, size: int) -> list[SitemapEntry]:
        """Return the records of a part by ascending number."""
        number = col(ActionRow.number)
        in_part = number > (part - 1) * size, number <= part * size
        query = (
            select_columns(col(ActionRow.id), col(ActionRow.modifie_le)).where(_NOT_DELETED, *in_part).order_by(number)
        )
        return [SitemapEntry(identifier, modified) for identifier, modified in self._all(query)]

    def structure_parts(self, size: int) -> list[SitemapPart]:
        """Return the parts of structures, each with its last modification."""
        times = [entry.modifie_le for entry in self._structures()]
        starts = range(0, len(times), size)
        return [SitemapPart(start // size + 1, max(times[start : start + size])) for start in starts]

    def structure_entries(self, part: int, size: int) -> list[SitemapEntry]:
        """Return the structures of a part by identifier, each with the last modification of its actions."""
        return self._structures()[(part - 1) * size : part * size]

    def _structures(self) -> list[SitemapEntry]:
        structure = col(ActionRow.structure_id)
        query = select_columns(structure, _LAST_MODIFIED).where(_NOT_DELETED).group_by(structure).order_by(structure)
        return [SitemapEntry(identifier, modified) for identifier, modified in self._all(query)]

    def _all(self, query: Any) -> Sequence[Any]:
        return self._session.execute(query).all()
