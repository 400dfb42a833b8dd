"""Matching and scoring: which documents meet the clauses of a text, by BM25F."""

from collections.abc import Iterable
from math import log

from app.search.analysis import stem
from app.search.language import Clause, Kind
from app.search.whoosh_engine.view import View

Scores = dict[int, float]

# The usual constants of BM25: how soon repeating a word stops to count, and how much a long field counts against it.
_K1 = 1.2
_B = 0.75
_PREFIX_SCORE = 1.0  # the beginning of a word says too little to be weighed
_DIGITS = 6  # of a score: what is equal but for the order of additions is equal


def match(view: View, clauses: Iterable[Clause]) -> Scores:
    """Return the documents that meet every clause, each with the sum of what the clauses are worth in it."""
    scores: Scores | None = None
    negated = []
    for clause in clauses:
        if clause.negated:
            negated.append(clause)
        elif scores is None:
            scores = _found(view, clause)
        elif scores:
            scores = _both(scores, _found(view, clause))
    if scores is None:
        scores = dict.fromkeys(view.live, 0.0)
    for clause in negated:
        for number in _found(view, clause):
            scores.pop(number, None)
    return {number: round(score, _DIGITS) for number, score in scores.items()}


def _both(one: Scores, other: Scores) -> Scores:
    few, many = sorted((one, other), key=len)
    return {number: score + many[number] for number, score in few.items() if number in many}


def _found(view: View, clause: Clause) -> Scores:
    if clause.kind is Kind.PREFIX:
        return dict.fromkeys(_with_prefix(view, clause), _PREFIX_SCORE)
    scores: Scores = {}
    for key in [clause.field] if clause.field else view.layout.searched:
        _add_field(scores, view, key, clause.stems)
    return scores


def _add_field(scores: Scores, view: View, key: str, stems: tuple[str, ...]) -> None:
    """Add to `scores` what `stems` are worth in the field `key`: BM25, times the weight of the field."""
    postings = view.postings(key, stems)
    if not postings:
        return
    lengths, mean = view.lengths(key)
    idf = log(len(view.live) / (len(postings) + 1)) + 1
    worth = view.layout.searched[key].weight * idf * (_K1 + 1)
    base, slope = _K1 * (1 - _B), _K1 * _B / mean
    for number, count in postings:
        score = worth * count / (count + base + slope * lengths[number])
        scores[number] = scores.get(number, 0.0) + score


def _with_prefix(view: View, clause: Clause) -> set[int]:
    """Return the documents with a word that begins so; for one field, those of them with the word's stem there."""
    words = view.words(clause.words[0])
    if not clause.field:
        return view.holding(words)
    found: set[int] = set()
    for word in words:
        there = (number for number, _ in view.postings(clause.field, (stem(word),)))
        found |= view.holding([word]).intersection(there)
    return found
