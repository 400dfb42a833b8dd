"""An LRU cache of records, so that a page of results needs no database query."""

from collections.abc import Iterable
from contextlib import suppress
from threading import Lock

from cachetools import LRUCache

from app.catalogue.action import field_values
from app.catalogue.record import Record

_OVERHEAD = 5000  # bytes of a record in memory beside the characters of its texts


class RecordCache:
    """The most recently used records, about `max_bytes` of them; thread-safe.

    Entries belong to one index, named by the last `get_many`. A pair of identifier and version has one content until a
    backup is restored; then later writes may reuse version numbers for other content. A restore makes a new index with
    another name, which empties the cache.
    """

    def __init__(self, max_bytes: int) -> None:
        self._records: LRUCache[str, Record] = LRUCache(max_bytes, getsizeof=_size_of)
        self._index = ""
        self._lock = Lock()

    def get_many(self, index: str, versions: Iterable[tuple[str, int]]) -> dict[str, Record]:
        """Return the cached records by identifier, for those pairs of identifier and version that are cached."""
        with self._lock:
            if index != self._index:
                self._records.clear()
                self._index = index
            cached = ((self._records.get(identifier), version) for identifier, version in versions)
            return {record.id: record for record, version in cached if record and record.version == version}

    def has_room_for(self, record: Record) -> bool:
        """Tell whether `record` fits without evicting another one."""
        with self._lock:
            return bool(self._records.currsize + _size_of(record) <= self._records.maxsize)

    def put_many(self, index: str, records: Iterable[Record]) -> None:
        """Store `records` in place of other versions, unless `index` is no longer the one of the last `get_many`."""
        with self._lock:
            if index != self._index:
                return
            for record in records:
                with suppress(ValueError):  # larger than the whole cache
                    self._records[record.id] = record


def _size_of(record: Record) -> int:
    return _OVERHEAD + sum(len(value) for value in field_values(record.action).values() if isinstance(value, str))
