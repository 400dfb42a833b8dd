"""Posting lists on their way to a segment: kept by term in memory, and written a block at once.

Whoosh sorts single postings in temporary files and hands them over one at a time, which takes half of the time of an
index. What is here does the same in lists that are in order already. It takes the place of parts of Whoosh's pinned
version that are not made to be replaced, and writes the same files: tests compare the two.
"""

from array import array
from collections.abc import Iterator
from typing import Any, NamedTuple

from whoosh.codec.whoosh3 import W3Codec, W3FieldWriter

Item = tuple[str, bytes, int, float, bytes | None]  # field, term, document, weight, encoded positions


class List(NamedTuple):
    """One posting list: documents, weights, and where the encoded positions of each end in `values`."""

    documents: "array[int]"
    weights: "array[float]"
    ends: "array[int]"
    values: bytearray


class Pool:
    """Stands in for Whoosh's `PostingPool`: postings come by growing document, and go by field and term."""

    def __init__(self) -> None:
        self.fieldnames: set[str] = set()
        self._lists: dict[str, dict[bytes, List]] = {}

    def add(self, item: Item) -> None:
        """Take in one posting."""
        field, term, document, weight, value = item
        lists = self._lists.get(field)
        if lists is None:
            lists = self._lists[field] = {}
            self.fieldnames.add(field)
        found = lists.get(term)
        if found is None:
            found = lists[term] = List(array("I"), array("f"), array("I"), bytearray())
        found.documents.append(document)
        found.weights.append(weight)
        if value:
            found.values.extend(value)
        found.ends.append(len(found.values))

    def iter_postings(self) -> Iterator[tuple[str, list[tuple[bytes, List]]]]:
        """Yield each field with its posting lists, both in order; what was given is let go of."""
        for field in sorted(self._lists):
            yield field, sorted(self._lists.pop(field).items())

    def cleanup(self) -> None:
        """Let go of everything."""
        self._lists.clear()


class _BlockWriter(W3FieldWriter):  # type: ignore[misc]
    """Whoosh's writer of terms, given posting lists by a `Pool`."""

    def __init__(self, codec: Any, storage: Any, segment: Any, block: int) -> None:
        super().__init__(codec, storage, segment)
        self._block = block

    def add_postings(self, schema: Any, lengths: Any, items: Iterator[tuple[str, list[tuple[bytes, List]]]]) -> None:
        """Write every posting list of `items`."""
        for field, lists in items:
            self.start_field(field, schema[field])
            valued = self._format.fixed_value_size() != 0
            for term, found in lists:
                self.start_term(term)
                self._add_list(found, valued=valued)
                self.finish_term()
            self.finish_field()

    def _add_list(self, found: List, *, valued: bool) -> None:
        writer = self._postwriter
        count = len(found.documents)
        for start in range(0, count, self._block):
            stop = min(start + self._block, count)
            writer._ids = found.documents[start:stop]  # noqa: SLF001
            writer._weights = found.weights[start:stop]  # noqa: SLF001
            writer._maxweight = max(writer._weights)  # noqa: SLF001
            if valued:
                writer._values = list(_values(found, start, stop))  # noqa: SLF001
            if stop < count:
                writer._write_block()  # noqa: SLF001
                writer._new_block()  # noqa: SLF001


class Codec(W3Codec):  # type: ignore[misc]
    """Whoosh's codec, spared what costs most of the time here and is not used.

    Most posting lists are a few bytes, which compress badly; statistics of lengths are looked up with a system call a
    posting where a field keeps none, and ours are stored in the row.
    """

    length_stats = False
    block = 1024  # postings that are written, and read, at once

    def __init__(self) -> None:
        super().__init__(blocklimit=self.block, compression=0)

    def field_writer(self, storage: Any, segment: Any) -> _BlockWriter:
        """Return a writer of terms."""
        return _BlockWriter(self, storage, segment, self.block)


def _values(found: List, start: int, stop: int) -> Iterator[bytes]:
    begin = found.ends[start - 1] if start else 0
    for end in found.ends[start:stop]:
        yield bytes(found.values[begin:end])
        begin = end
