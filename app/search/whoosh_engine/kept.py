"""What has been read and computed of posting lists, kept while there is room: the least recently used goes first."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Any, TypeVar

from app.search.postings import Numbers, Postings

MEGABYTE = 1_000_000
_OVERHEAD = 400  # bytes that keeping something takes beside its numbers
_T = TypeVar("_T", Postings, Numbers)


class Kept:
    """A bounded memory of posting lists and places, by key. Not made for several threads at once."""

    def __init__(self, most: int) -> None:
        self.most = most  # bytes
        self.size = 0
        self._found: OrderedDict[tuple[Any, ...], Any] = OrderedDict()

    def once(self, key: tuple[Any, ...], read: Callable[[], _T]) -> _T:
        """Return what is kept under `key`, or else what `read` gives."""
        if key in self._found:
            self._found.move_to_end(key)
            known: _T = self._found[key]
            return known
        found = self._found[key] = read()
        self.size += _bytes(found)
        while self.size > self.most:
            self._forget(next(iter(self._found)))
        return found

    def forget(self, owner: object) -> None:
        """Let go of every key that begins with `owner`."""
        for key in [key for key in self._found if key[0] == owner]:
            self._forget(key)

    def _forget(self, key: tuple[Any, ...]) -> None:
        self.size -= _bytes(self._found.pop(key))


def _bytes(found: Postings | Numbers) -> int:
    held = found.documents.nbytes + found.weights.nbytes if isinstance(found, Postings) else found.nbytes
    return _OVERHEAD + held
