"""One segment of a committed index: its columns and its posting lists, which are read where they lie."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from app.search.columnar.columns import SegmentFacet, segment_facet
from app.search.columnar.documents import IndexSchema, StoredFields
from app.search.columnar.inverted_index import SURFACE_SEPARATOR, InvertedIndex, PostingLists, range_slices
from app.search.columnar.postings import EMPTY_POSTINGS, Mask, Numbers, Postings, Weights, encode_occurrences
from app.search.spelling import Vocabulary

_NO_PLACE = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class SegmentColumns:
    """What is stored of the documents of a segment, by document number; deleted ones among them."""

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
    """An open segment. Its files never change; which of its documents are deleted does, and is not known here."""

    id: str
    columns: SegmentColumns
    inverted: InvertedIndex

    @property
    def count(self) -> int:
        """How many documents it has, deleted ones among them."""
        return len(self.columns.ids)

    def postings_for_stem(self, stem: str) -> Postings:
        """Return the documents that hold a word with that stem."""
        return _postings(self.inverted.stems, self.inverted.stems.terms.find_range(stem))

    def postings_for_form(self, word: str) -> Postings:
        """Return the documents that hold the folded `word` itself."""
        return self.postings_for_prefix(f"{word}{SURFACE_SEPARATOR}")

    def postings_for_prefix(self, prefix: str) -> Postings:
        """Return the documents that hold a folded word that begins with `prefix`."""
        terms = self.inverted.words.terms.prefix_range(prefix)
        found = _postings(self.inverted.words, terms)
        if len(terms) <= 1:
            return found
        weights: Weights = np.bincount(found.documents, found.weights, self.count).astype(np.float64, copy=False)
        documents = np.flatnonzero(weights)
        return Postings(documents, weights[documents])

    def occurrences_of_stem(self, stem: str, within: Mask | None = None) -> Numbers:
        """Return where words with that stem stand, in the documents `within` only if they are given."""
        return _places(self.inverted.stems, self.inverted.stems.terms.find_range(stem), within)[0]

    def occurrences_of_prefix(self, prefix: str) -> Numbers:
        """Return where folded words that begin with `prefix` stand."""
        return np.sort(_places(self.inverted.words, self.inverted.words.terms.prefix_range(prefix), None)[0])

    def forms_with_prefix(self, prefix: str, within: Mask) -> Iterator[tuple[str, Numbers]]:
        """Yield the folded words that begin with `prefix`, as often as they are spelled, and where each stands."""
        terms = self.inverted.words.terms
        at, of = _places(self.inverted.words, terms.prefix_range(prefix), within)
        for term in np.unique(of).tolist():
            yield terms[term].decode().partition(SURFACE_SEPARATOR)[0], at[of == term]

    def character_offsets(self, document: int, positions: Numbers) -> tuple[list[int], list[int]]:
        """Return where the words at `positions` of a document begin and end in the texts of their fields."""
        texts = self.inverted.texts
        held = slice(int(texts.first[document]), int(texts.first[document + 1]))
        begin = texts.begin[held][positions].astype(np.int64)
        return begin.tolist(), (begin + texts.size[held][positions]).tolist()

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The folded words of the segment."""
        return Vocabulary(term.decode().partition(SURFACE_SEPARATOR)[0] for term in self.inverted.words.terms)

    def surface_forms(self, word: str) -> Mapping[str, int]:
        """Return how the segment spells the folded `word`, and how many documents do so."""
        lists = self.inverted.words
        return {
            lists.terms[place].decode().partition(SURFACE_SEPARATOR)[2] or word: int(
                lists.first[place + 1] - lists.first[place]
            )
            for place in lists.terms.prefix_range(f"{word}{SURFACE_SEPARATOR}")
        }


def _postings(lists: PostingLists, terms: range) -> Postings:
    """Return the posting lists of `terms` one after the other."""
    if not terms:
        return EMPTY_POSTINGS
    held = slice(int(lists.first[terms.start]), int(lists.first[terms.stop]))
    return Postings(lists.documents[held].astype(np.int64), lists.weights[held].astype(np.float64))


def _places(lists: PostingLists, terms: range, within: Mask | None) -> tuple[Numbers, Numbers]:
    """Return where `terms` stand, one after the other, and which of them it is."""
    if not terms:
        return _NO_PLACE, _NO_PLACE
    first = lists.first[terms.start : terms.stop + 1].astype(np.int64)
    documents = lists.documents[int(first[0]) : int(first[-1])]
    ends = lists.first_at[int(first[0]) : int(first[-1]) + 1]
    positions = lists.positions[int(ends[0]) : int(ends[-1])]
    sizes, of = np.diff(ends), np.repeat(np.arange(terms.start, terms.stop), np.diff(first))
    if within is not None:
        # Only what is left is made wider: a common word stands in a hundred thousand places.
        chosen = np.flatnonzero(within[documents])
        positions = positions[range_slices(ends, chosen) - int(ends[0])]
        documents, sizes, of = documents[chosen], sizes[chosen], of[chosen]
    at = encode_occurrences(np.repeat(documents.astype(np.int64), sizes), positions.astype(np.int64))
    return at, np.repeat(of, sizes)
