"""`SearchEngine` protocol and its result types.

The index of an engine is derived data. An engine reads the catalogue from a `RecordSource`, stores the number of the
last change it has indexed, and answers an `ActionQuery` with identifiers and counts, never with records. It raises
`app.catalogue.errors.IndexUnavailable` when it cannot answer, and no error of its libraries.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from app.catalogue.cursor import SortPosition
from app.catalogue.query import ActionQuery
from app.catalogue.record import Change, Record
from app.catalogue.statistics import Statistics


class RecordSource(Protocol):
    """The part of the store that an engine reads."""

    def last_change(self) -> int:
        """Return the number of the last change of the catalogue, 0 without one."""
        ...

    def change_token(self, number: int) -> str:
        """Return a token of change `number` that differs between catalogues; "" without such a change."""
        ...

    def changes_after(self, number: int) -> Iterator[Change]:
        """Yield the last change of each record changed after `number`, by ascending number."""
        ...

    def records(self) -> Iterator[Record]:
        """Yield every record that is not deleted, by ascending number."""
        ...


@dataclass(frozen=True, slots=True)
class HighlightTerms:
    """The terms of a text query to highlight, by field key; the key `""` stands for every searched field.

    `stems` are stems, `prefixes` folded prefixes of words, `phrases` stems that have to be side by side.
    """

    stems: Mapping[str, frozenset[str]] = field(default_factory=dict)
    prefixes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    phrases: Mapping[str, frozenset[tuple[str, ...]]] = field(default_factory=dict)


class MatchOffset(NamedTuple):
    """A matched word: start and end offset in characters of its field, and its stem.

    Offsets in a list count as if its values were joined with one character.
    """

    start: int
    end: int
    stem: str


@dataclass(frozen=True, slots=True)
class Hit:
    """One matching record: identifier, indexed version, score (None without a text) and position in the sort order.

    `offsets` are the matched words of that version, by field key and in the text's order; None when the engine does not
    provide them or the query asks for no highlights.
    """

    id: str
    version: int
    score: float | None
    position: SortPosition
    offsets: Mapping[str, Sequence[MatchOffset]] | None = None


@dataclass(frozen=True, slots=True)
class FacetCount:
    """The number of records with one value of a facet; filters on the facet itself do not apply."""

    value: str
    label: str
    count: int
    selected: bool


@dataclass(frozen=True, slots=True)
class FacetCounts:
    """The most frequent values of one facet and all selected ones; `truncated` when others are left out."""

    values: tuple[FacetCount, ...]
    truncated: bool


@dataclass(frozen=True, slots=True)
class UnknownValue:
    """A filter value of no record, and the label of the most similar known value, if any is similar enough."""

    parameter: str
    value: str
    nearest: str | None


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The answer to one `ActionQuery`.

    `total` counts all matches, `full_matches` those that match by the rules of `app.search.interpretation`; they come
    first, near matches follow. `hits` are those of the page, `more` whether others follow. `suggestion` is the text
    with its unknown words corrected, as it was searched; None without corrections. `has_words` is False when the text
    contains no word and so matches every record. `change` is the last indexed change, `index` the name of the index
    (`EngineHealth.name`).
    """

    hits: tuple[Hit, ...]
    total: int
    full_matches: int
    more: bool
    facets: Mapping[str, FacetCounts]
    unknown: tuple[UnknownValue, ...]
    highlight_terms: HighlightTerms
    suggestion: str | None
    has_words: bool
    change: int
    index: str = field(compare=False)

    @property
    def relaxed(self) -> bool:
        """Whether near matches follow the full matches."""
        return self.total > self.full_matches


@dataclass(frozen=True, slots=True)
class Aggregation:
    """The statistics of all matches of an `ActionQuery`; the other attributes are those of `SearchResult`.

    Unlike facet counts, the counts of a facet respect the filters on that facet.
    """

    statistics: Statistics
    unknown: tuple[UnknownValue, ...]
    suggestion: str | None
    has_words: bool


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A completion of a typed text.

    `kind` is `titre` or the name of a suggested facet, `id` the identifier of the record or the value of the facet,
    `count` the number of records with it.
    """

    text: str
    kind: str
    id: str
    count: int


@dataclass(frozen=True, slots=True)
class SimilarHit:
    """A similar record: its score, and the words that it shares with the compared record, as that one spells them."""

    id: str
    score: float
    shared: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EngineHealth:
    """The last indexed change, the number of indexed records, and the unique name of the index."""

    change: int
    records: int
    name: str


class SearchEngine(Protocol):
    """One search index. Thread-safe; several processes may share an index on disk."""

    def catch_up(self, source: RecordSource) -> int:
        """Apply every change after the last indexed one; return the number of the last one then indexed.

        Waits for another writer of this or another process. Rebuilds an index that is missing, of another format, or of
        another catalogue (its `change_token` differs).
        """
        ...

    def unusable_reason(self, source: RecordSource) -> str | None:
        """Return in French why the next `catch_up` will rebuild the index; None when it is usable."""
        ...

    def rebuild(self, source: RecordSource, progress: Callable[[int], None] | None = None) -> int:
        """Build a new index beside the live one and switch to it; return the number of its last change.

        `progress` is called with the number of records indexed so far.
        """
        ...

    def search(self, query: ActionQuery) -> SearchResult:
        """Answer `query` from the newest commit."""
        ...

    def match_ids(self, query: ActionQuery) -> Sequence[str]:
        """Return the identifiers of all matches in the order of `search`; the page of `query` is ignored."""
        ...

    def aggregate(self, query: ActionQuery) -> Aggregation:
        """Return the statistics of all matches of `query`.

        Facets and value pairs list the `facet_size` most frequent values; see `max_listed_values`.
        """
        ...

    def suggest(self, text: str, size: int) -> tuple[Suggestion, ...]:
        """Return up to `size` completions of `text`, best first; none for less than two letters."""
        ...

    def similar(self, record: Record, size: int) -> tuple[SimilarHit, ...]:
        """Return up to `size` other records similar to `record`, most similar first."""
        ...

    def versions(self) -> Mapping[str, int]:
        """Return the indexed version of each record, by identifier."""
        ...

    def health(self) -> EngineHealth:
        """Return the state of the newest commit."""
        ...

    def close(self) -> None:
        """Close files; the engine is not used afterwards."""
        ...
