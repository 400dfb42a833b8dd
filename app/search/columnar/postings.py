"""Posting lists as NumPy columns: which documents hold a word, what it weighs in each, where it stands, its worth."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]  # documents, ascending and distinct; or places, ascending
Weights = NDArray[np.float64]
Mask = NDArray[np.bool_]  # one truth for each document

# BM25F: how soon repeating a word stops to count, and how much a long record counts against it; docs/relevance.md says
# how they were measured.
K1 = 2.5
B = 0.95
SCORE_DIGITS = 6  # of a score: what is equal but for the order of additions is equal

_PLACE_BITS = 32
_POSITION = (1 << _PLACE_BITS) - 1


@dataclass(frozen=True, slots=True, eq=False)
class Postings:
    """The documents that hold something, and the weight of what they hold: occurrences times the field's weight."""

    documents: Numbers
    weights: Weights

    def __len__(self) -> int:
        return len(self.documents)


EMPTY_POSTINGS = Postings(np.empty(0, np.int64), np.empty(0, np.float64))


def encode_occurrences(documents: Numbers, positions: Numbers) -> Numbers:
    """Return places: each a document and a position in it, as one number that sorts by both."""
    return (documents << _PLACE_BITS) | positions


def shift_documents(at: Numbers, offset: int) -> Numbers:
    """Return `at` with its documents numbered from `offset`."""
    return at + (offset << _PLACE_BITS)


def document_of(at: Numbers) -> Numbers:
    """Return the document of each place."""
    return at >> _PLACE_BITS


def position_of(at: Numbers) -> Numbers:
    """Return the position of each place in its document."""
    return at & _POSITION


def phrase_occurrences(words: Sequence[Numbers]) -> Numbers:
    """Return the places where a phrase begins, given those of each of its words."""
    # The rarest word is looked for among the others: few places in many cost less than many in few.
    rarest, *others = sorted(range(len(words)), key=lambda distance: len(words[distance]))
    starts = words[rarest] - rarest
    if rarest:
        # What would begin before its document does would be a place in the one before.
        starts = starts[position_of(words[rarest]) >= rarest]
    for distance in others:
        starts = starts[_member(starts + distance, words[distance])]
    return starts


def sum_postings(documents: Numbers, weights: Weights) -> Postings:
    """Return the postings of `documents`, ascending but perhaps repeated, with the sum of their weights."""
    if not len(documents):
        return EMPTY_POSTINGS
    first = np.flatnonzero(np.diff(documents, prepend=-1))
    return Postings(documents[first], np.add.reduceat(weights, first))


def merge_postings(lists: Iterable[Postings]) -> Postings:
    """Return the postings of what any of `lists` holds, weights added."""
    given = [postings for postings in lists if len(postings)]
    if len(given) <= 1:
        return given[0] if given else EMPTY_POSTINGS
    documents = np.concatenate([postings.documents for postings in given])
    order = np.argsort(documents, kind="stable")
    return sum_postings(documents[order], np.concatenate([postings.weights for postings in given])[order])


def idf(holders: int, total: int) -> float:
    """Return the inverse document frequency of what `holders` of `total` documents hold: ln(N / (n + 1)) + 1."""
    return log(total / (holders + 1)) + 1 if total else 0.0


def bm25f(weights: Weights, lengths: Weights, mean: float) -> Weights:
    """Return what occurrences of these weights are worth in records of these lengths, idf aside.

    BM25F in its simple form (Robertson, Zaragoza and Taylor 2004): fields are weighed before a single BM25, so that
    `weights` are Σ w·tf over the fields and `lengths` Σ w·length; `mean` is the mean length of all records.
    """
    return weights * (K1 + 1) / (weights + K1 * (1 - B) + K1 * B / mean * lengths)


def _member(values: Numbers, sorted_values: Numbers) -> Mask:
    """Tell which of `values` are in `sorted_values`."""
    if not len(sorted_values):
        return np.zeros(len(values), np.bool_)
    found = np.searchsorted(sorted_values, values)
    found[found == len(sorted_values)] = 0
    same: Mask = sorted_values[found] == values
    return same
