"""Similar records: which others hold most of the words that tell a record from the rest."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from heapq import nlargest

import numpy as np

from app.catalogue.action import field_values
from app.catalogue.record import Record
from app.search.analysis import STOP_WORDS, surface_form, tokens
from app.search.columnar.matching import score_of_stem
from app.search.columnar.postings import SCORE_DIGITS, Postings
from app.search.columnar.snapshot import IndexSnapshot
from app.search.engine import SimilarHit

_MAX_TERMS = 25  # the most telling words of a record
_MAX_SHARED = 8
_MIN_LENGTH = 3  # letters


@dataclass(frozen=True, slots=True, eq=False)
class _Term:
    """A word as the record spells it, and what holding it is worth in each document."""

    word: str
    score: Postings


def find_similar(view: IndexSnapshot, record: Record, size: int) -> tuple[SimilarHit, ...]:
    """Return up to `size` documents of `view` that share the most with `record`, nearest first.

    The words of `record` that are worth most in it (BM25F and idf, as in a search) are searched for at once. Words that
    no other record holds, stop words, and those without a letter or under three characters tell nothing.
    """
    scores = np.zeros(len(view.alive))
    terms = _terms(view, record)
    for term in terms:
        scores[term.score.documents] += term.score.weights
    ids = view.id_column()
    scores = np.round(scores, SCORE_DIGITS)
    near = [number for number in np.flatnonzero(scores > 0).tolist() if ids.values[number] != record.id]
    first = sorted(near, key=lambda number: (-scores[number], ids.values[number]))[:size]
    return tuple(SimilarHit(ids.values[number], float(scores[number]), _shared(terms, number)) for number in first)


def _terms(view: IndexSnapshot, record: Record) -> list[_Term]:
    weights, words = _words(view, record)
    found = []
    for stem, weight in weights.items():
        worth = score_of_stem(view, stem)
        if len(worth) > 1:
            # What the word is worth in this record itself: how telling it is.
            telling = weight / (weight + 1.0) * float(worth.weights.max())
            found.append((telling, stem, _Term(words[stem], worth)))
    return [term for _, _, term in nlargest(_MAX_TERMS, found, key=lambda each: each[:2])]


def _words(view: IndexSnapshot, record: Record) -> tuple[Mapping[str, float], Mapping[str, str]]:
    """Return the weight of each stem in `record`, and how the record spells it first."""
    weights: defaultdict[str, float] = defaultdict(float)
    words: dict[str, str] = {}
    for key, value in field_values(record.action, view.schema.searched.values()).items():
        for text in value if isinstance(value, list) else [value or ""]:
            for token in tokens(text):
                if token.word not in STOP_WORDS and len(token.word) >= _MIN_LENGTH and not token.word.isdigit():
                    weights[token.stem] += view.schema.searched[key].weight
                    words.setdefault(token.stem, surface_form(text[token.start : token.end]))
    return weights, words


def _shared(terms: list[_Term], number: int) -> tuple[str, ...]:
    """Return the words that the document `number` shares, those that are worth most in it first."""
    worth = []
    for term in terms:
        place = int(np.searchsorted(term.score.documents, number))
        if place < len(term.score) and term.score.documents[place] == number:
            worth.append((-float(term.score.weights[place]), term.word))
    return tuple(word for _, word in sorted(worth)[:_MAX_SHARED])
