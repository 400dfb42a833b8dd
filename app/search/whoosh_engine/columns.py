"""Columns of all documents, made for filtering, counting and ordering; pure values, without Whoosh."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from math import inf

from app.catalogue.text import collation_key, fold


@dataclass(frozen=True, slots=True, eq=False)
class Spelling:
    """A facet value as records write it, its folded value and label, and where its label stands among others."""

    value: str
    label: str
    key: str
    name: str
    place: tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class FacetColumn:
    """One facet: the keys of each document, who holds a key, how the key is shown, and the names it goes by."""

    keys: Sequence[tuple[str, ...]]
    holders: Mapping[str, frozenset[int]]
    shown: Mapping[str, Spelling]
    named: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Ranks:
    """One sort: each document's value and its rank, and the distinct values in their order.

    The value at `i` has the rank `2 i + 1`, so that what stands between two values has one too; no value comes last.
    """

    of: Sequence[str]
    ranks: Sequence[float]
    distinct: Sequence[str]

    def rank(self, value: str) -> float:
        """Return the rank of `value`, whether a document has it or not."""
        if not value:
            return inf
        place = bisect_left(self.distinct, value)
        there = place < len(self.distinct) and self.distinct[place] == value
        return 2.0 * place + there


def spelling_of(value: str, label: str) -> Spelling:
    """Return the spelling of a value and its label."""
    return Spelling(value, label, fold(value), fold(label), (collation_key(label), label, value))


def facet_column(
    keys: Sequence[tuple[str, ...]], spellings: Sequence[tuple[Spelling, ...]], live: Sequence[int]
) -> FacetColumn:
    """Return the column of a facet over the documents `live`; the most frequent spelling of a key is shown."""
    holders: dict[str, set[int]] = {}
    for number in live:
        for key in keys[number]:
            holders.setdefault(key, set()).add(number)
    same: dict[tuple[str, str], Spelling] = {}
    frequency: dict[str, Counter[Spelling]] = {}
    named: dict[str, set[str]] = {}
    for spelling, count in Counter(chain.from_iterable(map(spellings.__getitem__, live))).items():
        # Each segment has its own object for a spelling.
        shared = same.setdefault((spelling.value, spelling.label), spelling)
        frequency.setdefault(spelling.key, Counter())[shared] += count
        for name in (spelling.key, spelling.name):
            named.setdefault(name, set()).add(spelling.key)
    return FacetColumn(
        keys,
        {key: frozenset(numbers) for key, numbers in holders.items()},
        {key: _most_frequent(counts) for key, counts in frequency.items()},
        {name: frozenset(found) for name, found in named.items()},
    )


def ranks_of(values: Sequence[str]) -> Ranks:
    """Return the ranks of one value a document; the empty string is none."""
    distinct = sorted(set(values) - {""})
    ranks = {value: 2.0 * place + 1 for place, value in enumerate(distinct)}
    return Ranks(values, [ranks.get(value, inf) for value in values], distinct)


def _most_frequent(counts: Counter[Spelling]) -> Spelling:
    return min(counts, key=lambda spelling: (-counts[spelling], spelling.label, spelling.value))
