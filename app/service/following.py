"""What became of the catalogue: everything that changed after a place in its log, and the history of one record."""

from dataclasses import dataclass

from app.catalogue.errors import OtherCatalogue
from app.catalogue.following import Place
from app.catalogue.record import Change, Event
from app.store.repository import Store


@dataclass(frozen=True, slots=True)
class Changes:
    """Some changes in their order, the place after them, and whether others follow already."""

    items: tuple[Change, ...]
    place: Place
    more: bool


def changes_since(store: Store, place: Place, limit: int) -> Changes:
    """Return the first `limit` changes after `place`: of each record the last one only, with the record as it is now.

    All is of one moment. Numbers are given and committed in one order, under the write lock: nothing ever appears
    before a place that was handed out. OtherCatalogue when `place` is not of this log.
    """
    with store.read() as reader:
        if reader.mark(place.number) != place.mark:
            raise OtherCatalogue(
                "Ce curseur vient d'un autre catalogue, ou d'avant une restauration : recommencer sans « since »."
            )
        found = reader.changes_after(place.number, limit + 1)
        items = tuple(found[:limit])
        last = items[-1].number if items else place.number
        return Changes(items, Place(last, reader.mark(last)), len(found) > limit)


def history(store: Store, identifier: str, *, offset: int, limit: int) -> tuple[list[Event], int]:
    """Return one page of what happened to a record, deleted or not, newest first, and how many events there are."""
    with store.read() as reader:
        return reader.log.events(identifier, offset=offset, limit=limit)
