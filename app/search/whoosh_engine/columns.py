"""Columns of all documents, made for filtering, counting and ordering; pure values, without Whoosh."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf

import numpy as np

from app.catalogue.text import collation_key, fold
from app.search.postings import Mask, Numbers, Weights


@dataclass(frozen=True, slots=True, eq=False)
class Spelling:
    """A facet value as records write it, its folded value and label, and where its label stands among others."""

    value: str
    label: str
    key: str
    name: str
    place: tuple[str, str, str]


@dataclass(frozen=True, slots=True, eq=False)
class FacetRows:
    """One facet of a segment: its distinct spellings, and for each value of a document which one it is."""

    spellings: Sequence[Spelling]
    owners: Numbers
    codes: Numbers


@dataclass(frozen=True, slots=True, eq=False)
class FacetColumn:
    """One facet of all documents: the code of each value of each living one, and by code how the value is shown.

    `single` is the code of each document where none has several, one more than there is where it has no value.
    `places` are where the labels of the codes stand among one another, `named` the codes that a folded value or label
    stands for.
    """

    owners: Numbers
    codes: Numbers
    single: Numbers | None
    shown: Sequence[Spelling]
    places: Numbers
    named: Mapping[str, frozenset[int]]

    def counts(self, documents: Mask, numbers: Numbers) -> Numbers:
        """Return how many of `documents` hold each value, by code; `numbers` are those of the same documents."""
        if self.single is not None:
            return np.bincount(self.single[numbers], minlength=len(self.shown) + 1)[: len(self.shown)]
        return np.bincount(self.codes[documents[self.owners]], minlength=len(self.shown))

    def holders(self, codes: Iterable[int], size: int) -> Mask:
        """Return which of `size` documents hold any of `codes`."""
        wanted = np.zeros(len(self.shown), np.bool_)
        wanted[list(codes)] = True
        found = np.zeros(size, np.bool_)
        found[self.owners[wanted[self.codes]]] = True
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Ranks:
    """One sort: each document's value and its rank, and the distinct values in their order.

    The value at `i` has the rank `2 i + 1`, so that what stands between two values has one too; no value comes last.
    """

    of: Sequence[str]
    ranks: Weights
    distinct: Sequence[str]

    def rank(self, value: str) -> float:
        """Return the rank of `value`, whether a document has it or not."""
        if not value:
            return inf
        place = bisect_left(self.distinct, value)
        there = place < len(self.distinct) and self.distinct[place] == value
        return 2.0 * place + there


def facet_rows(values: Iterable[tuple[tuple[str, str], ...]]) -> FacetRows:
    """Return the rows of a facet from the (value, label) pairs of each document."""
    codes: dict[tuple[str, str], int] = {}
    owners: list[int] = []
    found: list[int] = []
    for number, pairs in enumerate(values):
        for pair in pairs:
            owners.append(number)
            found.append(codes.setdefault(pair, len(codes)))
    spellings = [_spelling_of(*pair) for pair in codes]
    return FacetRows(spellings, np.array(owners, np.int64), np.array(found, np.int64))


def facet_column(parts: Iterable[tuple[FacetRows, int]], alive: Mask) -> FacetColumn:
    """Return the column of a facet, given its rows with the number that the first document of each segment has.

    A value is shown as most living documents spell it; values that differ by case or accents are one.
    """
    codes: dict[str, int] = {}
    frequency: list[Counter[tuple[str, str]]] = []
    spelled: dict[tuple[str, str], Spelling] = {}
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
    places[sorted(range(len(shown)), key=lambda code: shown[code].place)] = np.arange(len(shown))
    single = _single(owners, found, len(alive), len(shown))
    return FacetColumn(owners, found, single, shown, places, {name: frozenset(of) for name, of in named.items()})


def _single(owners: Numbers, codes: Numbers, documents: int, none: int) -> Numbers | None:
    """Return the one code of each document, `none` where it has none; None where a document has several."""
    if (np.diff(owners) == 0).any():
        return None
    single = np.full(documents, none)
    single[owners] = codes
    return single


def ranks_of(values: Sequence[str]) -> Ranks:
    """Return the ranks of one value a document; the empty string is none."""
    distinct = sorted(set(values) - {""})
    ranks = {value: 2.0 * place + 1 for place, value in enumerate(distinct)}
    return Ranks(values, np.array([ranks.get(value, inf) for value in values], np.float64), distinct)


def _spelling_of(value: str, label: str) -> Spelling:
    return Spelling(value, label, fold(value), fold(label), (collation_key(label), label, value))


def _most_frequent(counts: Counter[tuple[str, str]]) -> tuple[str, str]:
    return min(counts, key=lambda spelling: (-counts[spelling], spelling[1], spelling[0]))
