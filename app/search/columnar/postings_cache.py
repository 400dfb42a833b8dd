"""LRU cache of posting lists, bounded in bytes."""

from collections.abc import Callable
from typing import Any

from cachetools import LRUCache

from app.search.columnar.postings import Postings

_ENTRY_OVERHEAD = 400  # bytes of an entry beside its arrays


class PostingsCache:
    """LRU cache of posting lists by key, of at most `max_size` bytes. Not thread-safe."""

    def __init__(self, max_size: int) -> None:
        self._entries: LRUCache[tuple[Any, ...], Postings] = LRUCache(max_size, getsizeof=_entry_size)

    @property
    def size(self) -> int:
        """The size of the entries in bytes."""
        return int(self._entries.currsize)

    def get_or_load(self, key: tuple[Any, ...], load: Callable[[], Postings]) -> Postings:
        """Return the entry of `key`; without one, call `load` and keep its result unless it exceeds the cache."""
        cached: Postings | None = self._entries.get(key)
        if cached is not None:
            return cached
        loaded = load()
        if _entry_size(loaded) <= self._entries.maxsize:
            self._entries[key] = loaded
        return loaded

    def invalidate(self, owner: object) -> None:
        """Remove every entry whose key begins with `owner`."""
        for key in [key for key in self._entries if key[0] == owner]:
            del self._entries[key]


def _entry_size(postings: Postings) -> int:
    return _ENTRY_OVERHEAD + postings.documents.nbytes + postings.weights.nbytes
