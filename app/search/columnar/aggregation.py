"""Statistics: what the documents of an answer hold, counted from the columns of the view."""

from collections.abc import Iterator

import numpy as np

from app.catalogue.query import ActionQuery
from app.catalogue.statistics import (
    MAX_PAIRED_VALUES,
    PAIRED_FACET,
    FacetBreakdown,
    Statistics,
    ValueCount,
    ValuePair,
    filled_field_counts,
    max_listed_values,
)
from app.search.columnar.columns import Bits, FacetColumn, pack_bits
from app.search.columnar.documents import FILLED_COUNTER, YEAR_COUNTER
from app.search.columnar.postings import Mask, Numbers
from app.search.columnar.snapshot import IndexSnapshot


def aggregate_documents(view: IndexSnapshot, query: ActionQuery, documents: Mask) -> Statistics:
    """Return the statistics of `documents`, of each kind but years the `query.facet_size` most frequent values."""
    bits = pack_bits(documents)
    years = view.facet(YEAR_COUNTER)
    fillings = view.facet(FILLED_COUNTER)
    return Statistics(
        int(np.count_nonzero(documents)),
        _in_order(_breakdown(years, documents, bits)),
        {
            name: _breakdown(view.facet(name), documents, bits, max_listed_values(name, query.facet_size))
            for name in view.schema.facets
        },
        tuple(_pairs(view.facet(PAIRED_FACET), documents, query.facet_size))
        if PAIRED_FACET in view.schema.facets
        else (),
        filled_field_counts(
            zip((shown.value for shown in fillings.spellings), fillings.counts(documents, bits).tolist(), strict=True),
            view.schema.fields,
        ),
    )


def _breakdown(column: FacetColumn, documents: Mask, bits: Bits, size: int | None = None) -> FacetBreakdown:
    counted = column.counts(documents, bits)
    present = np.flatnonzero(counted)
    codes = present[np.lexsort((column.label_ranks[present], -counted[present]))][:size]
    named = (column.spellings[code] for code in codes.tolist())
    counts = (
        ValueCount(spelling.value, spelling.label, number)
        for spelling, number in zip(named, counted[codes].tolist(), strict=True)
    )
    return FacetBreakdown(tuple(counts), len(present), _holders(column, documents))


def _holders(column: FacetColumn, documents: Mask) -> int:
    held = np.zeros(len(documents), np.bool_)
    held[column.owners] = True
    return int(np.count_nonzero(held & documents))


def _in_order(years: FacetBreakdown) -> FacetBreakdown:
    return FacetBreakdown(tuple(sorted(years.counts, key=lambda year: year.value)), years.distinct, years.holders)


def _pairs(column: FacetColumn, documents: Mask, size: int) -> Iterator[ValuePair]:
    """Yield the pairs of values that most documents hold, by number and then by label."""
    few = np.bincount(column.owners, minlength=len(documents)) <= MAX_PAIRED_VALUES
    chosen = np.flatnonzero((documents & few).take(column.owners))
    places = column.label_ranks.take(column.codes.take(chosen))
    owners = column.owners.take(chosen)
    order = np.lexsort((places, owners))
    found, counted = np.unique(_beside(owners[order], places[order], len(column.spellings)), return_counts=True)
    best = np.lexsort((found, -counted))[:size]
    code_at = np.argsort(column.label_ranks)
    for pair, number in zip(found[best].tolist(), counted[best].tolist(), strict=True):
        one, other = divmod(pair, len(column.spellings))
        yield ValuePair((column.spellings[code_at[one]].label, column.spellings[code_at[other]].label), number)


def _beside(owners: Numbers, values: Numbers, width: int) -> Numbers:
    """Return each pair of `values` of one owner as `smaller * width + greater`; both are sorted by owner and value."""
    pairs = [np.empty(0, np.int64)]
    at = np.arange(len(owners))
    for distance in range(1, MAX_PAIRED_VALUES):
        at = at[at + distance < len(owners)]
        at = at[owners[at] == owners[at + distance]]
        pairs.append(values[at] * width + values[at + distance])
    return np.concatenate(pairs)
