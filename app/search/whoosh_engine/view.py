"""A view of one committed state of the index: its segments side by side, under one numbering, without the deleted."""

import os
import re
from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TypeVar

from whoosh.filedb.filestore import FileStorage
from whoosh.index import TOC

from app.search.whoosh_engine.columns import FacetColumn, Ranks, facet_column, ranks_of
from app.search.whoosh_engine.directory import Applied, Stamp, read_applied
from app.search.whoosh_engine.documents import INDEX_NAME, Layout, schema_of
from app.search.whoosh_engine.segments import Segment, SegmentColumns, open_segment

_TOC_NAME = re.compile(rf"_{INDEX_NAME}_([0-9]+)\.toc")
_ID = ""  # no sort has that name
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Part:
    """A segment in a view: its documents are numbered from `offset`, and some of them are deleted."""

    segment: Segment
    offset: int
    deleted: Set[int]


@dataclass(slots=True, eq=False)
class View:
    """One committed state: the last change that it holds and its documents, by number; the rest is made when needed."""

    directory: Path
    stamp: Stamp
    generation: int
    applied: Applied
    parts: tuple[Part, ...]
    layout: Layout
    live: list[int] = field(init=False)
    every: frozenset[int] = field(init=False)
    _facets: dict[str, FacetColumn] = field(init=False, default_factory=dict)
    _ranks: dict[str, Ranks] = field(init=False, default_factory=dict)
    _lengths: dict[str, tuple[list[int], float]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.live = [
            part.offset + number
            for part in self.parts
            for number in range(len(part.segment.columns.ids))
            if number not in part.deleted
        ]
        self.every = frozenset(self.live)

    def column(self, of: Callable[[SegmentColumns], Sequence[_T]]) -> list[_T]:
        """Return one column of every document, deleted ones included."""
        return list(chain.from_iterable(of(part.segment.columns) for part in self.parts))

    def postings(self, key: str, stems: tuple[str, ...]) -> list[tuple[int, float]]:
        """Return the documents that hold `stems` (side by side, if several) in the field `key`, and how often."""
        found: list[tuple[int, float]] = []
        for part in self.parts:
            postings = part.segment.postings(key, stems)
            numbers = map(part.offset.__add__, postings.documents)
            if part.deleted:
                found.extend(pair for pair in zip(numbers, postings.counts, strict=True) if pair[0] in self.every)
            else:
                found.extend(zip(numbers, postings.counts, strict=True))
        return found

    def words(self, prefix: str) -> set[str]:
        """Return the words that begin with `prefix`; perhaps some that only deleted documents hold."""
        return set(chain.from_iterable(part.segment.words(prefix) for part in self.parts))

    def holding(self, words: Iterable[str]) -> set[int]:
        """Return the documents that hold any of `words`."""
        wanted = list(words)
        return {
            part.offset + number
            for part in self.parts
            for word in wanted
            for number in part.segment.holding(word)
            if number not in part.deleted
        }

    def lengths(self, key: str) -> tuple[list[int], float]:
        """Return the number of words of the field `key` in each document, and their mean."""
        if key not in self._lengths:
            lengths = self.column(lambda columns: columns.lengths[key])
            total = sum(lengths[number] for number in self.live)
            self._lengths[key] = lengths, total / len(self.live) if total else 1.0
        return self._lengths[key]

    def facet(self, name: str) -> FacetColumn:
        """Return the column of the facet `name`."""
        if name not in self._facets:
            keys = self.column(lambda columns: columns.facets[name].keys)
            spellings = self.column(lambda columns: columns.facets[name].spellings)
            self._facets[name] = facet_column(keys, spellings, self.live)
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

    def versions(self) -> dict[str, int]:
        """Return the version of each document that is not deleted, by identifier."""
        ids = self.column(lambda columns: columns.ids)
        versions = self.column(lambda columns: columns.versions)
        return {ids[number]: versions[number] for number in self.live}

    def close(self, keep: "View | None" = None) -> None:
        """Close the segments that the view `keep` does not hold too."""
        kept = {part.segment.id for part in keep.parts} if keep else set()
        for part in self.parts:
            if part.segment.id not in kept:
                part.segment.reader.close()


def open_view(directory: Path, stamp: Stamp, layout: Layout, last: View | None) -> View:
    """Open what was last committed in `directory`; segments that the view `last` has open are shared with it."""
    storage = FileStorage(str(directory))
    schema = schema_of(layout)
    toc = TOC.read(storage, INDEX_NAME, schema=schema)
    applied = read_applied(directory, toc.generation)
    known = {part.segment.id: part.segment for part in last.parts} if last else {}
    opened: list[Segment] = []
    parts = []
    offset = 0
    try:
        for described in toc.segments:
            segment = known.get(described.segment_id())
            if segment is None:
                segment = open_segment(storage, schema, described, layout)
                opened.append(segment)
            parts.append(Part(segment, offset, frozenset(described.deleted_docs())))
            offset += described.doc_count_all()
    except BaseException:
        for segment in opened:
            segment.reader.close()
        raise
    return View(directory, stamp, toc.generation, applied, tuple(parts), layout)


def generation_of(directory: Path) -> int:
    """Return the number of the last commit in `directory`, -1 when there is none; cheap enough for each search."""
    try:
        with os.scandir(directory) as entries:
            named = [_TOC_NAME.fullmatch(entry.name) for entry in entries]
    except FileNotFoundError:
        return -1
    return max((int(found[1]) for found in named if found), default=-1)
