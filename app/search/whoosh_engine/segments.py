"""One segment of a committed index: its columns, read once, and its posting lists, read when asked for."""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from whoosh.fields import Schema
from whoosh.filedb.filestore import FileStorage
from whoosh.matching import FilterMatcher
from whoosh.reading import SegmentReader, TermNotFound

from app.search.whoosh_engine.columns import Spelling, spelling_of
from app.search.whoosh_engine.documents import ROW_FIELD, WORDS_FIELD, Layout, Row, stems_field

_KEPT = 1_000_000  # postings of a segment that are kept decoded, twelve bytes each
_OVERHEAD = 20  # postings that the keeping of a list takes the room of


@dataclass(frozen=True, slots=True)
class FacetRows:
    """One facet of a segment: the keys and the spellings of each document's values."""

    keys: list[tuple[str, ...]]
    spellings: list[tuple[Spelling, ...]]


@dataclass(frozen=True, slots=True)
class SegmentColumns:
    """What is stored of the documents of a segment, by document number; deleted ones among them."""

    ids: list[str]
    versions: list[int]
    facets: Mapping[str, FacetRows]
    sorts: Mapping[str, list[str]]
    lengths: Mapping[str, list[int]]


@dataclass(frozen=True, slots=True)
class Postings:
    """The documents that hold a word or a phrase, deleted ones among them, and how often each does."""

    documents: Sequence[int]
    counts: Sequence[float]


@dataclass(slots=True)
class Segment:
    """An open segment. Its files never change; which of its documents are deleted does, and is not known here.

    Whoosh's readers are not made for several threads: who shares a segment asks it under a lock.
    """

    id: str
    reader: SegmentReader
    columns: SegmentColumns
    read: dict[tuple[str, tuple[str, ...]], Postings] = field(default_factory=dict)
    kept: int = 0

    def postings(self, key: str, stems: tuple[str, ...]) -> Postings:
        """Return the documents that hold `stems` (side by side, if several) in the field `key`."""
        wanted = (key, stems)
        if wanted not in self.read:
            found = self._word(key, stems[0]) if len(stems) == 1 else self._phrase(key, stems)
            if not found.documents:
                return found
            self.kept += len(found.documents) + _OVERHEAD
            if self.kept > _KEPT:
                self.read.clear()
                self.kept = len(found.documents) + _OVERHEAD
            self.read[wanted] = found
        return self.read[wanted]

    def words(self, prefix: str) -> Iterator[str]:
        """Yield the words of the segment's texts that begin with `prefix`."""
        for word in self.reader.expand_prefix(WORDS_FIELD, prefix):
            yield word.decode()

    def holding(self, word: str) -> list[int]:
        """Return the documents in whose searched fields `word` stands."""
        matcher = self._matcher(WORDS_FIELD, word)
        return list(matcher.all_ids()) if matcher else []

    def _word(self, key: str, stem: str) -> Postings:
        documents, counts = array("L"), array("f")
        matcher = self._matcher(stems_field(key), stem)
        while matcher and matcher.is_active():
            documents.append(matcher.id())
            counts.append(matcher.weight())
            matcher.next()
        return Postings(documents, counts)

    def _phrase(self, key: str, stems: tuple[str, ...]) -> Postings:
        starts: dict[int, Set[int]] | None = None
        for distance, stem in enumerate(stems):
            found = self._starts(key, stem, distance, starts)
            starts = found if starts is None else {doc: starts[doc] & places for doc, places in found.items()}
        counts = {doc: len(places) for doc, places in (starts or {}).items() if places}
        return Postings(array("L", counts), array("f", counts.values()))

    def _starts(self, key: str, stem: str, distance: int, within: Mapping[int, Any] | None) -> dict[int, Set[int]]:
        """Return where a phrase would start that has `stem` at `distance`, for the documents `within`."""
        matcher = self._matcher(stems_field(key), stem)
        found: dict[int, Set[int]] = {}
        while matcher and matcher.is_active():
            if within is None or matcher.id() in within:
                found[matcher.id()] = {place - distance for place in matcher.value_as("positions")}
            matcher.next()
        return found

    def _matcher(self, field: str, term: str) -> Any:
        """Return Whoosh's cursor over a posting list, deleted documents included; None when there is no such term."""
        try:
            matcher = self.reader.postings(field, term)
        except TermNotFound:
            return None
        return matcher.child if isinstance(matcher, FilterMatcher) else matcher


def open_segment(storage: FileStorage, schema: Schema, segment: Any, layout: Layout) -> Segment:
    """Open a segment that the table of contents of `storage` names, and read its columns."""
    reader = SegmentReader(storage, schema, segment)
    stored = (reader.stored_fields(number)[ROW_FIELD] for number in range(reader.doc_count_all()))
    return Segment(segment.segment_id(), reader, _columns(stored, layout))


def _columns(stored: Iterable[tuple[Any, ...]], layout: Layout) -> SegmentColumns:
    rows = [Row(*fields) for fields in stored]
    return SegmentColumns(
        [row.id for row in rows],
        [row.version for row in rows],
        {name: _facet_rows(row.facets[place] for row in rows) for place, name in enumerate(layout.facets)},
        {name: [row.sorts[place] for row in rows] for place, name in enumerate(layout.sorts)},
        {key: [row.lengths[place] for row in rows] for place, key in enumerate(layout.searched)},
    )


def _facet_rows(values: Iterable[tuple[tuple[str, str], ...]]) -> FacetRows:
    """Return the rows of a facet, in which equal values share one object: there are few of them."""
    spelled: dict[tuple[str, str], Spelling] = {}
    shared: dict[tuple[tuple[str, str], ...], tuple[tuple[str, ...], tuple[Spelling, ...]]] = {}
    rows = FacetRows([], [])
    for pairs in values:
        if pairs not in shared:
            for pair in pairs:
                if pair not in spelled:
                    spelled[pair] = spelling_of(*pair)
            spellings = tuple(spelled[pair] for pair in pairs)
            shared[pairs] = tuple(spelling.key for spelling in spellings), spellings
        keys, spellings = shared[pairs]
        rows.keys.append(keys)
        rows.spellings.append(spellings)
    return rows
