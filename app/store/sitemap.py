"""Lists records and structures with their last modification, in the parts of a sitemap."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func
from sqlalchemy import select as select_columns

from app.catalogue.record import SitemapEntry, SitemapPart
from app.store.damage import RowReader, RowShape
from app.store.tables import METADATA

_ACTIONS = METADATA.tables["actions"]
_NOT_DELETED = _ACTIONS.c.supprime_le.is_(None)
_LAST_MODIFIED = func.max(_ACTIONS.c.modifie_le).label("last_modified")
_PART_SHAPE = RowShape({"number": _ACTIONS.c.number, "modifie_le": _ACTIONS.c.modifie_le})
_STRUCTURE_SHAPE = RowShape({"id": _ACTIONS.c.structure_id, "modifie_le": _ACTIONS.c.modifie_le})
_ENTRY_SHAPE = RowShape({name: _ACTIONS.c[name] for name in ("number", "id", "structure_id", "modifie_le")})


class SitemapReader:
    """Reads sitemap parts, counted from 1, and their entries.

    The number of a record decides its part, so a record never changes part; a deletion leaves its part smaller.
    """

    def __init__(self, rows: RowReader) -> None:
        self._rows = rows

    def record_parts(self, size: int) -> list[SitemapPart]:
        """Return the parts of records that are not empty, each with its last modification."""
        part = ((_ACTIONS.c.number - 1) // size + 1).label("part")
        query = select_columns(part, _LAST_MODIFIED).where(_NOT_DELETED).group_by(part).order_by(part)
        latest = self._rows.try_read(query, _PART_SHAPE)
        if latest is None:
            latest = _latest((((number - 1) // size + 1), modified) for number, _, _, modified in self._whole_rows())
        return [SitemapPart(number, modified) for number, modified in latest]

    def record_entries(self, part: int, size: int) -> list[SitemapEntry]:
        """Return the records of a part by ascending number, without damaged ones."""
        number = _ACTIONS.c.number
        rows = self._whole_rows(number > (part - 1) * size, number <= part * size)
        return [SitemapEntry(identifier, modified) for _, identifier, _, modified in rows]

    def structure_parts(self, size: int) -> list[SitemapPart]:
        """Return the parts of structures, each with its last modification."""
        times = [entry.modifie_le for entry in self._structures()]
        starts = range(0, len(times), size)
        return [SitemapPart(start // size + 1, max(times[start : start + size])) for start in starts]

    def structure_entries(self, part: int, size: int) -> list[SitemapEntry]:
        """Return the structures of a part by identifier, each with the last modification of its actions."""
        return self._structures()[(part - 1) * size : part * size]

    def _structures(self) -> list[SitemapEntry]:
        structure = _ACTIONS.c.structure_id
        query = select_columns(structure, _LAST_MODIFIED).where(_NOT_DELETED).group_by(structure).order_by(structure)
        latest = self._rows.try_read(query, _STRUCTURE_SHAPE)
        if latest is None:
            latest = _latest((id_, modified) for _, _, id_, modified in self._whole_rows())
        return [SitemapEntry(identifier, modified) for identifier, modified in latest]

    def _whole_rows(self, *conditions: ColumnElement[bool]) -> list[Sequence[Any]]:
        """Return number, identifier, structure and last modification of records, without damaged ones."""
        query = select_columns(*_ENTRY_SHAPE.select_columns()).where(_NOT_DELETED, *conditions)
        return self._rows.read_whole(query.order_by(_ACTIONS.c.number), _ENTRY_SHAPE)


def _latest(times: Iterable[tuple[Any, datetime]]) -> Sequence[Sequence[Any]]:
    """Return each key with its latest time, by key."""
    latest: dict[Any, datetime] = {}
    for key, time in times:
        latest[key] = max(time, latest.get(key, time))
    return sorted(latest.items())
