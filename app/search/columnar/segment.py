"""One segment of the index: stored columns, and posting lists read from its array file."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from app.search.columnar.columns import SegmentFacet, segment_facet
from app.search.columnar.documents import IndexSchema, StoredFields
from app.search.columnar.inverted_index import SURFACE_SEPARATOR, InvertedIndex, PostingLists, range_slices
from app.search.columnar.postings import EMPTY_POSTINGS, FloatArray, IntArray, Mask, Postings, encode_occurrences
from app.search.spelling import Vocabulary

_NO_OCCURRENCES = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class SegmentColumns:
    """The stored fields of a segment as columns, indexed by document number; deleted documents included."""

    ids: list[str]
    versions: list[int]
    titles: list[str]
    facets: Mapping[str, SegmentFacet]
    sorts: Mapping[str, list[str]]

    @classmethod
    def from_rows(cls, rows: Sequence[StoredFields], schema: IndexSchema) -> Self:
        """Return the columns of stored fields, one row per document."""
        return cls(
            [row.id for row in rows],
            [row.version for row in rows],
            [row.title for row in rows],
            {name: segment_facet(row.facets[index] for row in rows) for index, name in enumerate(schema.counted)},
            {name: [row.sorts[index] for row in rows] for index, name in enumerate(schema.sorts)},
        )


@dataclass(eq=False)
class Segment:
    """An open segment. Its files never change; deletions are recorded by the snapshot."""

    id: str
    columns: SegmentColumns
    inverted: InvertedIndex

    @property
    def document_count(self) -> int:
        """The number of documents, deleted ones included."""
        return len(self.columns.ids)

    def postings_for_stem(self, stem: str) -> Postings:
        """Return the postings of a stem."""
        return _read_postings(self.inverted.stems, self.inverted.stems.terms.find_range(stem))

    def postings_for_form(self, word: str) -> Postings:
        """Return the postings of a folded word in all its surface forms."""
        return self.postings_for_prefix(f"{word}{SURFACE_SEPARATOR}")

    def postings_for_prefix(self, prefix: str) -> Postings:
        """Return the postings of the folded words that begin with `prefix`; weights are added."""
        terms = self.inverted.words.terms.prefix_range(prefix)
        postings = _read_postings(self.inverted.words, terms)
        if len(terms) <= 1:
            return postings
        weights: FloatArray = np.bincount(postings.documents, postings.weights, self.document_count).astype(
            np.float64, copy=False
        )
        documents = np.flatnonzero(weights)
        return Postings(documents, weights[documents])

    def occurrences_of_stem(self, stem: str, within: Mask | None = None) -> IntArray:
        """Return the sorted occurrences of a stem; only in the documents of the mask `within`, if given."""
        return _read_occurrences(self.inverted.stems, self.inverted.stems.terms.find_range(stem), within)[0]

    def occurrences_of_prefix(self, prefix: str) -> IntArray:
        """Return the sorted occurrences of the folded words that begin with `prefix`."""
        return np.sort(_read_occurrences(self.inverted.words, self.inverted.words.terms.prefix_range(prefix), None)[0])

    def forms_with_prefix(self, prefix: str, within: Mask) -> Iterator[tuple[str, IntArray]]:
        """Yield the folded words that begin with `prefix`, once per surface form, with their occurrences."""
        terms = self.inverted.words.terms
        occurrences, term_numbers = _read_occurrences(self.inverted.words, terms.prefix_range(prefix), within)
        for number in np.unique(term_numbers).tolist():
            yield terms[number].decode().partition(SURFACE_SEPARATOR)[0], occurrences[term_numbers == number]

    def character_offsets(self, document: int, positions: IntArray) -> tuple[list[int], list[int]]:
        """Return the start and end offsets, in characters of their field, of the tokens at `positions`."""
        offsets = self.inverted.token_offsets
        tokens = slice(int(offsets.document_starts[document]), int(offsets.document_starts[document + 1]))
        starts = offsets.token_starts[tokens][positions].astype(np.int64)
        return starts.tolist(), (starts + offsets.token_lengths[tokens][positions]).tolist()

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The folded words of the segment."""
        return Vocabulary(term.decode().partition(SURFACE_SEPARATOR)[0] for term in self.inverted.words.terms)

    def surface_forms(self, word: str) -> Mapping[str, int]:
        """Return the surface forms of the folded `word`, each with its document frequency."""
        lists = self.inverted.words
        return {
            lists.terms[number].decode().partition(SURFACE_SEPARATOR)[2] or word: int(
                lists.term_starts[number + 1] - lists.term_starts[number]
            )
            for number in lists.terms.prefix_range(f"{word}{SURFACE_SEPARATOR}")
        }


def _read_postings(lists: PostingLists, terms: range) -> Postings:
    """Return the concatenated posting lists of a range of term numbers."""
    if not terms:
        return EMPTY_POSTINGS
    rows = slice(int(lists.term_starts[terms.start]), int(lists.term_starts[terms.stop]))
    return Postings(lists.documents[rows].astype(np.int64), lists.weights[rows].astype(np.float64))


def _read_occurrences(lists: PostingLists, terms: range, within: Mask | None) -> tuple[IntArray, IntArray]:
    """Return the concatenated occurrences of a range of term numbers, and the term number of each."""
    if not terms:
        return _NO_OCCURRENCES, _NO_OCCURRENCES
    term_starts = lists.term_starts[terms.start : terms.stop + 1].astype(np.int64)
    first, last = int(term_starts[0]), int(term_starts[-1])
    documents = lists.documents[first:last]
    posting_starts = lists.posting_starts[first : last + 1]
    positions = lists.positions[int(posting_starts[0]) : int(posting_starts[-1])]
    sizes, term_numbers = np.diff(posting_starts), np.repeat(np.arange(terms.start, terms.stop), np.diff(term_starts))
    if within is not None:
        # Filter before widening to int64: a common word has a hundred thousand occurrences.
        rows = np.flatnonzero(within[documents])
        positions = positions[range_slices(posting_starts, rows) - int(posting_starts[0])]
        documents, sizes, term_numbers = documents[rows], sizes[rows], term_numbers[rows]
    occurrences = encode_occurrences(np.repeat(documents.astype(np.int64), sizes), positions.astype(np.int64))
    return occurrences, np.repeat(term_numbers, sizes)
