"""Lists what is in the catalogue by identifier, with the day of its last change, in pieces of a given size."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func
from sqlalchemy import select as select_columns
from sqlmodel import Session, col

from app.catalogue.record import SitemapEntry, SitemapPart
from app.store.tables import ActionRow

_LIVING = col(ActionRow.supprime_le).is_(None)
_CHANGED = func.max(col(ActionRow.modifie_le)).label("changed")


class SitemapReader:
    """The records and the organisers of one snapshot; texts are not read.

    Pieces of records go by their numbers, so that a record stays in its piece for good: those that were deleted leave
    it smaller. Pieces count from 1.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def record_parts(self, size: int) -> list[SitemapPart]:
        """Return the pieces of records that are not empty, each with its last change."""
        piece = ((col(ActionRow.number) - 1) // size + 1).label("piece")
        query = select_columns(piece, _CHANGED).where(_LIVING).group_by(piece).order_by(piece)
        return [SitemapPart(number, changed) for number, changed in self._all(query)]

    def record_entries(self, piece: int, size: int) -> list[SitemapEntry]:
        """Return the records of one piece by growing number."""
        number = col(ActionRow.number)
        within = number > (piece - 1) * size, number <= piece * size
        query = select_columns(col(ActionRow.id), col(ActionRow.modifie_le)).where(_LIVING, *within).order_by(number)
        return [SitemapEntry(identifier, changed) for identifier, changed in self._all(query)]

    def structure_parts(self, size: int) -> list[SitemapPart]:
        """Return the pieces of organisers, each with its last change."""
        changes = [one.modifie_le for one in self._structures()]
        starts = range(0, len(changes), size)
        return [SitemapPart(start // size + 1, max(changes[start : start + size])) for start in starts]

    def structure_entries(self, piece: int, size: int) -> list[SitemapEntry]:
        """Return the organisers of one piece by identifier, each with the last change of its actions."""
        return self._structures()[(piece - 1) * size : piece * size]

    def _structures(self) -> list[SitemapEntry]:
        owner = col(ActionRow.structure_id)
        query = select_columns(owner, _CHANGED).where(_LIVING).group_by(owner).order_by(owner)
        return [SitemapEntry(identifier, changed) for identifier, changed in self._all(query)]

    def _all(self, query: Any) -> Sequence[Any]:
        return self._session.execute(query).all()
