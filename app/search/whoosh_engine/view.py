"""A view of one committed state of the index: its segments side by side, under one numbering, without the deleted."""

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, count
from pathlib import Path
from typing import TypeVar

import numpy as np
from whoosh.filedb.filestore import FileStorage
from whoosh.index import TOC

from app.search.postings import (
    NOTHING,
    Mask,
    Numbers,
    Postings,
    Weights,
    document_of,
    moved,
    phrase,
    position_of,
    summed,
)
from app.search.whoosh_engine.columns import FacetColumn, Ranks, facet_column, ranks_of
from app.search.whoosh_engine.directory import Applied, Stamp, read_applied
from app.search.whoosh_engine.documents import INDEX_NAME, Layout, schema
from app.search.whoosh_engine.kept import Kept
from app.search.whoosh_engine.segments import Segment, SegmentColumns, open_segment

_TOC_NAME = re.compile(rf"_{INDEX_NAME}_([0-9]+)\.toc")
_ID = ""  # no sort has that name
_NONE = np.empty(0, np.int64)
_NUMBERS = count()
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A segment in a view: its documents are numbered from `offset`; `alive` tells which of them are not deleted."""

    segment: Segment
    offset: int
    alive: Mask

    @property
    def documents(self) -> slice:
        """Its documents among those of the view."""
        return slice(self.offset, self.offset + len(self.alive))


@dataclass(eq=False)
class View:
    """One committed state: the last change that it holds and its documents, by number; the rest is made when needed."""

    directory: Path
    stamp: Stamp
    generation: int
    applied: Applied
    parts: tuple[Part, ...]
    layout: Layout
    kept: Kept

    def __post_init__(self) -> None:
        self.number = next(_NUMBERS)
        self._facets: dict[str, FacetColumn] = {}
        self._ranks: dict[str, Ranks] = {}
        self._deleted = any(not part.alive.all() for part in self.parts)

    @cached_property
    def alive(self) -> Mask:
        """Which documents are not deleted."""
        return np.concatenate([part.alive for part in self.parts]) if self.parts else np.empty(0, np.bool_)

    @cached_property
    def total(self) -> int:
        """How many documents are not deleted."""
        return int(np.count_nonzero(self.alive))

    @cached_property
    def lengths(self) -> Weights:
        """The weighted number of words of each document."""
        columns = [part.segment.inverted.texts.lengths for part in self.parts]
        return np.concatenate(columns) if columns else np.empty(0, np.float64)

    @cached_property
    def mean_length(self) -> float:
        """The mean of the lengths of documents that are not deleted; never 0."""
        return float(self.lengths[self.alive].sum()) / max(self.total, 1) or 1.0

    def column(self, of: Callable[[SegmentColumns], Sequence[_T]]) -> list[_T]:
        """Return one column of every document, deleted ones included."""
        return list(chain.from_iterable(of(part.segment.columns) for part in self.parts))

    def holders(self, word_stem: str) -> Postings:
        """Return the documents that hold a word with that stem."""
        return self._postings("holders", word_stem, lambda segment: segment.holders(word_stem))

    def exact(self, word: str) -> Postings:
        """Return the documents that hold the folded `word` itself."""
        return self._postings("exact", word, lambda segment: segment.exact(word))

    def beginning(self, prefix: str) -> Postings:
        """Return the documents that hold a folded word that begins with `prefix`."""
        return self._postings("beginning", prefix, lambda segment: segment.beginning(prefix))

    def once(self, what: str, term: str, read: Callable[[], Postings]) -> Postings:
        """Return what `read` gives for `what` is asked of `term`, kept as long as the view while there is room."""
        return self.kept.once((self.number, what, term), read)

    def _postings(self, what: str, term: str, of: Callable[[Segment], Postings]) -> Postings:
        return self.once(what, term, lambda: self._living(of))

    def _living(self, of: Callable[[Segment], Postings]) -> Postings:
        given = [(of(part.segment), part.offset) for part in self.parts]
        found = [(postings, offset) for postings, offset in given if len(postings)]
        if len(found) == 1 and not found[0][1] and not self._deleted:
            return found[0][0]
        documents = np.concatenate([postings.documents + offset for postings, offset in found] or [_NONE])
        weights = np.concatenate([postings.weights for postings, _ in found] or [NOTHING.weights])
        living = self.alive.take(documents)
        return Postings(documents.compress(living), weights.compress(living))

    def places(self, word_stem: str, within: Mask | None = None) -> Numbers:
        """Return where words with that stem stand, in the documents `within` only if they are given."""
        found = [
            moved(part.segment.places(word_stem, within if within is None else within[part.documents]), part.offset)
            for part in self.parts
        ]
        return np.concatenate(found) if found else _NONE

    def places_beginning(self, prefix: str) -> Numbers:
        """Return where words that begin with `prefix` stand, in documents deleted or not."""
        found = [moved(part.segment.places_beginning(prefix), part.offset) for part in self.parts]
        return np.concatenate(found) if found else _NONE

    def places_of_phrase(self, stems: Sequence[str], within: Mask | None = None) -> Numbers:
        """Return where a phrase begins, in the documents `within` only if they are given."""
        if len(stems) == 1:
            return self.places(stems[0], within)
        together = self.alive if within is None else within
        for word_stem in stems:
            together = together & self.mask(self.holders(word_stem))
        return phrase([self.places(word_stem, together) for word_stem in stems])

    def mask(self, postings: Postings) -> Mask:
        """Return the documents of `postings` as a mask of all."""
        held = np.zeros(len(self.alive), np.bool_)
        held[postings.documents] = True
        return held

    def standing(self, at: Numbers, field: str = "") -> Postings:
        """Return what stands at the places `at` as postings, in `field` only if one is given."""
        documents = document_of(at)
        fields = self.field_of(at)
        wanted = self.alive[documents]
        if field:
            wanted = wanted & (fields == list(self.layout.searched).index(field))
        weights = np.array([declared.weight for declared in self.layout.searched.values()], np.float64)
        return summed(documents[wanted], weights[fields[wanted]])

    def field_of(self, at: Numbers) -> Numbers:
        """Return the rank among the searched fields of the one in which each of the places `at` is."""
        after: Numbers = np.count_nonzero(self._starts[document_of(at)] <= position_of(at)[:, None], axis=1)
        return after - 1

    @cached_property
    def _starts(self) -> Numbers:
        columns = [part.segment.inverted.texts.starts.astype(np.int64) for part in self.parts]
        return np.concatenate(columns) if columns else np.empty((0, len(self.layout.searched) + 1), np.int64)

    def facet(self, name: str) -> FacetColumn:
        """Return the column of the facet or tally `name`."""
        if name not in self._facets:
            rows = ((part.segment.columns.facets[name], part.offset) for part in self.parts)
            self._facets[name] = facet_column(rows, self.alive)
        return self._facets[name]

    def ranks(self, name: str) -> Ranks:
        """Return the ranks of the sort `name`."""
        if name not in self._ranks:
            self._ranks[name] = ranks_of(self.column(lambda columns: columns.sorts[name]))
        return self._ranks[name]

    def id_ranks(self) -> Ranks:
        """Return the ranks of the identifiers."""
        if _ID not in self._ranks:
            self._ranks[_ID] = ranks_of(self.column(lambda columns: columns.ids))
        return self._ranks[_ID]

    @cached_property
    def version_of(self) -> Sequence[int]:
        """The version of each document, deleted ones included."""
        return self.column(lambda columns: columns.versions)

    def versions(self) -> dict[str, int]:
        """Return the version of each document that is not deleted, by identifier."""
        ids, versions = self.id_ranks().of, self.version_of
        return {ids[number]: versions[number] for number in np.flatnonzero(self.alive).tolist()}

    def close(self) -> None:
        """Let go of what was kept for it; a segment is let go of with the last view that has it."""
        self.kept.forget(self.number)


def open_view(directory: Path, stamp: Stamp, layout: Layout, last: View | None, kept: Kept) -> View:
    """Open what was last committed in `directory`; segments that the view `last` has open are shared with it."""
    storage = FileStorage(str(directory))
    toc = TOC.read(storage, INDEX_NAME, schema=schema())
    applied = read_applied(directory, toc.generation)
    known = {part.segment.id: part.segment for part in last.parts} if last else {}
    parts = []
    offset = 0
    for described in toc.segments:
        segment = known.get(described.segment_id()) or open_segment(storage, described, layout)
        alive = np.ones(described.doc_count_all(), np.bool_)
        alive[list(described.deleted_docs())] = False
        parts.append(Part(segment, offset, alive))
        offset += len(alive)
    return View(directory, stamp, toc.generation, applied, tuple(parts), layout, kept)


def generation_of(directory: Path) -> int:
    """Return the number of the last commit in `directory`, -1 when there is none; cheap enough for each search."""
    try:
        with os.scandir(directory) as entries:
            named = [_TOC_NAME.fullmatch(entry.name) for entry in entries]
    except FileNotFoundError:
        return -1
    return max((int(found[1]) for found in named if found), default=-1)
