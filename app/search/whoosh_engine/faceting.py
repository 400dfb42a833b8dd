"""Filters and facet counts: which documents a filter lets through, and how many hold each value."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import chain

from rapidfuzz import fuzz, process

from app.catalogue.query import FacetFilter
from app.catalogue.text import fold
from app.search.engine import FacetCount, FacetCounts, UnknownValue
from app.search.whoosh_engine.columns import FacetColumn
from app.search.whoosh_engine.view import View

_NEAR = 60.0  # per cent of likeness from which a known value is worth naming
_NAMED = 5  # unknown values for which the nearest known one is looked for; more of them are no slip of the finger


@dataclass(frozen=True, slots=True)
class Filtered:
    """What the filters let through, facet by facet, the keys they ask for, and the values that nobody holds."""

    allowed: Mapping[str, Set[int]]
    selected: Mapping[str, frozenset[str]]
    unknown: tuple[UnknownValue, ...]

    def within(self, documents: Set[int], *, besides: str = "") -> Set[int]:
        """Return those of `documents` that every filter lets through, those on the facet `besides` left aside."""
        for facet, allowed in self.allowed.items():
            if facet != besides:
                documents = documents & allowed
        return documents


def filtered(view: View, filters: Iterable[FacetFilter]) -> Filtered:
    """Apply each filter on its own."""
    allowed: dict[str, Set[int]] = {}
    selected: dict[str, frozenset[str]] = {}
    unknown: dict[UnknownValue, None] = {}
    for wanted in filters:
        column = view.facet(wanted.facet)
        documents = _allowed(view, column, wanted)
        allowed[wanted.facet] = documents & allowed.get(wanted.facet, documents)
        selected[wanted.facet] = _keys(column, wanted.values) | selected.get(wanted.facet, frozenset())
        for parameter, values in ((wanted.facet, wanted.values), (f"{wanted.facet}__not", wanted.excluded)):
            for value in values:
                if fold(value) not in column.named:
                    near = _nearest(column, value) if len(unknown) < _NAMED else None
                    unknown[UnknownValue(parameter, value, near)] = None
    return Filtered(allowed, selected, tuple(unknown))


def counts(column: FacetColumn, documents: Iterable[int], selected: Set[str], size: int) -> FacetCounts:
    """Return how many of `documents` hold each value: the `size` most frequent ones, and those `selected`."""
    counted = Counter(chain.from_iterable(map(column.keys.__getitem__, documents)))
    for key in selected:
        counted.setdefault(key, 0)
    ordered = sorted(counted, key=lambda key: (-counted[key], column.shown[key].place))
    kept = [key for place, key in enumerate(ordered) if place < size or key in selected]
    values = (
        FacetCount(column.shown[key].value, column.shown[key].label, counted[key], selected=key in selected)
        for key in kept
    )
    return FacetCounts(tuple(values), truncated=len(kept) < len(ordered))


def _allowed(view: View, column: FacetColumn, wanted: FacetFilter) -> Set[int]:
    documents: Set[int] = view.every
    if wanted.values:
        documents = _holders(column, _keys(column, wanted.values))
    if wanted.excluded:
        documents = documents - _holders(column, _keys(column, wanted.excluded))
    if wanted.is_null is not None:
        documents = {number for number in documents if (not column.keys[number]) is wanted.is_null}
    return documents


def _keys(column: FacetColumn, values: Iterable[str]) -> frozenset[str]:
    """Return the keys that `values` name, by value or by label."""
    return frozenset(chain.from_iterable(column.named.get(fold(value), ()) for value in values))


def _holders(column: FacetColumn, keys: Iterable[str]) -> Set[int]:
    return frozenset().union(*(column.holders[key] for key in keys))


def _nearest(column: FacetColumn, value: str) -> str | None:
    """Return the label of the known value whose value or label looks most like `value`."""
    names: Sequence[str] = sorted(column.named)
    found = process.extractOne(fold(value), names, scorer=fuzz.ratio, score_cutoff=_NEAR)
    return column.shown[min(column.named[found[0]])].label if found else None
