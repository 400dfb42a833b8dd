"""Filters and facet counts: which documents a filter lets through, and how many hold each value."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain

import numpy as np
from rapidfuzz import fuzz, process

from app.catalogue.query import ActionQuery, FacetFilter
from app.catalogue.text import fold
from app.search.columnar.columns import FacetColumn, pack_bits
from app.search.columnar.postings import Mask, Numbers
from app.search.columnar.snapshot import IndexSnapshot
from app.search.engine import FacetCount, FacetCounts, UnknownValue

_NEAR = 60.0  # per cent of likeness from which a known value is worth naming
_SHORTEST = 3  # characters of a name; what is shorter is a code
_NAMED = 5  # unknown values for which the nearest known one is looked for; more of them are no slip of the finger


@dataclass(frozen=True, slots=True, eq=False)
class FilterResult:
    """What the filters let through, facet by facet, the codes they ask for, and the values that nobody holds."""

    allowed: Mapping[str, Mask]
    selected: Mapping[str, frozenset[int]]
    unknown: tuple[UnknownValue, ...]

    def within(self, documents: Mask, *, besides: str = "") -> Mask:
        """Return those of `documents` that every filter lets through, those on the facet `besides` left aside."""
        for facet, allowed in self.allowed.items():
            if facet != besides:
                documents = documents & allowed
        return documents


def apply_filters(view: IndexSnapshot, filters: Iterable[FacetFilter]) -> FilterResult:
    """Apply each filter on its own."""
    allowed: dict[str, Mask] = {}
    selected: dict[str, frozenset[int]] = {}
    unknown: dict[UnknownValue, None] = {}
    for wanted in filters:
        column = view.facet(wanted.facet)
        documents = _allowed(view, column, wanted)
        allowed[wanted.facet] = documents & allowed.get(wanted.facet, view.alive)
        selected[wanted.facet] = _codes(column, wanted.values) | selected.get(wanted.facet, frozenset())
        for parameter, values in ((wanted.facet, wanted.values), (f"{wanted.facet}__not", wanted.excluded)):
            for value in values:
                if fold(value) not in column.codes_by_name:
                    near = _nearest(column, value) if len(unknown) < _NAMED else None
                    unknown[UnknownValue(parameter, value, near)] = None
    return FilterResult(allowed, selected, tuple(unknown))


def count_facets(
    view: IndexSnapshot, query: ActionQuery, filters: FilterResult, found: Mask, documents: Mask
) -> dict[str, FacetCounts]:
    """Return the counts of the facets that `query` wants: of `documents`, which are those `found` that filters let by.

    A facet's own filter is left aside when it is counted.
    """
    bits = pack_bits(documents)
    facets = {}
    for name in query.facets:
        column = view.facet(name)
        if name in filters.allowed:
            besides = filters.within(found, besides=name)
            held = column.counts(besides, pack_bits(besides))
        else:
            held = column.counts(documents, bits)
        facets[name] = _counts(column, held, filters.selected.get(name, frozenset()), query.facet_size)
    return facets


def _counts(column: FacetColumn, counted: Numbers, selected: frozenset[int], size: int) -> FacetCounts:
    """Return the `size` most frequent values of a facet and those `selected`, given how many hold each, by code."""
    present = np.flatnonzero(counted)
    if selected:
        present = np.union1d(present, np.array(list(selected), np.int64))
    codes = present[np.lexsort((column.label_ranks[present], -counted[present]))].tolist()
    kept = codes[:size] + [code for code in codes[size:] if code in selected]
    shown = column.spellings
    values = [
        FacetCount(shown[code].value, shown[code].label, number, code in selected)
        for code, number in zip(kept, counted[kept].tolist(), strict=True)
    ]
    return FacetCounts(tuple(values), truncated=len(kept) < len(codes))


def _allowed(view: IndexSnapshot, column: FacetColumn, wanted: FacetFilter) -> Mask:
    documents = view.alive
    size = len(documents)
    if wanted.values:
        documents = column.documents_with(_codes(column, wanted.values), size)
    if wanted.excluded:
        documents = documents & ~column.documents_with(_codes(column, wanted.excluded), size)
    if wanted.is_null is not None:
        valued = np.zeros(size, np.bool_)
        valued[column.owners] = True
        documents = documents & (valued ^ wanted.is_null)
    return documents


def _codes(column: FacetColumn, values: Iterable[str]) -> frozenset[int]:
    """Return the codes that `values` name, by value or by label."""
    return frozenset(chain.from_iterable(column.codes_by_name.get(fold(value), ()) for value in values))


def _nearest(column: FacetColumn, value: str) -> str | None:
    """Return the label of the known value whose value or label looks most like `value`; codes look like one another."""
    names = sorted(name for name in column.codes_by_name if len(name) >= _SHORTEST)
    found = process.extractOne(fold(value), names, scorer=fuzz.ratio, score_cutoff=_NEAR)
    if not found:
        return None
    nearest = min(
        (column.spellings[code] for code in column.codes_by_name[found[0]]), key=lambda spelling: spelling.key
    )
    return nearest.label
