"""Columns of all documents, made for filtering, counting and ordering; pure values, without Whoosh."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import NDArray

from app.catalogue.text import collation_key, fold
from app.search.columnar.postings import Mask, Numbers, Weights

Bits = NDArray[np.uint64]

_BYTES = 8  # of a number of bits


@dataclass(frozen=True, slots=True, eq=False)
class FacetSpelling:
    """A facet value as records write it, its folded value and label, and where its label stands among others."""

    value: str
    label: str
    key: str
    name: str
    sort_key: tuple[str, str, str]


@dataclass(frozen=True, slots=True, eq=False)
class SegmentFacet:
    """One facet of a segment: its distinct spellings, and for each value of a document which one it is."""

    spellings: Sequence[FacetSpelling]
    owners: Numbers
    codes: Numbers


@dataclass(frozen=True, slots=True, eq=False)
class FacetColumn:
    """One facet of all documents: the code of each value of each living one, and by code how the value is shown.

    `bits` has a row for each code, a bit for each document that holds it; None where there are too many codes for that.
    `places` are where the labels of the codes stand among one another, `named` the codes that a folded value or label
    stands for.
    """

    owners: Numbers
    codes: Numbers
    bits: Bits | None
    spellings: Sequence[FacetSpelling]
    label_ranks: Numbers
    codes_by_name: Mapping[str, frozenset[int]]

    def counts(self, documents: Mask, bits: Bits) -> Numbers:
        """Return how many of `documents` hold each value, by code; `bits` are the same documents, packed."""
        if self.bits is not None:
            held: Numbers = np.bitwise_count(self.bits & bits).sum(axis=1, dtype=np.int64)
            return held
        # `compress` takes a third of the time of an index that is a mask.
        return np.bincount(self.codes.compress(documents.take(self.owners)), minlength=len(self.spellings))

    def documents_with(self, codes: Iterable[int], size: int) -> Mask:
        """Return which of `size` documents hold any of `codes`."""
        wanted = np.zeros(len(self.spellings), np.bool_)
        wanted[list(codes)] = True
        found = np.zeros(size, np.bool_)
        found[self.owners.compress(wanted.take(self.codes))] = True
        return found


@dataclass(frozen=True, slots=True, eq=False)
class SortColumn:
    """One sort: each document's value and its rank, and the distinct values in their order.

    The value at `i` has the rank `2 i + 1`, so that what stands between two values has one too; no value comes last.
    """

    values: Sequence[str]
    ranks: Weights
    distinct: Sequence[str]

    def rank(self, value: str) -> float:
        """Return the rank of `value`, whether a document has it or not."""
        if not value:
            return inf
        place = bisect_left(self.distinct, value)
        there = place < len(self.distinct) and self.distinct[place] == value
        return 2.0 * place + there


def segment_facet(values: Iterable[tuple[tuple[str, str], ...]]) -> SegmentFacet:
    """Return the rows of a facet from the (value, label) pairs of each document."""
    codes: dict[tuple[str, str], int] = {}
    owners: list[int] = []
    found: list[int] = []
    for number, pairs in enumerate(values):
        for pair in pairs:
            owners.append(number)
            found.append(codes.setdefault(pair, len(codes)))
    spellings = [_spelling_of(*pair) for pair in codes]
    return SegmentFacet(spellings, np.array(owners, np.int64), np.array(found, np.int64))


def facet_column(parts: Iterable[tuple[SegmentFacet, int]], alive: Mask) -> FacetColumn:
    """Return the column of a facet, given its rows with the number that the first document of each segment has.

    A value is shown as most living documents spell it; values that differ by case or accents are one.
    """
    codes: dict[str, int] = {}
    frequency: list[Counter[tuple[str, str]]] = []
    spelled: dict[tuple[str, str], FacetSpelling] = {}
    columns: list[tuple[Numbers, Numbers]] = []
    for rows, offset in parts:
        living = alive[rows.owners + offset]
        local = rows.codes[living]
        to_global = np.zeros(len(rows.spellings), np.int64)
        for place, count in enumerate(np.bincount(local, minlength=len(rows.spellings)).tolist()):
            if count:
                spelling = rows.spellings[place]
                to_global[place] = code = codes.setdefault(spelling.key, len(codes))
                if code == len(frequency):
                    frequency.append(Counter())
                frequency[code][spelling.value, spelling.label] += count
                spelled[spelling.value, spelling.label] = spelling
        columns.append((rows.owners[living] + offset, to_global[local]))
    named: dict[str, set[int]] = {}
    for spelling in spelled.values():
        for name in (spelling.key, spelling.name):
            named.setdefault(name, set()).add(codes[spelling.key])
    owners = np.concatenate([owners for owners, _ in columns] or [np.empty(0, np.int64)])
    found = np.concatenate([found for _, found in columns] or [np.empty(0, np.int64)])
    shown = [spelled[_most_frequent(counts)] for counts in frequency]
    places = np.empty(len(shown), np.int64)
    places[sorted(range(len(shown)), key=lambda code: shown[code].sort_key)] = np.arange(len(shown))
    bits = _bits(owners, found, len(shown), len(alive))
    return FacetColumn(owners, found, bits, shown, places, {name: frozenset(of) for name, of in named.items()})


def pack_bits(masks: NDArray[np.bool_]) -> Bits:
    """Return one mask, or rows of them, with 64 documents in a number; what fills up the last one counts as none."""
    held = np.packbits(masks, axis=-1)
    missing = -held.shape[-1] % _BYTES
    filled = np.pad(held, [(0, 0)] * (held.ndim - 1) + [(0, missing)]) if missing else held
    return filled.view(np.uint64)


def _bits(owners: Numbers, codes: Numbers, values: int, documents: int) -> Bits | None:
    """Return the documents of each code as bits, where they are no more numbers than there are `owners`."""
    if values * documents > 8 * _BYTES * len(owners):
        return None
    held = np.zeros((values, documents), np.bool_)
    held[codes, owners] = True
    return pack_bits(held)


def sort_column(values: Sequence[str]) -> SortColumn:
    """Return the ranks of one value a document; the empty string is none."""
    distinct = sorted(set(values) - {""})
    ranks = {value: 2.0 * place + 1 for place, value in enumerate(distinct)}
    return SortColumn(values, np.array([ranks.get(value, inf) for value in values], np.float64), distinct)


def _spelling_of(value: str, label: str) -> FacetSpelling:
    return FacetSpelling(value, label, fold(value), fold(label), (collation_key(label), label, value))


def _most_frequent(counts: Counter[tuple[str, str]]) -> tuple[str, str]:
    return min(counts, key=lambda spelling: (-counts[spelling], spelling[1], spelling[0]))
