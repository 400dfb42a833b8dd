"""Aggregations: statistics of the matches of a query, counted from the columns of a snapshot."""

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
from app.search.columnar.postings import IntArray, Mask
from app.search.columnar.snapshot import IndexSnapshot


def aggregate_documents(snapshot: IndexSnapshot, query: ActionQuery, documents: Mask) -> Statistics:
    """Return the statistics of `documents`: per facet the `query.facet_size` most frequent values, and all years."""
    bits = pack_bits(documents)
    years = snapshot.facet(YEAR_COUNTER)
    filled = snapshot.facet(FILLED_COUNTER)
    facets = snapshot.schema.facets
    return Statistics(
        int(np.count_nonzero(documents)),
        _by_year(_breakdown(years, documents, bits)),
        {
            name: _breakdown(snapshot.facet(name), documents, bits, max_listed_values(name, query.facet_size))
            for name in facets
        },
        tuple(_value_pairs(snapshot.facet(PAIRED_FACET), documents, query.facet_size))
        if PAIRED_FACET in facets
        else (),
        filled_field_counts(
            zip(
                (spelling.value for spelling in filled.spellings), filled.counts(documents, bits).tolist(), strict=True
            ),
            snapshot.schema.fields,
        ),
    )


def _breakdown(column: FacetColumn, documents: Mask, bits: Bits, size: int | None = None) -> FacetBreakdown:
    counts = column.counts(documents, bits)
    present = np.flatnonzero(counts)
    codes = present[np.lexsort((column.label_ranks[present], -counts[present]))][:size]
    spellings = (column.spellings[code] for code in codes.tolist())
    values = (
        ValueCount(spelling.value, spelling.label, count)
        for spelling, count in zip(spellings, counts[codes].tolist(), strict=True)
    )
    with_value = int(np.count_nonzero(column.documents_with_value(len(documents)) & documents))
    return FacetBreakdown(tuple(values), len(present), with_value)


def _by_year(years: FacetBreakdown) -> FacetBreakdown:
    return FacetBreakdown(
        tuple(sorted(years.counts, key=lambda year: year.value)), years.distinct, years.records_with_value
    )


def _value_pairs(column: FacetColumn, documents: Mask, size: int) -> Iterator[ValuePair]:
    """Yield the `size` most frequent pairs of values of one document, most frequent first, then by label.

    Documents with more than MAX_PAIRED_VALUES values are left out.
    """
    short = np.bincount(column.documents, minlength=len(documents)) <= MAX_PAIRED_VALUES
    rows = np.flatnonzero((documents & short).take(column.documents))
    ranks = column.label_ranks.take(column.codes.take(rows))
    owners = column.documents.take(rows)
    order = np.lexsort((ranks, owners))
    pairs, counts = np.unique(_encode_pairs(owners[order], ranks[order], len(column.spellings)), return_counts=True)
    top = np.lexsort((pairs, -counts))[:size]
    code_of_rank = np.argsort(column.label_ranks)
    for pair, count in zip(pairs[top].tolist(), counts[top].tolist(), strict=True):
        labels = (column.spellings[code_of_rank[rank]].label for rank in divmod(pair, len(column.spellings)))
        first, second = labels
        yield ValuePair((first, second), count)


def _encode_pairs(owners: IntArray, ranks: IntArray, rank_count: int) -> IntArray:
    """Return each pair of ranks of one owner as `smaller * rank_count + greater`.

    `owners` and `ranks` are parallel arrays, sorted by owner and rank.
    """
    pairs = [np.empty(0, np.int64)]
    rows = np.arange(len(owners))
    for distance in range(1, MAX_PAIRED_VALUES):
        rows = rows[rows + distance < len(owners)]
        rows = rows[owners[rows] == owners[rows + distance]]
        pairs.append(ranks[rows] * rank_count + ranks[rows + distance])
    return np.concatenate(pairs)
