"""Posting lists and occurrences as NumPy arrays, and their BM25F scores."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
Mask = NDArray[np.bool_]  # one bool per document of a snapshot

# BM25F: K1 is the saturation of the term frequency, B the length normalisation; docs/relevance.md has the measurements.
K1 = 2.5
B = 0.95
SCORE_DIGITS = 6  # decimals of a score; rounding removes differences due to the order of additions

_POSITION_BITS = 32
_POSITION_MASK = (1 << _POSITION_BITS) - 1


@dataclass(frozen=True, slots=True, eq=False)
class Postings:
    """A posting list: ascending distinct document numbers, and one weight per document.

    The weight is the weighted term frequency (occurrences times field weight), or a score once BM25F is applied.
    """

    documents: IntArray
    weights: FloatArray

    def __len__(self) -> int:
        return len(self.documents)


EMPTY_POSTINGS = Postings(np.empty(0, np.int64), np.empty(0, np.float64))


def encode_occurrences(documents: IntArray, positions: IntArray) -> IntArray:
    """Return occurrences as int64: the document in the upper 32 bits, the position in the lower 32."""
    return (documents << _POSITION_BITS) | positions


def shift_documents(occurrences: IntArray, offset: int) -> IntArray:
    """Return `occurrences` with `offset` added to each document number."""
    return occurrences + (offset << _POSITION_BITS)


def documents_of(occurrences: IntArray) -> IntArray:
    """Return the document number of each occurrence."""
    return occurrences >> _POSITION_BITS


def positions_of(occurrences: IntArray) -> IntArray:
    """Return the position of each occurrence in its document."""
    return occurrences & _POSITION_MASK


def phrase_occurrences(words: Sequence[IntArray]) -> IntArray:
    """Return the occurrences of a phrase, as those of its first word; `words` has the sorted occurrences of each word.

    The phrase starts from its rarest word: a few lookups in long arrays cost less than many in short ones.
    """
    rarest, *others = sorted(range(len(words)), key=lambda index: len(words[index]))
    starts = words[rarest] - rarest
    if rarest:
        # A start before position 0 would be an occurrence in the previous document.
        starts = starts[positions_of(words[rarest]) >= rarest]
    for index in others:
        starts = starts[_contains(words[index], starts + index)]
    return starts


def sum_postings(documents: IntArray, weights: FloatArray) -> Postings:
    """Return the postings of ascending, possibly repeated `documents`; the weights of a document are added."""
    if not len(documents):
        return EMPTY_POSTINGS
    first = np.flatnonzero(np.diff(documents, prepend=-1))
    return Postings(documents[first], np.add.reduceat(weights, first))


def merge_postings(lists: Iterable[Postings]) -> Postings:
    """Return the union of `lists`; the weights of a document are added."""
    nonempty = [postings for postings in lists if len(postings)]
    if len(nonempty) <= 1:
        return nonempty[0] if nonempty else EMPTY_POSTINGS
    documents = np.concatenate([postings.documents for postings in nonempty])
    order = np.argsort(documents, kind="stable")
    return sum_postings(documents[order], np.concatenate([postings.weights for postings in nonempty])[order])


def idf(document_frequency: int, document_count: int) -> float:
    """Return the inverse document frequency ln(N / (n + 1)) + 1; 0 without documents."""
    return log(document_count / (document_frequency + 1)) + 1 if document_count else 0.0


def bm25f(weights: FloatArray, lengths: FloatArray, mean_length: float) -> FloatArray:
    """Return the BM25F score without idf, one float64 per document.

    Simple BM25F (Robertson, Zaragoza and Taylor 2004): `weights` are Σ w·tf and `lengths` Σ w·length over the fields of
    a document; a single BM25 is computed from both.
    """
    return weights * (K1 + 1) / (weights + K1 * (1 - B) + K1 * B / mean_length * lengths)


def _contains(sorted_values: IntArray, values: IntArray) -> Mask:
    """Return one bool per value of `values`: whether it is in `sorted_values`."""
    if not len(sorted_values):
        return np.zeros(len(values), np.bool_)
    indexes = np.searchsorted(sorted_values, values)
    indexes[indexes == len(sorted_values)] = 0
    present: Mask = sorted_values[indexes] == values
    return present
