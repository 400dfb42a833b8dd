"""Sort orders, pages and cursor positions of the matches of a query."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf

import numpy as np

from app.catalogue.cursor import SortPosition
from app.catalogue.errors import InvalidParameter, ParameterError
from app.catalogue.query import ActionQuery, SortKey
from app.catalogue.sorting import RELEVANCE_SORT
from app.search.columnar.match_offsets import FieldOffsets, match_offsets
from app.search.columnar.postings import FloatArray, IntArray, Mask
from app.search.columnar.snapshot import IndexSnapshot
from app.search.engine import HighlightTerms, Hit

_MAX_SCORE = 1e9  # far above any score; a cursor with more is forged
_WRONG_ORDER = "Ce curseur ne vient pas d'une recherche dans le même ordre."


@dataclass(frozen=True, slots=True, eq=False)
class RankedDocuments:
    """The documents to rank: masks of the `full` matches, which come first, and of all `documents`; scores of a text.

    `highlight_terms` are located in the hits; None when the query asks for no highlights.
    """

    full: Mask
    documents: Mask
    scores: FloatArray | None
    highlight_terms: HighlightTerms | None = None


def page_of_hits(snapshot: IndexSnapshot, query: ActionQuery, ranked: RankedDocuments) -> tuple[list[Hit], bool]:
    """Return the hits of the page of `query`, and whether more follow."""
    numbers, columns = _sort_columns(snapshot, query, ranked)
    start = query.offset
    if query.after is not None:
        later = _after(columns, _bound(snapshot, query.order, query.after))
        numbers, columns = numbers[later], [column[later] for column in columns]
        start = 0
    end = len(numbers) if query.limit is None else start + query.limit
    page = _first_sorted(numbers, columns, end)[start:end].tolist()
    offsets = match_offsets(snapshot, ranked.highlight_terms, page) if ranked.highlight_terms else {}
    values_by_key = [
        None if key.name == RELEVANCE_SORT else snapshot.sort_column(key.name).values for key in query.order
    ]
    hits = [_hit(snapshot, values_by_key, ranked, number, offsets.get(number)) for number in page]
    return hits, end < len(numbers)


def ordered_ids(snapshot: IndexSnapshot, query: ActionQuery, ranked: RankedDocuments) -> list[str]:
    """Return the identifiers of all documents in the order of `query`."""
    numbers, columns = _sort_columns(snapshot, query, ranked)
    ids = snapshot.id_column().values
    return [ids[number] for number in _first_sorted(numbers, columns, len(numbers)).tolist()]


def _sort_columns(
    snapshot: IndexSnapshot, query: ActionQuery, ranked: RankedDocuments
) -> tuple[IntArray, list[FloatArray]]:
    """Return the document numbers, and the columns to sort them by: tier, the keys of the order, identifier."""
    numbers = np.flatnonzero(ranked.documents)
    return numbers, [
        np.where(ranked.full[numbers], 0.0, 1.0),
        *(_sort_numbers(snapshot, key, numbers, ranked.scores) for key in query.order),
        snapshot.id_column().ranks[numbers],
    ]


def _first_sorted(numbers: IntArray, columns: list[FloatArray], end: int) -> IntArray:
    """Return the first `end` of `numbers`, sorted by `columns`."""
    if 0 < end < len(numbers):
        # Drop what the first non-constant column puts after the page, so that less has to be sorted.
        for column in columns:
            if column.min() < column.max():
                candidates = np.flatnonzero(column <= np.partition(column, end - 1)[end - 1])
                numbers, columns = numbers[candidates], [each[candidates] for each in columns]
                break
    return numbers[np.lexsort(columns[::-1])][:end]


def _after(columns: list[FloatArray], bound: list[float]) -> Mask:
    """Return one bool per row of `columns`: whether it sorts after `bound`."""
    later = np.zeros(len(columns[0]), np.bool_)
    for column, value in zip(reversed(columns), reversed(bound), strict=True):
        later = (column > value) | ((column == value) & later)
    return later


def _hit(
    snapshot: IndexSnapshot,
    values_by_key: Iterable[Sequence[str] | None],
    ranked: RankedDocuments,
    number: int,
    offsets: FieldOffsets | None,
) -> Hit:
    """Return the hit of a document; `values_by_key` has the values of each sort key, None for the score."""
    identifier = snapshot.id_column().values[number]
    score = float(ranked.scores[number]) if ranked.scores is not None else None
    values = [(score or 0.0) if column is None else column[number] for column in values_by_key]
    position = (0 if ranked.full[number] else 1, *values, identifier)
    return Hit(identifier, snapshot.document_versions[number], score, position, offsets)


def _sort_numbers(snapshot: IndexSnapshot, key: SortKey, numbers: IntArray, scores: FloatArray | None) -> FloatArray:
    """Return one float64 per document of `numbers` to sort by `key`, ascending; inf without a value."""
    if key.name == RELEVANCE_SORT:
        selected = scores[numbers] if scores is not None else np.zeros(len(numbers))
        return selected if key.descending else -selected
    ranks = snapshot.sort_column(key.name).ranks[numbers]
    return np.where(ranks < inf, -ranks, inf) if key.descending else ranks


def _bound(snapshot: IndexSnapshot, order: tuple[SortKey, ...], after: SortPosition) -> list[float]:
    """Return the sort numbers of the position `after`, whose document may be gone.

    Raises InvalidParameter when the position does not fit `order`.
    """
    tier, *values = after if len(after) == len(order) + 2 else (None,)
    identifier = values.pop() if values else None
    numbers = [_sort_number(snapshot, key, value) for key, value in zip(order, values, strict=False)]
    valid = [number for number in numbers if number is not None]
    if tier not in {0, 1} or len(valid) < len(order) or not isinstance(identifier, str):
        raise InvalidParameter(ParameterError("cursor", _WRONG_ORDER))
    return [float(tier), *valid, snapshot.id_column().rank(identifier)]


def _sort_number(snapshot: IndexSnapshot, key: SortKey, value: str | float | None) -> float | None:
    """Return the sort number of `value` under `key`, None when its type is wrong."""
    if key.name == RELEVANCE_SORT:
        if isinstance(value, int | float) and abs(value) < _MAX_SCORE:
            return value if key.descending else -value
        return None
    if not isinstance(value, str):
        return None
    rank = snapshot.sort_column(key.name).rank(value)
    return -rank if key.descending and rank < inf else rank
