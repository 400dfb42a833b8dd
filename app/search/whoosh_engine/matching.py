"""Matching and scoring: which documents meet an interpretation, which come near, and what each is worth."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.search.analysis import stem
from app.search.interpretation import ALL_WANTED, SHARE, SYNONYM, Interpretation, Span
from app.search.language import Clause, Kind
from app.search.postings import DIGITS, Mask, Postings, Weights, bm25f, idf, merged
from app.search.whoosh_engine.view import View

EXACT = 0.15  # what holding a word as it was typed adds to holding one with its stem; docs/relevance.md
_PREFIX_SCORE = 1.0  # the beginning of a word says too little to be weighed
_TOLERANCE = 1e-9  # of a share of weights


@dataclass(frozen=True, slots=True, eq=False)
class Matched:
    """The documents that match, those that only come `near` (none of the former), and what every document scores."""

    full: Mask
    near: Mask
    scores: Weights


@dataclass(frozen=True, slots=True, eq=False)
class _Word:
    """A plain word: who holds it or means the same, and what that weighs in the query."""

    holders: Mask
    weight: float


def match(view: View, question: Interpretation) -> Matched:
    """Return the documents of `view` that match `question`, by the rule of `app.search.interpretation`."""
    scores = np.zeros(len(view.alive))
    allowed = view.alive
    for clause in question.strict:
        found = _strict(view, clause)
        held = view.mask(found)
        if clause.negated:
            allowed = allowed & ~held
        else:
            allowed = allowed & held
            scores[found.documents] += found.weights
    words: list[_Word] = []
    for span in question.spans:
        held_words, worth = _span(view, span)
        words += held_words
        scores += worth
    full, near = _by_rule(allowed, words)
    if any(not clause.negated for clause in question.strict):
        near = allowed & ~full  # they hold what is strict, which is some of what was typed
    return Matched(full, near, np.round(scores, DIGITS))


def _by_rule(allowed: Mask, words: Sequence[_Word]) -> tuple[Mask, Mask]:
    """Return which of `allowed` hold enough of `words`, and which others hold any."""
    if not words:
        return allowed, np.zeros_like(allowed)
    some = np.logical_or.reduce([word.holders for word in words])
    if len(words) <= ALL_WANTED:
        enough = np.logical_and.reduce([word.holders for word in words])
    else:
        held = sum((word.weight * word.holders for word in words), start=np.zeros(len(allowed)))
        enough = held >= SHARE * sum(word.weight for word in words) - _TOLERANCE
    return allowed & enough, allowed & some & ~enough


def _strict(view: View, clause: Clause) -> Postings:
    """Return the documents that meet a strict clause, with what it is worth in each."""
    if clause.kind is Kind.PREFIX:
        documents = _with_prefix(view, clause).documents
        return Postings(documents, np.full(len(documents), _PREFIX_SCORE))
    return worth_of(view, phrase_of(view, clause.words, clause.field))


def _span(view: View, span: Span) -> tuple[list[_Word], Weights]:
    """Return the words of the span, and what it is worth in each document, as typed or as a synonym: the greater."""
    alike = merged(phrase_of(view, words) for words in span.alternatives)
    alike_held = view.mask(alike)
    worth = np.zeros(len(view.alive))
    words = []
    most = 0.0
    for word in span.words:
        stemmed = worth_of_stem(view, stem(word))
        most += idf(len(stemmed), view.total)
        for found, part in ((stemmed, 1.0), (_worth_of_word(view, word), EXACT)):
            worth[found.documents] += part * found.weights
        held = alike_held | view.mask(stemmed)
        words.append(_Word(held, idf(int(np.count_nonzero(held)), view.total)))
    if len(alike):
        found = worth_of(view, alike, most)
        worth[found.documents] = np.maximum(worth[found.documents], SYNONYM * found.weights)
    return words, worth


def phrase_of(view: View, words: Sequence[str], field: str = "") -> Postings:
    """Return the documents that hold `words` side by side in one field, in `field` if one is given."""
    stems = [stem(word) for word in words]
    if len(stems) == 1 and not field:
        return view.holders(stems[0])
    return view.once("phrase", " ".join([field, *stems]), lambda: view.standing(view.places_of_phrase(stems), field))


def worth_of_stem(view: View, word_stem: str) -> Postings:
    """Return what holding a word with that stem is worth in each document."""
    return view.once("worth of a stem", word_stem, lambda: worth_of(view, view.holders(word_stem)))


def _worth_of_word(view: View, word: str) -> Postings:
    return view.once("worth of a word", word, lambda: worth_of(view, view.exact(word)))


def worth_of(view: View, held: Postings, most: float | None = None) -> Postings:
    """Return what holding that is worth in each document: BM25F times the idf, which is `most` at the most."""
    weight = idf(len(held), view.total)
    weight = weight if most is None else min(weight, most)
    return Postings(held.documents, weight * bm25f(held.weights, view.lengths[held.documents], view.mean_length))


def _with_prefix(view: View, clause: Clause) -> Postings:
    """Return the documents with a word that begins so, in one field if one is given."""
    prefix, field = clause.words[0], clause.field
    if not field:
        return view.beginning(prefix)
    return view.once("beginning", f"{field}:{prefix}", lambda: view.standing(view.places_beginning(prefix), field))
