"""The change feed, read by cursor, and the history of one record.

Every write appends one numbered row to the change log. A cursor is a number of that log and a change token, a digest of
the change with that number: another catalogue, or this one after a restore, has another change there.
"""

from dataclasses import dataclass

from app.catalogue.change_cursor import ChangeCursor
from app.catalogue.errors import ForeignCursor
from app.catalogue.record import Change, HistoryEvent
from app.store.repository import Store


@dataclass(frozen=True, slots=True)
class ChangePage:
    """A page of changes in log order, the cursor after it, and whether more changes follow already."""

    items: tuple[Change, ...]
    cursor: ChangeCursor
    more: bool


def changes_since(store: Store, cursor: ChangeCursor, limit: int) -> ChangePage:
    """Return the first `limit` changes after `cursor`: of each record only the last one, with its current content.

    One transaction reads the page. Nothing can appear later before a cursor that was returned, since numbers are
    assigned and committed in one order, under the write lock. Raises ForeignCursor when the change token of `cursor`
    is not that of this log. A change of a damaged record is left out, so a mirror keeps the copy that it has, and the
    cursor passes it.
    """
    with store.read() as reader:
        if reader.change_token(cursor.number) != cursor.token:
            raise ForeignCursor(
                "Ce curseur vient d'un autre catalogue, ou d'avant une restauration : recommencer sans « since »."
            )
        changes = reader.changes_after(cursor.number, limit + 1)
        page = changes[:limit]
        last = page[-1].number if page else cursor.number
        items = tuple(change for change in page if not change.damaged)
        return ChangePage(items, ChangeCursor(last, reader.change_token(last)), len(changes) > limit)


def record_history(store: Store, identifier: str, *, offset: int, limit: int) -> tuple[list[HistoryEvent], int]:
    """Return one page of the history of a record, deleted or not, newest first, and the total number of events."""
    with store.read() as reader:
        return reader.history.page(identifier, offset=offset, limit=limit)
