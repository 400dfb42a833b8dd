"""Orders and pages: which of the matching documents come next, and where each stands."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf

import numpy as np

from app.catalogue.cursor import SortPosition
from app.catalogue.errors import InvalidParameter, ParameterError
from app.catalogue.query import ActionQuery, SortKey
from app.catalogue.sorting import RELEVANCE_SORT
from app.search.columnar.match_offsets import FieldOffsets, match_offsets
from app.search.columnar.postings import Mask, Numbers, Weights
from app.search.columnar.snapshot import IndexSnapshot
from app.search.engine import HighlightTerms, Hit

_HIGHEST = 1e9  # of a score, by far
_WRONG_ORDER = "Ce curseur ne vient pas d'une recherche dans le même ordre."


@dataclass(frozen=True, slots=True, eq=False)
class RankedDocuments:
    """The documents of an answer: `full` matches, which come first, all `documents`, and their scores for a text.

    `marks` are what its hits are to be shown with; None when nobody wants that.
    """

    full: Mask
    documents: Mask
    scores: Weights | None
    highlight_terms: HighlightTerms | None = None


def page_of_hits(view: IndexSnapshot, query: ActionQuery, answer: RankedDocuments) -> tuple[list[Hit], bool]:
    """Return the hits of the page that `query` asks for, and whether others follow."""
    numbers, columns = _placed(view, query, answer)
    start = query.offset
    if query.after is not None:
        later = _after(columns, _bound(view, query.order, query.after))
        numbers, columns = numbers[later], [column[later] for column in columns]
        start = 0
    end = len(numbers) if query.limit is None else start + query.limit
    ordered = _first(numbers, columns, end)
    shown = ordered[start:end].tolist()
    spots = match_offsets(view, answer.highlight_terms, shown) if answer.highlight_terms else {}
    of_keys = [None if key.name == RELEVANCE_SORT else view.sort_column(key.name).values for key in query.order]
    hits = [_hit(view, of_keys, answer, number, spots.get(number)) for number in shown]
    return hits, end < len(numbers)


def ordered_ids(view: IndexSnapshot, query: ActionQuery, answer: RankedDocuments) -> list[str]:
    """Return the identifiers of the whole answer in the order that `query` asks for."""
    numbers, columns = _placed(view, query, answer)
    names = view.id_column().values
    return [names[number] for number in _first(numbers, columns, len(numbers)).tolist()]


def _placed(view: IndexSnapshot, query: ActionQuery, answer: RankedDocuments) -> tuple[Numbers, list[Weights]]:
    """Return the documents of an answer, and the columns of numbers that put them in order."""
    numbers = np.flatnonzero(answer.documents)
    return numbers, [
        np.where(answer.full[numbers], 0.0, 1.0),
        *(_column(view, key, numbers, answer.scores) for key in query.order),
        view.id_column().ranks[numbers],
    ]


def _first(numbers: Numbers, columns: list[Weights], end: int) -> Numbers:
    """Return the first `end` of `numbers` in the order of `columns`."""
    if 0 < end < len(numbers):
        # What the first column that tells documents apart puts after the last of the page need not be put in order.
        for column in columns:
            if column.min() < column.max():
                kept = np.flatnonzero(column <= np.partition(column, end - 1)[end - 1])
                numbers, columns = numbers[kept], [each[kept] for each in columns]
                break
    return numbers[np.lexsort(columns[::-1])][:end]


def _after(columns: list[Weights], bound: list[float]) -> Mask:
    """Tell which documents stand after `bound`."""
    later = np.zeros(len(columns[0]), np.bool_)
    for column, value in zip(reversed(columns), reversed(bound), strict=True):
        later = (column > value) | ((column == value) & later)
    return later


def _hit(
    view: IndexSnapshot,
    of_keys: Iterable[Sequence[str] | None],
    answer: RankedDocuments,
    number: int,
    spots: FieldOffsets | None,
) -> Hit:
    """Return the hit of a document, given the values of all by each key of the order; None is the score."""
    identifier = view.id_column().values[number]
    score = float(answer.scores[number]) if answer.scores is not None else None
    values = [(score or 0.0) if of is None else of[number] for of in of_keys]
    return Hit(
        identifier, view.document_versions[number], score, (0 if answer.full[number] else 1, *values, identifier), spots
    )


def _column(view: IndexSnapshot, key: SortKey, numbers: Numbers, scores: Weights | None) -> Weights:
    """Return the number of each of `numbers` under `key`: the smallest comes first."""
    if key.name == RELEVANCE_SORT:
        found = scores[numbers] if scores is not None else np.zeros(len(numbers))
        return found if key.descending else -found
    ranks = view.sort_column(key.name).ranks[numbers]
    return np.where(ranks < inf, -ranks, inf) if key.descending else ranks


def _bound(view: IndexSnapshot, order: tuple[SortKey, ...], after: SortPosition) -> list[float]:
    """Return the numbers of the position `after`, which no document needs to have any more."""
    tier, *values = after if len(after) == len(order) + 2 else (None,)
    identifier = values.pop() if values else None
    numbers = [_number(view, key, value) for key, value in zip(order, values, strict=False)]
    known = [number for number in numbers if number is not None]
    if tier not in {0, 1} or len(known) < len(order) or not isinstance(identifier, str):
        raise InvalidParameter(ParameterError("cursor", _WRONG_ORDER))
    return [float(tier), *known, view.id_column().rank(identifier)]


def _number(view: IndexSnapshot, key: SortKey, value: str | float | None) -> float | None:
    """Return the number of `value` under `key`, None when it is none of its values."""
    if key.name == RELEVANCE_SORT:
        if isinstance(value, int | float) and abs(value) < _HIGHEST:
            return value if key.descending else -value
        return None
    if not isinstance(value, str):
        return None
    rank = view.sort_column(key.name).rank(value)
    return -rank if key.descending and rank < inf else rank
