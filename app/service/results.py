"""What the catalogue finds: pages of records, near ones, and how store and index are."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.catalogue.cursor import SortPosition
from app.catalogue.record import Record
from app.search.engine import SearchResult


@dataclass(frozen=True, slots=True)
class ResultItem:
    """One record of an answer: its score (None without a text) and where the text was found, by field key."""

    record: Record
    score: float | None
    highlights: Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class SimilarRecord:
    """A record that is near another one, how near, and the words of the other one that tie them."""

    record: Record
    score: float
    shared: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ResultPage:
    """One page of an answer: its records, and all that the index says of the whole answer."""

    items: tuple[ResultItem, ...]
    result: SearchResult
    has_no_match: bool = False  # whether the search is without result, each of which may have to be noted

    @property
    def end(self) -> SortPosition | None:
        """Where the next page begins, None on the last one."""
        return self.result.hits[-1].position if self.result.more and self.result.hits else None


@dataclass(frozen=True, slots=True)
class Health:
    """The last change of the store and of the index, and how many records each holds."""

    store_change: int
    store_records: int
    index_change: int
    index_records: int

    @property
    def lag(self) -> int:
        """How many changes the index has yet to take in."""
        return self.store_change - self.index_change
