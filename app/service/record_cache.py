"""Records kept in memory as they were read from the store, so that a page of them needs no question to it."""

from collections.abc import Iterable
from contextlib import suppress
from threading import Lock

from cachetools import LRUCache

from app.catalogue.action import field_values
from app.catalogue.record import Record

_OVERHEAD = 5000  # bytes that a record takes beside the characters of its texts


class RecordCache:
    """The records that were asked for last, `most` bytes of them, roughly; safe to use from several threads.

    It belongs to the index of the name that it was last asked for. A version says what it said as long as the store
    only goes on; once a backup has been put back, other contents may take the numbers of versions that were lost. An
    index is then built anew, under another name.
    """

    def __init__(self, max_bytes: int) -> None:
        self._records: LRUCache[str, Record] = LRUCache(max_bytes, getsizeof=_size)
        self._index = ""
        self._lock = Lock()

    def get_many(self, index: str, wanted: Iterable[tuple[str, int]]) -> dict[str, Record]:
        """Return those of the `wanted` identifiers that are here in just the version that the `index` holds."""
        with self._lock:
            if index != self._index:
                self._records.clear()
                self._index = index
            found = ((self._records.get(identifier), version) for identifier, version in wanted)
            return {record.id: record for record, version in found if record and record.version == version}

    def has_room_for(self, record: Record) -> bool:
        """Tell whether `record` can be kept without letting go of another one."""
        with self._lock:
            return bool(self._records.currsize + _size(record) <= self._records.maxsize)

    def put_many(self, index: str, records: Iterable[Record]) -> None:
        """Keep `records` in the place of other versions of them, if they were read for the `index` asked for last."""
        with self._lock:
            if index != self._index:
                return
            for record in records:
                with suppress(ValueError):  # it is larger than all that may be kept
                    self._records[record.id] = record


def _size(record: Record) -> int:
    return _OVERHEAD + sum(len(value) for value in field_values(record.action).values() if isinstance(value, str))
