"""Statistics: what the documents of an answer hold, counted from the columns of the view."""

from collections.abc import Iterator

import numpy as np

from app.catalogue.query import ActionQuery
from app.catalogue.statistics import MOST_PAIRED, PAIRED, Breakdown, Count, Pair, Statistics, filled_of, most_named
from app.search.postings import Mask, Numbers
from app.search.whoosh_engine.columns import Bits, FacetColumn, packed
from app.search.whoosh_engine.documents import FILLING, YEAR
from app.search.whoosh_engine.view import View


def tallied(view: View, query: ActionQuery, documents: Mask) -> Statistics:
    """Return the statistics of `documents`, of each kind but years the `query.facet_size` most frequent values."""
    bits = packed(documents)
    years = view.facet(YEAR)
    fillings = view.facet(FILLING)
    return Statistics(
        int(np.count_nonzero(documents)),
        _in_order(_breakdown(years, documents, bits)),
        {
            name: _breakdown(view.facet(name), documents, bits, most_named(name, query.facet_size))
            for name in view.layout.facets
        },
        tuple(_pairs(view.facet(PAIRED), documents, query.facet_size)) if PAIRED in view.layout.facets else (),
        filled_of(
            zip((shown.value for shown in fillings.shown), fillings.counts(documents, bits).tolist(), strict=True),
            view.layout.fields,
        ),
    )


def _breakdown(column: FacetColumn, documents: Mask, bits: Bits, size: int | None = None) -> Breakdown:
    counted = column.counts(documents, bits)
    present = np.flatnonzero(counted)
    codes = present[np.lexsort((column.places[present], -counted[present]))][:size]
    named = (column.shown[code] for code in codes.tolist())
    counts = (
        Count(spelling.value, spelling.label, number)
        for spelling, number in zip(named, counted[codes].tolist(), strict=True)
    )
    return Breakdown(tuple(counts), len(present), _holders(column, documents))


def _holders(column: FacetColumn, documents: Mask) -> int:
    held = np.zeros(len(documents), np.bool_)
    held[column.owners] = True
    return int(np.count_nonzero(held & documents))


def _in_order(years: Breakdown) -> Breakdown:
    return Breakdown(tuple(sorted(years.counts, key=lambda year: year.value)), years.distinct, years.holders)


def _pairs(column: FacetColumn, documents: Mask, size: int) -> Iterator[Pair]:
    """Yield the pairs of values that most documents hold, by number and then by label."""
    few = np.bincount(column.owners, minlength=len(documents)) <= MOST_PAIRED
    chosen = np.flatnonzero((documents & few).take(column.owners))
    places = column.places.take(column.codes.take(chosen))
    owners = column.owners.take(chosen)
    order = np.lexsort((places, owners))
    found, counted = np.unique(_beside(owners[order], places[order], len(column.shown)), return_counts=True)
    best = np.lexsort((found, -counted))[:size]
    code_at = np.argsort(column.places)
    for pair, number in zip(found[best].tolist(), counted[best].tolist(), strict=True):
        one, other = divmod(pair, len(column.shown))
        yield Pair((column.shown[code_at[one]].label, column.shown[code_at[other]].label), number)


def _beside(owners: Numbers, values: Numbers, width: int) -> Numbers:
    """Return each pair of `values` of one owner as `smaller * width + greater`; both are sorted by owner and value."""
    pairs = [np.empty(0, np.int64)]
    at = np.arange(len(owners))
    for distance in range(1, MOST_PAIRED):
        at = at[at + distance < len(owners)]
        at = at[owners[at] == owners[at + distance]]
        pairs.append(values[at] * width + values[at + distance])
    return np.concatenate(pairs)
