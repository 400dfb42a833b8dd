"""Results of the catalogue service: pages of records, similar records, statistics, health, and query warnings."""

from collections.abc import Mapping, Sequence
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
    `damaged` are the identifiers of hits that are left out because their records cannot be decoded.
    """

    items: tuple[ResultItem, ...]
    result: SearchResult
    has_no_match: bool = False
    damaged: tuple[str, ...] = ()

    @property
    def end(self) -> SortPosition | None:
        """The sort position after which the next page begins; None on the last page."""
        return self.result.hits[-1].position if self.result.more and self.result.hits else None


@dataclass(frozen=True, slots=True)
class Health:
    """The number of the last change and the record count, of the store and of the index.

    `damaged` is the number of damaged rows that this process has met.
    """

    store_change: int
    store_records: int
    index_change: int
    index_records: int
    damaged: int = 0

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


def damage_warning(damaged: Sequence[str]) -> str:
    """Return the French warning that names the damaged records which a list leaves out."""
    names = ", ".join(f"« {identifier} »" for identifier in damaged)
    if len(damaged) == 1:
        return f"1 fiche endommagée n'est pas montrée : {names}."
    return f"{len(damaged)} fiches endommagées ne sont pas montrées : {names}."


def page_warnings(query: ActionQuery, page: ResultPage) -> list[str]:
    """Return French warnings about a page of results: its text, and the damaged records that it leaves out."""
    damage = [damage_warning(page.damaged)] if page.damaged else []
    return [*text_warnings(query, page.result), *damage]


def page_warning_documents(query: ActionQuery, page: ResultPage) -> list[Document]:
    """Return the warnings about a page of results; the one on damaged records concerns no parameter."""
    documents = warning_documents(query, page.result)
    if page.damaged:
        message = damage_warning(page.damaged)
        documents.append({"parameter": "", "message": message, "value": None, "nearest": None})
    return documents


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
