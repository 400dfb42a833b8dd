"""Results of the catalogue service: pages of records, similar records, statistics, health, and query warnings."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.catalogue.cursor import SortPosition
from app.catalogue.parameters import did_you_mean
from app.catalogue.query import MAX_QUERY_LENGTH, ActionQuery
from app.catalogue.record import Record
from app.exporting.json_documents import Document
from app.exporting.statistics import statistics_document
from app.search.engine import Aggregation, SearchResult, UnknownValue


@dataclass(frozen=True, slots=True)
class ResultItem:
    """A record of a result page, its score (None without a text query) and its highlights by field key."""

    record: Record
    score: float | None
    highlights: Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class SimilarRecord:
    """A record similar to another one, its similarity score, and the terms that both share."""

    record: Record
    score: float
    shared: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ResultPage:
    """One page of records, and the search result that it belongs to.

    `has_no_match` tells that the query is a text search without a full match, which goes into the zero-result log.
    """

    items: tuple[ResultItem, ...]
    result: SearchResult
    has_no_match: bool = False

    @property
    def end(self) -> SortPosition | None:
        """The sort position after which the next page begins; None on the last page."""
        return self.result.hits[-1].position if self.result.more and self.result.hits else None


@dataclass(frozen=True, slots=True)
class Health:
    """The number of the last change and the record count, of the store and of the index."""

    store_change: int
    store_records: int
    index_change: int
    index_records: int

    @property
    def lag(self) -> int:
        """The number of changes that the index has yet to apply."""
        return self.store_change - self.index_change


def query_statistics(query: ActionQuery, aggregation: Aggregation) -> Document:
    """Return the statistics document of the API and the command line: counts, spelling suggestion, warnings."""
    counts = statistics_document(aggregation.statistics)
    return {**counts, "suggestion": aggregation.suggestion, "warnings": warning_documents(query, aggregation)}


def warning_documents(query: ActionQuery, result: SearchResult | Aggregation) -> list[Document]:
    """Return the warnings about a query: unknown filter values first, then its text."""
    return [
        *map(unknown_value_warning, result.unknown),
        *(
            {"parameter": "q", "message": message, "value": None, "nearest": None}
            for message in text_warnings(query, result)
        ),
    ]


def text_warnings(query: ActionQuery, result: SearchResult | Aggregation) -> list[str]:
    """Return French warnings about the text of a query: truncated, or without any word."""
    messages = []
    if query.truncated:
        messages.append(f"La recherche a été coupée : {MAX_QUERY_LENGTH} caractères en sont lus.")
    if query.text and not result.has_words:
        messages.append("La recherche ne contient aucun mot : elle ne restreint rien.")
    return messages


def unknown_value_warning(unknown: UnknownValue) -> Document:
    """Return the warning about a filter value that no record has."""
    hint = did_you_mean(unknown.nearest)
    return {
        "parameter": unknown.parameter,
        "message": f"Aucune action n'a la valeur « {unknown.value} ».{hint}",
        "value": unknown.value,
        "nearest": unknown.nearest,
    }
