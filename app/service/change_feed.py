"""What became of the catalogue: everything that changed after a place in its log, and the history of one record."""

from dataclasses import dataclass

from app.catalogue.change_cursor import ChangeCursor
from app.catalogue.errors import ForeignCursor
from app.catalogue.record import Change, HistoryEvent
from app.store.repository import Store


@dataclass(frozen=True, slots=True)
class ChangePage:
    """Some changes in their order, the place after them, and whether others follow already."""

    items: tuple[Change, ...]
    cursor: ChangeCursor
    more: bool


def changes_since(store: Store, cursor: ChangeCursor, limit: int) -> ChangePage:
    """Return the first `limit` changes after `place`: of each record the last one only, with the record as it is now.

    All is of one moment. Numbers are given and committed in one order, under the write lock: nothing ever appears
    before a place that was handed out. ForeignCursor when `place` is not of this log.
    """
    with store.read() as reader:
        if reader.change_token(cursor.number) != cursor.token:
            raise ForeignCursor(
                "Ce curseur vient d'un autre catalogue, ou d'avant une restauration : recommencer sans « since »."
            )
        found = reader.changes_after(cursor.number, limit + 1)
        items = tuple(found[:limit])
        last = items[-1].number if items else cursor.number
        return ChangePage(items, ChangeCursor(last, reader.change_token(last)), len(found) > limit)


def record_history(store: Store, identifier: str, *, offset: int, limit: int) -> tuple[list[HistoryEvent], int]:
    """Return one page of what happened to a record, deleted or not, newest first, and how many events there are."""
    with store.read() as reader:
        return reader.history.page(identifier, offset=offset, limit=limit)
