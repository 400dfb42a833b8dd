"""Sorted dictionary of distinct terms, searched by bisection in one byte array."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence

import numpy as np

from app.search.columnar.array_file import Array

_TERMINATOR = b"\n"  # ends each term; no term contains it
_SAMPLE_STEP = 64  # one term of so many is kept decoded, to narrow a bisection
_AFTER_PREFIX = b"\xff"  # sorts after every UTF-8 byte


class SortedTerms(Sequence[bytes]):
    """Terms as UTF-8 bytes, ascending; a term's index is its number.

    `text` (uint8) holds all terms with their terminators; `starts` (uint32 or uint64, one more than there are terms)
    holds the byte offset of each, and the total length.
    """

    def __init__(self, text: Array, starts: Array) -> None:
        self.text = text
        self.starts = starts
        self._text_bytes, self._start_values = text.data, starts.data
        self._sample = [self[index] for index in range(0, len(self), _SAMPLE_STEP)]

    @classmethod
    def from_sorted(cls, terms: Sequence[bytes]) -> "SortedTerms":
        """Return the dictionary of `terms`, which are ascending and distinct."""
        text = b"".join(term + _TERMINATOR for term in terms)
        lengths = np.fromiter((len(term) + len(_TERMINATOR) for term in terms), np.int64, len(terms))
        starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
        return cls(np.frombuffer(text, np.uint8), starts.astype(np.uint32 if len(text) < 2**32 else np.uint64))

    def __len__(self) -> int:
        return len(self._start_values) - 1

    def __getitem__(self, index: int) -> bytes:  # type: ignore[override]
        return bytes(self._text_bytes[self._start_values[index] : self._start_values[index + 1] - len(_TERMINATOR)])

    def __iter__(self) -> Iterator[bytes]:
        return iter(bytes(self._text_bytes).split(_TERMINATOR)[:-1])

    def find_range(self, term: str) -> range:
        """Return the number of `term` as a range of length 1, an empty range if it is absent."""
        encoded = term.encode()
        index = self._lower_bound(encoded)
        return range(index, index + (index < len(self) and self[index] == encoded))

    def prefix_range(self, prefix: str) -> range:
        """Return the numbers of the terms that begin with `prefix`."""
        encoded = prefix.encode()
        return range(self._lower_bound(encoded), self._lower_bound(encoded + _AFTER_PREFIX))

    def _lower_bound(self, encoded: bytes) -> int:
        """Return the number of the first term that is not less than `encoded`."""
        step = bisect_left(self._sample, encoded)
        return bisect_left(self, encoded, max(step - 1, 0) * _SAMPLE_STEP, min(step * _SAMPLE_STEP, len(self)))
