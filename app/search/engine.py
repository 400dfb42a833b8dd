"""The search engine's protocol: what an engine takes in, what it answers, and how it keeps up with the store.

An engine is derived and disposable. It reads the catalogue from a `Feed`, remembers the number of the last change that
it holds, and answers every question of `ActionQuery` with identifiers and counts, never with records. It raises
`app.catalogue.errors.IndexUnavailable` when it cannot answer, and nothing of its own library.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from app.catalogue.cursor import SortPosition
from app.catalogue.query import ActionQuery
from app.catalogue.record import Change, Record
from app.catalogue.statistics import Statistics


class RecordSource(Protocol):
    """The store as an engine sees it."""

    def last_change(self) -> int:
        """Return the number of the last change of the catalogue, 0 when there is none."""
        ...

    def change_token(self, number: int) -> str:
        """Return what tells the change of that number from one of the same number in another catalogue; "" without."""
        ...

    def changes_after(self, number: int) -> Iterator[Change]:
        """Yield what changed after `number`, by growing number: for each record its last change only."""
        ...

    def records(self) -> Iterator[Record]:
        """Yield every record that is not deleted, by growing number."""
        ...


@dataclass(frozen=True, slots=True)
class HighlightTerms:
    """What a text query looked for, so that a reader can be shown where it was found.

    `stems`, `prefixes` and `phrases` hold, by field key, analysed words, folded beginnings of words, and analysed words
    that count only side by side; the key `""` stands for every searched field.
    """

    stems: Mapping[str, frozenset[str]] = field(default_factory=dict)
    prefixes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    phrases: Mapping[str, frozenset[tuple[str, ...]]] = field(default_factory=dict)


class MatchOffset(NamedTuple):
    """A word that was looked for: where it stands in a text, and its stem.

    In a list of texts it stands where it would if they were joined with one character between two of them.
    """

    start: int
    end: int
    stem: str


@dataclass(frozen=True, slots=True)
class Hit:
    """One matching record: its identifier, its version, its score (None without a text), its position in the order.

    `spots` are the words of that version that the text looked for, by field key and in their order; None when the
    engine does not tell, or was not asked.
    """

    id: str
    version: int
    score: float | None
    position: SortPosition
    offsets: Mapping[str, Sequence[MatchOffset]] | None = None


@dataclass(frozen=True, slots=True)
class FacetCount:
    """How many records hold one value of a facet, whatever is filtered on that facet itself."""

    value: str
    label: str
    count: int
    selected: bool


@dataclass(frozen=True, slots=True)
class FacetCounts:
    """The most frequent values of one facet, selected ones always among them; `truncated` when some were cut."""

    values: tuple[FacetCount, ...]
    truncated: bool


@dataclass(frozen=True, slots=True)
class UnknownValue:
    """A filter value that no record holds, and the nearest one that some record does (its label), if any is near."""

    parameter: str
    value: str
    nearest: str | None


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The answer to one `ActionQuery`.

    `total` counts every record of the answer, `full_matches` those that meet the text by the rule of
    `app.search.interpretation`: they come first, and the others only come near. `hits` are those of the page; `more`
    says that others follow them. `suggestion` is the text with its unknown words corrected, as it was then searched;
    None when there was nothing to correct. `change` is the last change of the catalogue that the answer knows of,
    `index` the name of the index that gave it (`EngineHealth.name`). `searched` is False when the text held no word
    at all: it then restricts nothing.
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
        """Whether records that only come near follow the full matches."""
        return self.total > self.full_matches


@dataclass(frozen=True, slots=True)
class Aggregation:
    """The statistics of every record of the answer to an `ActionQuery`.

    The rest is as in `SearchResult`, but that a filter holds for the counts of its own facet, too.
    """

    statistics: Statistics
    unknown: tuple[UnknownValue, ...]
    suggestion: str | None
    has_words: bool


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Something of the catalogue that begins with, or comes near, what someone has typed so far.

    `kind` is `titre` or the name of a suggested facet. `id` is the record's identifier, or the value to filter that
    facet with. `count` is how many records have it.
    """

    text: str
    kind: str
    id: str
    count: int


@dataclass(frozen=True, slots=True)
class SimilarHit:
    """A record that is near another one, how near, and the terms that tie them, as the other one writes them."""

    id: str
    score: float
    shared: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EngineHealth:
    """The last change that the index holds, how many records it can find, and a name that no other index has."""

    change: int
    records: int
    name: str


class SearchEngine(Protocol):
    """One search index. Safe to use from several threads; several processes may share the index on disk."""

    def catch_up(self, feed: RecordSource) -> int:
        """Apply every change after the last one held, and return the number of the last one then held.

        Waits while another writer, of this process or another, is at it. Rebuilds an index that is missing, of
        another format, or of another catalogue (`Feed.mark` tells).
        """
        ...

    def unusable_reason(self, feed: RecordSource) -> str | None:
        """Say in French why the next catch-up will build the index anew; None when it can be used with `feed`."""
        ...

    def rebuild(self, feed: RecordSource, progress: Callable[[int], None] | None = None) -> int:
        """Build a new index beside the live one and switch to it; return the last change that it holds.

        `progress` is called with the number of records indexed so far.
        """
        ...

    def search(self, query: ActionQuery) -> SearchResult:
        """Answer `query` from the newest committed state."""
        ...

    def match_ids(self, query: ActionQuery) -> Sequence[str]:
        """Return the identifier of every record that `search` would find, in the same order, whatever page is asked.

        It takes a few bytes a record, so that all of a large catalogue can be asked for.
        """
        ...

    def aggregate(self, query: ActionQuery) -> Aggregation:
        """Count what the records of the answer to `query` hold: its facets, and all that statistics say beside them.

        Of each facet, and of the pairs, the `facet_size` most frequent values are named; see `max_listed_values`.
        """
        ...

    def suggest(self, text: str, size: int) -> tuple[Suggestion, ...]:
        """Return up to `size` completions of `text`, the most useful first; none for less than two letters."""
        ...

    def similar(self, record: Record, size: int) -> tuple[SimilarHit, ...]:
        """Return up to `size` other records that are nearest to `record`, nearest first."""
        ...

    def versions(self) -> Mapping[str, int]:
        """Return the version that the index holds of each record, by identifier."""
        ...

    def health(self) -> EngineHealth:
        """Say what the newest committed state holds."""
        ...

    def close(self) -> None:
        """Let go of files and threads; the engine is not used afterwards."""
        ...
