"""Snapshot of one committed state of the index: its segments under one numbering of documents."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, count
from typing import TypeVar

import numpy as np

from app.search.columnar.columns import FacetColumn, SortColumn, facet_column, sort_column
from app.search.columnar.documents import IndexSchema
from app.search.columnar.postings import (
    EMPTY_POSTINGS,
    FloatArray,
    IntArray,
    Mask,
    Postings,
    documents_of,
    phrase_occurrences,
    positions_of,
    shift_documents,
    sum_postings,
)
from app.search.columnar.postings_cache import PostingsCache
from app.search.columnar.segment import Segment, SegmentColumns
from app.search.engine import EngineHealth

_ID = ""  # key of the identifiers among the sort columns; no sort has that name
_NO_OCCURRENCES = np.empty(0, np.int64)
_SNAPSHOT_NUMBERS = count()
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, eq=False)
class SegmentView:
    """A segment in a snapshot: its document d has the number `offset` + d; `alive` is False for deleted documents."""

    segment: Segment
    offset: int
    alive: Mask

    @property
    def documents(self) -> slice:
        """The document numbers of the segment in the snapshot."""
        return slice(self.offset, self.offset + len(self.alive))


@dataclass(eq=False)
class IndexSnapshot:
    """One committed state of the index `name`, up to the catalogue's `change`; columns are computed on first use."""

    name: str
    change: int
    segments: tuple[SegmentView, ...]
    schema: IndexSchema
    cache: PostingsCache

    def __post_init__(self) -> None:
        self._number = next(_SNAPSHOT_NUMBERS)  # owner of this snapshot's entries in the shared cache
        self._facet_columns: dict[str, FacetColumn] = {}
        self._sort_columns: dict[str, SortColumn] = {}
        self._has_deletions = any(not view.alive.all() for view in self.segments)

    @cached_property
    def alive(self) -> Mask:
        """The mask of the documents that are not deleted."""
        return np.concatenate([view.alive for view in self.segments]) if self.segments else np.empty(0, np.bool_)

    @cached_property
    def live_count(self) -> int:
        """The number of documents that are not deleted."""
        return int(np.count_nonzero(self.alive))

    @cached_property
    def document_lengths(self) -> FloatArray:
        """The weighted number of tokens of each document."""
        columns = [view.segment.inverted.token_offsets.document_lengths for view in self.segments]
        return np.concatenate(columns) if columns else np.empty(0, np.float64)

    @cached_property
    def mean_length(self) -> float:
        """The mean length of live documents; never 0."""
        return float(self.document_lengths[self.alive].sum()) / max(self.live_count, 1) or 1.0

    def concatenate_column(self, column: Callable[[SegmentColumns], Sequence[_T]]) -> list[_T]:
        """Return a column of all segments, deleted documents included."""
        return list(chain.from_iterable(column(view.segment.columns) for view in self.segments))

    def postings_for_stem(self, word_stem: str) -> Postings:
        """Return the postings of a stem in live documents."""
        return self._postings("stem", word_stem, lambda segment: segment.postings_for_stem(word_stem))

    def postings_for_form(self, word: str) -> Postings:
        """Return the postings of a folded word in live documents."""
        return self._postings("form", word, lambda segment: segment.postings_for_form(word))

    def postings_for_prefix(self, prefix: str) -> Postings:
        """Return the postings of the folded words that begin with `prefix` in live documents."""
        return self._postings("prefix", prefix, lambda segment: segment.postings_for_prefix(prefix))

    def cached_postings(self, kind: str, term: str, load: Callable[[], Postings]) -> Postings:
        """Return the cached postings of `kind` for `term`, from `load` when absent."""
        return self.cache.get_or_load((self._number, kind, term), load)

    def _postings(self, kind: str, term: str, read: Callable[[Segment], Postings]) -> Postings:
        return self.cached_postings(kind, term, lambda: self._live_postings(read))

    def _live_postings(self, read: Callable[[Segment], Postings]) -> Postings:
        read_lists = [(read(view.segment), view.offset) for view in self.segments]
        lists = [(postings, offset) for postings, offset in read_lists if len(postings)]
        if len(lists) == 1 and not lists[0][1] and not self._has_deletions:
            return lists[0][0]
        documents = np.concatenate([postings.documents + offset for postings, offset in lists] or [_NO_OCCURRENCES])
        weights = np.concatenate([postings.weights for postings, _ in lists] or [EMPTY_POSTINGS.weights])
        alive = self.alive.take(documents)
        return Postings(documents.compress(alive), weights.compress(alive))

    def occurrences_of_stem(self, word_stem: str, within: Mask | None = None) -> IntArray:
        """Return the sorted occurrences of a stem; only in the documents of the mask `within`, if given."""
        occurrences = [
            shift_documents(
                view.segment.occurrences_of_stem(word_stem, within if within is None else within[view.documents]),
                view.offset,
            )
            for view in self.segments
        ]
        return np.concatenate(occurrences) if occurrences else _NO_OCCURRENCES

    def occurrences_of_prefix(self, prefix: str) -> IntArray:
        """Return the sorted occurrences of words that begin with `prefix`, deleted documents included."""
        occurrences = [
            shift_documents(view.segment.occurrences_of_prefix(prefix), view.offset) for view in self.segments
        ]
        return np.concatenate(occurrences) if occurrences else _NO_OCCURRENCES

    def occurrences_of_phrase(self, stems: Sequence[str], within: Mask | None = None) -> IntArray:
        """Return the occurrences of the first word of a phrase; only in the documents of `within`, if given."""
        if len(stems) == 1:
            return self.occurrences_of_stem(stems[0], within)
        candidates = self.alive if within is None else within
        for word_stem in stems:
            candidates = candidates & self.mask(self.postings_for_stem(word_stem))
        return phrase_occurrences([self.occurrences_of_stem(word_stem, candidates) for word_stem in stems])

    def mask(self, postings: Postings) -> Mask:
        """Return the documents of `postings` as a mask."""
        mask = np.zeros(len(self.alive), np.bool_)
        mask[postings.documents] = True
        return mask

    def postings_at(self, occurrences: IntArray, field: str = "") -> Postings:
        """Return `occurrences` in live documents as postings; only those in `field`, if given."""
        documents = documents_of(occurrences)
        field_ranks = self.fields_at(occurrences)
        selected = self.alive[documents]
        if field:
            selected = selected & (field_ranks == list(self.schema.searched).index(field))
        weights = np.array([declared.weight for declared in self.schema.searched.values()], np.float64)
        return sum_postings(documents[selected], weights[field_ranks[selected]])

    def fields_at(self, occurrences: IntArray) -> IntArray:
        """Return the rank, among the searched fields, of the field of each occurrence."""
        begun: IntArray = np.count_nonzero(
            self._field_starts[documents_of(occurrences)] <= positions_of(occurrences)[:, None], axis=1
        )
        return begun - 1

    @cached_property
    def _field_starts(self) -> IntArray:
        """The positions at which the fields begin; shape (documents, searched fields + 1)."""
        columns = [view.segment.inverted.token_offsets.field_starts.astype(np.int64) for view in self.segments]
        return np.concatenate(columns) if columns else np.empty((0, len(self.schema.searched) + 1), np.int64)

    def facet(self, name: str) -> FacetColumn:
        """Return the column of a facet or counter."""
        if name not in self._facet_columns:
            facets = ((view.segment.columns.facets[name], view.offset) for view in self.segments)
            self._facet_columns[name] = facet_column(facets, self.alive)
        return self._facet_columns[name]

    def sort_column(self, name: str) -> SortColumn:
        """Return the column of a sort key."""
        if name not in self._sort_columns:
            self._sort_columns[name] = sort_column(self.concatenate_column(lambda columns: columns.sorts[name]))
        return self._sort_columns[name]

    def id_column(self) -> SortColumn:
        """Return the identifiers as a sort column."""
        if _ID not in self._sort_columns:
            self._sort_columns[_ID] = sort_column(self.concatenate_column(lambda columns: columns.ids))
        return self._sort_columns[_ID]

    @cached_property
    def document_versions(self) -> Sequence[int]:
        """The version of each document, deleted ones included."""
        return self.concatenate_column(lambda columns: columns.versions)

    def versions(self) -> dict[str, int]:
        """Return the version of each live document, by identifier."""
        ids, versions = self.id_column().values, self.document_versions
        return {ids[number]: versions[number] for number in np.flatnonzero(self.alive).tolist()}

    def health(self) -> EngineHealth:
        """Return the last change, the number of live documents and the name of the index."""
        return EngineHealth(self.change, self.live_count, self.name)

    def close(self) -> None:
        """Remove the cached postings of this snapshot; a segment is closed with its last snapshot."""
        self.cache.invalidate(self._number)
