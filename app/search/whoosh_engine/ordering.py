"""Orders and pages: which of the matching documents come next, and where each stands."""

from collections.abc import Collection
from heapq import nsmallest
from math import inf, isfinite

from app.catalogue.cursor import Position
from app.catalogue.errors import InvalidParameter, ParameterError
from app.catalogue.query import ActionQuery, SortKey
from app.catalogue.sorting import RELEVANCE
from app.search.engine import Hit
from app.search.whoosh_engine.matching import Scores
from app.search.whoosh_engine.view import View

_Key = tuple[float, ...]  # of a document in an order: a number under each sort key, then the rank of its identifier
_PART = 8  # a page that ends within this part of the matches is picked out of them; further on, sorting is quicker


def page(view: View, query: ActionQuery, documents: Collection[int], scores: Scores | None) -> tuple[list[Hit], bool]:
    """Return the hits of the page that `query` asks for among `documents`, and whether others follow."""
    ids = view.id_ranks()
    columns = [_numbers(view, key, documents, scores) for key in query.order]
    keys: list[_Key] = list(zip(*columns, (ids.ranks[number] for number in documents), documents, strict=True))
    start = query.offset
    if query.after is not None:
        bound = _bound(view, query.order, query.after)
        keys = [key for key in keys if key[:-1] > bound]
        start = 0
    end = len(keys) if query.limit is None else start + query.limit
    ordered = nsmallest(end, keys) if end * _PART < len(keys) else sorted(keys)
    hits = [_hit(view, query, int(key[-1]), scores) for key in ordered[start:end]]
    return hits, end < len(keys)


def _hit(view: View, query: ActionQuery, number: int, scores: Scores | None) -> Hit:
    identifier = view.id_ranks().of[number]
    values = (
        (scores[number] if scores else 0.0) if key.name == RELEVANCE else view.ranks(key.name).of[number]
        for key in query.order
    )
    return Hit(identifier, scores[number] if scores else None, (*values, identifier))


def _numbers(view: View, key: SortKey, documents: Collection[int], scores: Scores | None) -> list[float]:
    """Return the number of each of `documents` under `key`: the smallest comes first."""
    if key.name == RELEVANCE:
        found = [scores[number] for number in documents] if scores else [0.0] * len(documents)
        return found if key.descending else [-score for score in found]
    ranks = view.ranks(key.name).ranks
    return [_directed(ranks[number], descending=key.descending) for number in documents]


def _bound(view: View, order: tuple[SortKey, ...], after: Position) -> _Key:
    """Return the key of the position `after`, which no document needs to have any more."""
    *values, identifier = after if len(after) == len(order) + 1 else (None,)
    numbers = [_number(view, key, value) for key, value in zip(order, values, strict=False)]
    if len(numbers) < len(order) or None in numbers or not isinstance(identifier, str):
        raise InvalidParameter(ParameterError("cursor", "Ce curseur ne vient pas d'une recherche dans le même ordre."))
    return (*(number for number in numbers if number is not None), view.id_ranks().rank(identifier))


def _number(view: View, key: SortKey, value: str | float | None) -> float | None:
    """Return the number of `value` under `key`, None when it is none of its values."""
    if key.name == RELEVANCE:
        if isinstance(value, int) or (isinstance(value, float) and isfinite(value)):
            return value if key.descending else -value
        return None
    if not isinstance(value, str):
        return None
    return _directed(view.ranks(key.name).rank(value), descending=key.descending)


def _directed(rank: float, *, descending: bool) -> float:
    """Return `rank` for either direction; what has no value stays last."""
    return -rank if descending and rank < inf else rank
