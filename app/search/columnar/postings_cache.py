"""What has been read and computed of posting lists, kept while there is room: the least recently used goes first."""

from collections.abc import Callable
from typing import Any, TypeVar

from cachetools import LRUCache

from app.search.columnar.postings import Numbers, Postings

_OVERHEAD = 400  # bytes that keeping something takes beside its numbers
_T = TypeVar("_T", Postings, Numbers)


class PostingsCache:
    """A memory of posting lists and places by key, `most` bytes at most. Not made for several threads at once."""

    def __init__(self, most: int) -> None:
        self._found: LRUCache[tuple[Any, ...], Any] = LRUCache(most, getsizeof=_bytes)

    @property
    def size(self) -> int:
        """How many bytes are kept."""
        return int(self._found.currsize)

    def get_or_load(self, key: tuple[Any, ...], read: Callable[[], _T]) -> _T:
        """Return what is kept under `key`, or else what `read` gives."""
        known: _T | None = self._found.get(key)
        if known is not None:
            return known
        found = read()
        if _bytes(found) <= self._found.maxsize:
            self._found[key] = found
        return found

    def invalidate(self, owner: object) -> None:
        """Let go of every key that begins with `owner`."""
        for key in [key for key in self._found if key[0] == owner]:
            del self._found[key]


def _bytes(found: Postings | Numbers) -> int:
    held = found.documents.nbytes + found.weights.nbytes if isinstance(found, Postings) else found.nbytes
    return _OVERHEAD + held
