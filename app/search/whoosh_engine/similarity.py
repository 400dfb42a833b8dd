"""Similar records: which others hold most of the words that tell a record from the rest."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from heapq import nlargest

import numpy as np

from app.catalogue.action import content
from app.catalogue.record import Record
from app.search.analysis import STOP, spelled, tokens
from app.search.engine import Similar
from app.search.postings import DIGITS, Postings
from app.search.whoosh_engine.matching import worth_of_stem
from app.search.whoosh_engine.view import View

_TERMS = 25  # the most telling words of a record
_SHARED = 8
_SHORTEST = 3  # letters


@dataclass(frozen=True, slots=True, eq=False)
class _Term:
    """A word as the record spells it, and what holding it is worth in each document."""

    word: str
    worth: Postings


def similar(view: View, record: Record, size: int) -> tuple[Similar, ...]:
    """Return up to `size` documents of `view` that share the most with `record`, nearest first.

    The words of `record` that are worth most in it (BM25F and idf, as in a search) are searched for at once. Words that
    no other record holds, stop words, and those without a letter or under three characters tell nothing.
    """
    scores = np.zeros(len(view.alive))
    terms = _terms(view, record)
    for term in terms:
        scores[term.worth.documents] += term.worth.weights
    ids = view.id_ranks()
    scores = np.round(scores, DIGITS)
    near = [number for number in np.flatnonzero(scores > 0).tolist() if ids.of[number] != record.id]
    first = sorted(near, key=lambda number: (-scores[number], ids.of[number]))[:size]
    return tuple(Similar(ids.of[number], float(scores[number]), _shared(terms, number)) for number in first)


def _terms(view: View, record: Record) -> list[_Term]:
    weights, words = _words(view, record)
    found = []
    for stem, weight in weights.items():
        worth = worth_of_stem(view, stem)
        if len(worth) > 1:
            # What the word is worth in this record itself: how telling it is.
            telling = weight / (weight + 1.0) * float(worth.weights.max())
            found.append((telling, stem, _Term(words[stem], worth)))
    return [term for _, _, term in nlargest(_TERMS, found, key=lambda each: each[:2])]


def _words(view: View, record: Record) -> tuple[Mapping[str, float], Mapping[str, str]]:
    """Return the weight of each stem in `record`, and how the record spells it first."""
    weights: defaultdict[str, float] = defaultdict(float)
    words: dict[str, str] = {}
    for key, value in content(record.action, view.layout.searched.values()).items():
        for text in value if isinstance(value, list) else [value or ""]:
            for token in tokens(text):
                if token.word not in STOP and len(token.word) >= _SHORTEST and not token.word.isdigit():
                    weights[token.stem] += view.layout.searched[key].weight
                    words.setdefault(token.stem, spelled(text[token.start : token.end]))
    return weights, words


def _shared(terms: list[_Term], number: int) -> tuple[str, ...]:
    """Return the words that the document `number` shares, those that are worth most in it first."""
    worth = []
    for term in terms:
        place = int(np.searchsorted(term.worth.documents, number))
        if place < len(term.worth) and term.worth.documents[place] == number:
            worth.append((-float(term.worth.weights[place]), term.word))
    return tuple(word for _, word in sorted(worth)[:_SHARED])
