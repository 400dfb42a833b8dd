"""Distinct terms in order, found by bisection where they lie; a term is known by its place among them."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence

import numpy as np

from app.search.columnar.array_file import Array

_END = b"\n"  # of a term; none holds one
_STEP = 64  # terms between two that are kept apart, so that few have to be cut out of the text to find one
_AFTER = b"\xff"  # sorts after every byte of a term, which is UTF-8


class SortedTerms(Sequence[bytes]):
    """Terms as bytes, ascending; `text` is all of them, each with its end, and `starts` where each begins."""

    def __init__(self, text: Array, starts: Array) -> None:
        self.text = text
        self.starts = starts
        self._bytes, self._begin = text.data, starts.data
        self._some = [self[place] for place in range(0, len(self), _STEP)]

    @classmethod
    def from_sorted(cls, ascending: Sequence[bytes]) -> "SortedTerms":
        """Return terms that are in order already."""
        text = b"".join(term + _END for term in ascending)
        lengths = np.fromiter((len(term) + len(_END) for term in ascending), np.int64, len(ascending))
        starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
        return cls(np.frombuffer(text, np.uint8), starts.astype(np.uint32 if len(text) < 2**32 else np.uint64))

    def __len__(self) -> int:
        return len(self._begin) - 1

    def __getitem__(self, place: int) -> bytes:  # type: ignore[override]
        return bytes(self._bytes[self._begin[place] : self._begin[place + 1] - len(_END)])

    def __iter__(self) -> Iterator[bytes]:
        return iter(bytes(self._bytes).split(_END)[:-1])

    def find_range(self, term: str) -> range:
        """Return the place of `term`, none without it."""
        encoded = term.encode()
        place = self._first(encoded)
        return range(place, place + (place < len(self) and self[place] == encoded))

    def prefix_range(self, prefix: str) -> range:
        """Return the places of the terms that begin with `prefix`."""
        encoded = prefix.encode()
        return range(self._first(encoded), self._first(encoded + _AFTER))

    def _first(self, encoded: bytes) -> int:
        """Return the place of the first term that is not less."""
        step = bisect_left(self._some, encoded)
        return bisect_left(self, encoded, max(step - 1, 0) * _STEP, min(step * _STEP, len(self)))
