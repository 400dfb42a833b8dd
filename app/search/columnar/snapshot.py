"""A view of one committed state of the index: its segments side by side, under one numbering, without the deleted."""

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
    Mask,
    Numbers,
    Postings,
    Weights,
    document_of,
    phrase_occurrences,
    position_of,
    shift_documents,
    sum_postings,
)
from app.search.columnar.postings_cache import PostingsCache
from app.search.columnar.segment import Segment, SegmentColumns
from app.search.engine import EngineHealth

_ID = ""  # no sort has that name
_NONE = np.empty(0, np.int64)
_NUMBERS = count()
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, eq=False)
class SegmentView:
    """A segment in a view: its documents are numbered from `offset`; `alive` tells which of them are not deleted."""

    segment: Segment
    offset: int
    alive: Mask

    @property
    def documents(self) -> slice:
        """Its documents among those of the view."""
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
        self.number = next(_NUMBERS)
        self._facets: dict[str, FacetColumn] = {}
        self._ranks: dict[str, SortColumn] = {}
        self._deleted = any(not part.alive.all() for part in self.segments)

    @cached_property
    def alive(self) -> Mask:
        """Which documents are not deleted."""
        return np.concatenate([part.alive for part in self.segments]) if self.segments else np.empty(0, np.bool_)

    @cached_property
    def total(self) -> int:
        """How many documents are not deleted."""
        return int(np.count_nonzero(self.alive))

    @cached_property
    def lengths(self) -> Weights:
        """The weighted number of words of each document."""
        columns = [part.segment.inverted.texts.lengths for part in self.segments]
        return np.concatenate(columns) if columns else np.empty(0, np.float64)

    @cached_property
    def mean_length(self) -> float:
        """The mean of the lengths of documents that are not deleted; never 0."""
        return float(self.lengths[self.alive].sum()) / max(self.total, 1) or 1.0

    def column(self, of: Callable[[SegmentColumns], Sequence[_T]]) -> list[_T]:
        """Return one column of every document, deleted ones included."""
        return list(chain.from_iterable(of(part.segment.columns) for part in self.segments))

    def postings_for_stem(self, word_stem: str) -> Postings:
        """Return the documents that hold a word with that stem."""
        return self._postings("holders", word_stem, lambda segment: segment.postings_for_stem(word_stem))

    def postings_for_form(self, word: str) -> Postings:
        """Return the documents that hold the folded `word` itself."""
        return self._postings("exact", word, lambda segment: segment.postings_for_form(word))

    def postings_for_prefix(self, prefix: str) -> Postings:
        """Return the documents that hold a folded word that begins with `prefix`."""
        return self._postings("beginning", prefix, lambda segment: segment.postings_for_prefix(prefix))

    def cached_postings(self, what: str, term: str, read: Callable[[], Postings]) -> Postings:
        """Return what `read` gives for `what` is asked of `term`, kept as long as the view while there is room."""
        return self.cache.get_or_load((self.number, what, term), read)

    def _postings(self, what: str, term: str, of: Callable[[Segment], Postings]) -> Postings:
        return self.cached_postings(what, term, lambda: self._living(of))

    def _living(self, of: Callable[[Segment], Postings]) -> Postings:
        given = [(of(part.segment), part.offset) for part in self.segments]
        found = [(postings, offset) for postings, offset in given if len(postings)]
        if len(found) == 1 and not found[0][1] and not self._deleted:
            return found[0][0]
        documents = np.concatenate([postings.documents + offset for postings, offset in found] or [_NONE])
        weights = np.concatenate([postings.weights for postings, _ in found] or [EMPTY_POSTINGS.weights])
        living = self.alive.take(documents)
        return Postings(documents.compress(living), weights.compress(living))

    def occurrences_of_stem(self, word_stem: str, within: Mask | None = None) -> Numbers:
        """Return where words with that stem stand, in the documents `within` only if they are given."""
        found = [
            shift_documents(
                part.segment.occurrences_of_stem(word_stem, within if within is None else within[part.documents]),
                part.offset,
            )
            for part in self.segments
        ]
        return np.concatenate(found) if found else _NONE

    def occurrences_of_prefix(self, prefix: str) -> Numbers:
        """Return where words that begin with `prefix` stand, in documents deleted or not."""
        found = [shift_documents(part.segment.occurrences_of_prefix(prefix), part.offset) for part in self.segments]
        return np.concatenate(found) if found else _NONE

    def occurrences_of_phrase(self, stems: Sequence[str], within: Mask | None = None) -> Numbers:
        """Return where a phrase begins, in the documents `within` only if they are given."""
        if len(stems) == 1:
            return self.occurrences_of_stem(stems[0], within)
        together = self.alive if within is None else within
        for word_stem in stems:
            together = together & self.mask(self.postings_for_stem(word_stem))
        return phrase_occurrences([self.occurrences_of_stem(word_stem, together) for word_stem in stems])

    def mask(self, postings: Postings) -> Mask:
        """Return the documents of `postings` as a mask of all."""
        held = np.zeros(len(self.alive), np.bool_)
        held[postings.documents] = True
        return held

    def postings_at(self, at: Numbers, field: str = "") -> Postings:
        """Return what stands at the places `at` as postings, in `field` only if one is given."""
        documents = document_of(at)
        fields = self.fields_at(at)
        wanted = self.alive[documents]
        if field:
            wanted = wanted & (fields == list(self.schema.searched).index(field))
        weights = np.array([declared.weight for declared in self.schema.searched.values()], np.float64)
        return sum_postings(documents[wanted], weights[fields[wanted]])

    def fields_at(self, at: Numbers) -> Numbers:
        """Return the rank among the searched fields of the one in which each of the places `at` is."""
        after: Numbers = np.count_nonzero(self._starts[document_of(at)] <= position_of(at)[:, None], axis=1)
        return after - 1

    @cached_property
    def _starts(self) -> Numbers:
        columns = [part.segment.inverted.texts.starts.astype(np.int64) for part in self.segments]
        return np.concatenate(columns) if columns else np.empty((0, len(self.schema.searched) + 1), np.int64)

    def facet(self, name: str) -> FacetColumn:
        """Return the column of the facet or tally `name`."""
        if name not in self._facets:
            rows = ((part.segment.columns.facets[name], part.offset) for part in self.segments)
            self._facets[name] = facet_column(rows, self.alive)
        return self._facets[name]

    def sort_column(self, name: str) -> SortColumn:
        """Return the ranks of the sort `name`."""
        if name not in self._ranks:
            self._ranks[name] = sort_column(self.column(lambda columns: columns.sorts[name]))
        return self._ranks[name]

    def id_column(self) -> SortColumn:
        """Return the ranks of the identifiers."""
        if _ID not in self._ranks:
            self._ranks[_ID] = sort_column(self.column(lambda columns: columns.ids))
        return self._ranks[_ID]

    @cached_property
    def document_versions(self) -> Sequence[int]:
        """The version of each document, deleted ones included."""
        return self.column(lambda columns: columns.versions)

    def versions(self) -> dict[str, int]:
        """Return the version of each document that is not deleted, by identifier."""
        ids, versions = self.id_column().values, self.document_versions
        return {ids[number]: versions[number] for number in np.flatnonzero(self.alive).tolist()}

    def health(self) -> EngineHealth:
        """Return the last change, the number of live documents and the name of the index."""
        return EngineHealth(self.change, self.total, self.name)

    def close(self) -> None:
        """Let go of what was kept for it; a segment is let go of with the last view that has it."""
        self.cache.invalidate(self.number)
