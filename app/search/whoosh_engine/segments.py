"""One segment of a committed index: its columns, read once, and its posting lists, read when asked for."""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from whoosh.fields import Schema
from whoosh.filedb.filestore import FileStorage
from whoosh.matching import FilterMatcher, ListMatcher
from whoosh.reading import SegmentReader, TermNotFound

from app.search.postings import Numbers, Postings, Weights, merged, places
from app.search.spelling import Vocabulary
from app.search.whoosh_engine.columns import FacetRows, facet_rows
from app.search.whoosh_engine.documents import ROW_FIELD, SPELLED, STEMS_FIELD, WORDS_FIELD, Layout, Row
from app.search.whoosh_engine.kept import Kept

_NO_PLACE = np.empty(0, np.int64)


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
    kept: Kept

    def holders(self, stem: str) -> Postings:
        """Return the documents that hold a word with that stem."""
        return self.kept.once((self.id, "holders", stem), lambda: _postings(self._matcher(STEMS_FIELD, stem)))

    def places(self, stem: str) -> Numbers:
        """Return where words with that stem stand."""
        return self.kept.once((self.id, "places", stem), lambda: _places(self._matcher(STEMS_FIELD, stem)))

    def exact(self, word: str) -> Postings:
        """Return the documents that hold the folded `word` itself."""
        return self.kept.once((self.id, "exact", word), lambda: merged(self._lists(f"{word}{SPELLED}")))

    def beginning(self, prefix: str) -> Postings:
        """Return the documents that hold a folded word that begins with `prefix`."""
        return self.kept.once((self.id, "beginning", prefix), lambda: merged(self._lists(prefix)))

    def places_beginning(self, prefix: str) -> Numbers:
        """Return where folded words that begin with `prefix` stand."""
        return self.kept.once((self.id, "places beginning", prefix), lambda: self._places_beginning(prefix))

    def _places_beginning(self, prefix: str) -> Numbers:
        return np.sort(np.concatenate([_NO_PLACE, *(_places(matcher) for matcher in self._matchers(prefix))]))

    def _lists(self, prefix: str) -> Iterator[Postings]:
        return map(_postings, self._matchers(prefix))

    def _matchers(self, prefix: str) -> Iterator[Any]:
        """Yield Whoosh's cursors over the posting lists of the words that begin with `prefix`.

        To look each of them up by its term would take twice as long as to go on from the first.
        """
        codec, terms = self.reader._codec, self.reader._terms  # noqa: SLF001
        format_ = self.reader.schema[WORDS_FIELD].format
        for _, found in self.reader.iter_prefix(WORDS_FIELD, prefix):
            yield codec.postings_reader(terms._postfile, found, format_)  # noqa: SLF001

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The folded words of the segment."""
        return Vocabulary(term.decode().partition(SPELLED)[0] for term in self.reader.lexicon(WORDS_FIELD))

    def spellings(self, word: str) -> Mapping[str, int]:
        """Return how the segment spells the folded `word`, and how many documents do so."""
        terms = self.reader.iter_prefix(WORDS_FIELD, f"{word}{SPELLED}")
        return {term.decode().partition(SPELLED)[2] or word: info.doc_frequency() for term, info in terms}

    def _matcher(self, name: str, term: str) -> Any:
        """Return Whoosh's cursor over a posting list, deleted documents included; None when there is no such term."""
        try:
            matcher = self.reader.postings(name, term)
        except TermNotFound:
            return None
        return matcher.child if isinstance(matcher, FilterMatcher) else matcher


def open_segment(storage: FileStorage, schema: Schema, segment: Any, layout: Layout, kept: Kept) -> Segment:
    """Open a segment that the table of contents of `storage` names, and read its columns."""
    reader = SegmentReader(storage, schema, segment)
    stored = (reader.stored_fields(number)[ROW_FIELD] for number in range(reader.doc_count_all()))
    return Segment(segment.segment_id(), reader, _columns(stored, layout), kept)


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
