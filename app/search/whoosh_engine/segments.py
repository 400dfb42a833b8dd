"""One segment of a committed index: its columns, read once, and its posting lists, read when asked for."""

from array import array
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from whoosh.fields import Schema
from whoosh.filedb.filestore import FileStorage
from whoosh.matching import FilterMatcher, ListMatcher
from whoosh.reading import SegmentReader, TermNotFound

from app.search.postings import Numbers, Postings, Weights, merged, places
from app.search.whoosh_engine.columns import FacetRows, facet_rows
from app.search.whoosh_engine.documents import ROW_FIELD, SPELLED, STEMS_FIELD, WORDS_FIELD, Layout, Row

_T = TypeVar("_T", Postings, Numbers)
_MOST_KEPT = 64_000_000  # bytes of posting lists that a segment keeps decoded
_OVERHEAD = 300  # bytes that keeping a list takes beside its numbers


@dataclass(frozen=True, slots=True, eq=False)
class SegmentColumns:
    """What is stored of the documents of a segment, by document number; deleted ones among them.

    `starts` has a row for each document: where its searched fields begin, and where the last one ends.
    """

    ids: list[str]
    versions: list[int]
    titles: list[str]
    facets: Mapping[str, FacetRows]
    sorts: Mapping[str, list[str]]
    starts: Numbers
    lengths: Weights


@dataclass(eq=False)
class Segment:
    """An open segment. Its files never change; which of its documents are deleted does, and is not known here.

    Whoosh's readers are not made for several threads: who shares a segment asks it under a lock.
    """

    id: str
    reader: SegmentReader
    columns: SegmentColumns
    kept: OrderedDict[tuple[str, str], Any] = field(default_factory=OrderedDict)
    size: int = 0

    def holders(self, stem: str) -> Postings:
        """Return the documents that hold a word with that stem."""
        return self._once("holders", stem, lambda: _postings(self._matcher(STEMS_FIELD, stem)))

    def places(self, stem: str) -> Numbers:
        """Return where words with that stem stand."""
        return self._once("places", stem, lambda: _places(self._matcher(STEMS_FIELD, stem)))

    def exact(self, word: str) -> Postings:
        """Return the documents that hold the folded `word` itself."""
        return self._once("exact", word, lambda: merged(self._lists(f"{word}{SPELLED}")))

    def _lists(self, prefix: str) -> Iterator[Postings]:
        for term in self.reader.expand_prefix(WORDS_FIELD, prefix):
            yield _postings(self._matcher(WORDS_FIELD, term))

    @cached_property
    def spellings(self) -> Mapping[str, Mapping[str, int]]:
        """The folded words of the segment, each with its spellings and how many documents use each."""
        known: dict[str, dict[str, int]] = {}
        for term, info in self.reader.iter_field(WORDS_FIELD):
            word, _, spelled = term.decode().partition(SPELLED)
            known.setdefault(word, {})[spelled or word] = info.doc_frequency()
        return known

    def words(self, prefix: str) -> Iterator[str]:
        """Yield the folded words of the segment that begin with `prefix`, perhaps several times."""
        for term in self.reader.expand_prefix(WORDS_FIELD, prefix):
            yield term.decode().partition(SPELLED)[0]

    def beginning(self, prefix: str) -> Postings:
        """Return the documents that hold a folded word that begins with `prefix`."""
        return self._once("beginning", prefix, lambda: merged(self._lists(prefix)))

    def _once(self, what: str, term: str, read: Callable[[], _T]) -> _T:
        """Return what `read` gives, kept until others have been asked for more recently than there is room for."""
        key = (what, term)
        if key in self.kept:
            self.kept.move_to_end(key)
            known: _T = self.kept[key]
            return known
        found = self.kept[key] = read()
        self.size += _size(found)
        while self.size > _MOST_KEPT and len(self.kept) > 1:
            self.size -= _size(self.kept.popitem(last=False)[1])
        return found

    def _matcher(self, name: str, term: str | bytes) -> Any:
        """Return Whoosh's cursor over a posting list, deleted documents included; None when there is no such term."""
        try:
            matcher = self.reader.postings(name, term)
        except TermNotFound:
            return None
        return matcher.child if isinstance(matcher, FilterMatcher) else matcher


def open_segment(storage: FileStorage, schema: Schema, segment: Any, layout: Layout) -> Segment:
    """Open a segment that the table of contents of `storage` names, and read its columns."""
    reader = SegmentReader(storage, schema, segment)
    stored = (reader.stored_fields(number)[ROW_FIELD] for number in range(reader.doc_count_all()))
    return Segment(segment.segment_id(), reader, _columns(stored, layout))


def _postings(matcher: Any) -> Postings:
    documents: list[int] = []
    weights = array("f")
    for block in _blocks(matcher):
        documents.extend(block[0])
        weights.extend(block[1])
    return Postings(np.array(documents, np.int64), np.array(weights, np.float64))


def _places(matcher: Any) -> Numbers:
    documents: list[int] = []
    encoded: list[bytes] = []
    for block in _blocks(matcher):
        documents.extend(block[0])
        encoded.extend(block[2])
    counts = np.fromiter(map(len, encoded), np.int64, len(encoded)) // array("I").itemsize
    positions = np.frombuffer(b"".join(encoded), np.uintc).astype(np.int64)
    return places(np.repeat(np.array(documents, np.int64), counts), positions)


def _blocks(matcher: Any) -> Iterator[tuple[Sequence[int], Sequence[float], Sequence[bytes]]]:
    """Yield the documents, weights and values of each block of a posting list.

    Whoosh decodes a block at once but gives it out one posting at a time, which takes four times as long: its pinned
    version is asked for the block itself.
    """
    if isinstance(matcher, ListMatcher):
        yield matcher._ids, matcher._weights, matcher._values  # noqa: SLF001
        return
    while matcher is not None and matcher.is_active():
        matcher.id(), matcher.weight()  # which decode their part of the block
        matcher._read_values()  # noqa: SLF001
        yield matcher._ids, matcher._weights, matcher._values  # noqa: SLF001
        matcher._next_block()  # noqa: SLF001


def _columns(stored: Iterable[tuple[Any, ...]], layout: Layout) -> SegmentColumns:
    rows = [Row(*fields) for fields in stored]
    starts = np.array([row.starts for row in rows], np.int64).reshape(len(rows), len(layout.searched) + 1)
    return SegmentColumns(
        [row.id for row in rows],
        [row.version for row in rows],
        [row.title for row in rows],
        {name: facet_rows(row.facets[place] for row in rows) for place, name in enumerate(layout.facets)},
        {name: [row.sorts[place] for row in rows] for place, name in enumerate(layout.sorts)},
        starts,
        np.array([row.length for row in rows], np.float64),
    )


def _size(found: Postings | Numbers) -> int:
    return _OVERHEAD + (found.documents.nbytes + found.weights.nbytes if isinstance(found, Postings) else found.nbytes)
