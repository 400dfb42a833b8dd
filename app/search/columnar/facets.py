"""Facet filters and facet counts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain

import numpy as np
from rapidfuzz import fuzz, process

from app.catalogue.query import ActionQuery, FacetFilter
from app.catalogue.text import fold
from app.search.columnar.columns import FacetColumn, pack_bits
from app.search.columnar.postings import IntArray, Mask
from app.search.columnar.snapshot import IndexSnapshot
from app.search.engine import FacetCount, FacetCounts, UnknownValue

_MIN_SIMILARITY = 60.0  # per cent (fuzz.ratio), under which no nearest value is named
_MIN_NAME_LENGTH = 3  # characters; shorter names are codes, which all look alike
_MAX_NEAREST = 5  # unknown values whose nearest value is looked up; more of them are no typing errors


@dataclass(frozen=True, slots=True, eq=False)
class FilterResult:
    """The mask of documents that each filtered facet allows, its selected codes, and the unknown values of filters."""

    allowed: Mapping[str, Mask]
    selected: Mapping[str, frozenset[int]]
    unknown: tuple[UnknownValue, ...]

    def within(self, documents: Mask, *, ignored_facet: str = "") -> Mask:
        """Return the documents that pass every filter but those on `ignored_facet`."""
        for facet, allowed in self.allowed.items():
            if facet != ignored_facet:
                documents = documents & allowed
        return documents


def apply_filters(snapshot: IndexSnapshot, filters: Iterable[FacetFilter]) -> FilterResult:
    """Evaluate each filter on its own."""
    allowed: dict[str, Mask] = {}
    selected: dict[str, frozenset[int]] = {}
    unknown: dict[UnknownValue, None] = {}
    for facet_filter in filters:
        name = facet_filter.facet
        column = snapshot.facet(name)
        documents = _allowed_documents(snapshot, column, facet_filter)
        allowed[name] = documents & allowed.get(name, snapshot.alive)
        selected[name] = _codes(column, facet_filter.values) | selected.get(name, frozenset())
        for parameter, values in ((name, facet_filter.values), (f"{name}__not", facet_filter.excluded)):
            for value in values:
                if fold(value) not in column.codes_by_name:
                    nearest = _nearest_label(column, value) if len(unknown) < _MAX_NEAREST else None
                    unknown[UnknownValue(parameter, value, nearest)] = None
    return FilterResult(allowed, selected, tuple(unknown))


def count_facets(
    snapshot: IndexSnapshot, query: ActionQuery, filters: FilterResult, unfiltered: Mask, documents: Mask
) -> dict[str, FacetCounts]:
    """Return the counts of the facets of `query` over `documents`, which are those of `unfiltered` that pass `filters`.

    A facet is counted without its own filters.
    """
    bits = pack_bits(documents)
    facets = {}
    for name in query.facets:
        column = snapshot.facet(name)
        if name in filters.allowed:
            counted = filters.within(unfiltered, ignored_facet=name)
            counts = column.counts(counted, pack_bits(counted))
        else:
            counts = column.counts(documents, bits)
        facets[name] = _facet_counts(column, counts, filters.selected.get(name, frozenset()), query.facet_size)
    return facets


def _facet_counts(column: FacetColumn, counts: IntArray, selected: frozenset[int], size: int) -> FacetCounts:
    """Return the `size` most frequent values and every selected one; `counts` has one number per code."""
    present = np.flatnonzero(counts)
    if selected:
        present = np.union1d(present, np.array(list(selected), np.int64))
    codes = present[np.lexsort((column.label_ranks[present], -counts[present]))].tolist()
    listed = codes[:size] + [code for code in codes[size:] if code in selected]
    values = [
        FacetCount(column.spellings[code].value, column.spellings[code].label, count, code in selected)
        for code, count in zip(listed, counts[listed].tolist(), strict=True)
    ]
    return FacetCounts(tuple(values), truncated=len(listed) < len(codes))


def _allowed_documents(snapshot: IndexSnapshot, column: FacetColumn, facet_filter: FacetFilter) -> Mask:
    documents = snapshot.alive
    size = len(documents)
    if facet_filter.values:
        documents = column.documents_with(_codes(column, facet_filter.values), size)
    if facet_filter.excluded:
        documents = documents & ~column.documents_with(_codes(column, facet_filter.excluded), size)
    if facet_filter.is_null is not None:
        documents = documents & (column.documents_with_value(size) ^ facet_filter.is_null)
    return documents


def _codes(column: FacetColumn, values: Iterable[str]) -> frozenset[int]:
    """Return the codes whose value or label is one of `values`."""
    return frozenset(chain.from_iterable(column.codes_by_name.get(fold(value), ()) for value in values))


def _nearest_label(column: FacetColumn, value: str) -> str | None:
    """Return the label of the known value whose value or label is most similar to `value`."""
    names = sorted(name for name in column.codes_by_name if len(name) >= _MIN_NAME_LENGTH)
    best = process.extractOne(fold(value), names, scorer=fuzz.ratio, score_cutoff=_MIN_SIMILARITY)
    if not best:
        return None
    spellings = (column.spellings[code] for code in column.codes_by_name[best[0]])
    return min(spellings, key=lambda spelling: spelling.folded_value).label
