"""Matching and scoring: which documents meet an interpretation, which come near, and what each is worth."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.search.analysis import stem
from app.search.columnar.postings import SCORE_DIGITS, Mask, Postings, Weights, bm25f, idf, merge_postings
from app.search.columnar.snapshot import IndexSnapshot
from app.search.interpretation import MAX_REQUIRED_WORDS, MIN_IDF_SHARE, SYNONYM_WEIGHT, Interpretation, QuerySpan
from app.search.query_language import Clause, ClauseKind

EXACT_FORM_WEIGHT = 0.15  # what holding a word as it was typed adds to holding one with its stem; docs/relevance.md
_PREFIX_SCORE = 1.0  # the beginning of a word says too little to be weighed
_TOLERANCE = 1e-9  # of a share of weights


@dataclass(frozen=True, slots=True, eq=False)
class MatchedDocuments:
    """The documents that match, those that only come `near` (none of the former), and what every document scores."""

    full: Mask
    near: Mask
    scores: Weights


@dataclass(frozen=True, slots=True, eq=False)
class _Word:
    """A plain word: who holds it or means the same, and what that weighs in the query."""

    documents: Mask
    weight: float


def match_clauses(view: IndexSnapshot, question: Interpretation) -> MatchedDocuments:
    """Return the documents of `view` that match `question`, by the rule of `app.search.interpretation`."""
    scores = np.zeros(len(view.alive))
    allowed = view.alive
    for clause in question.strict:
        found = _score_strict(view, clause)
        held = view.mask(found)
        if clause.negated:
            allowed = allowed & ~held
        else:
            allowed = allowed & held
            scores[found.documents] += found.weights
    words: list[_Word] = []
    for span in question.spans:
        held_words, worth = _score_span(view, span)
        words += held_words
        scores += worth
    full, near = _apply_share_rule(allowed, words)
    if any(not clause.negated for clause in question.strict):
        near = allowed & ~full  # they hold what is strict, which is some of what was typed
    return MatchedDocuments(full, near, np.round(scores, SCORE_DIGITS))


def _apply_share_rule(allowed: Mask, words: Sequence[_Word]) -> tuple[Mask, Mask]:
    """Return which of `allowed` hold enough of `words`, and which others hold any."""
    if not words:
        return allowed, np.zeros_like(allowed)
    some = np.logical_or.reduce([word.documents for word in words])
    if len(words) <= MAX_REQUIRED_WORDS:
        enough = np.logical_and.reduce([word.documents for word in words])
    else:
        held = sum((word.weight * word.documents for word in words), start=np.zeros(len(allowed)))
        enough = held >= MIN_IDF_SHARE * sum(word.weight for word in words) - _TOLERANCE
    return allowed & enough, allowed & some & ~enough


def _score_strict(view: IndexSnapshot, clause: Clause) -> Postings:
    """Return the documents that meet a strict clause, with what it is worth in each."""
    if clause.kind is ClauseKind.PREFIX:
        documents = _postings_for_prefix(view, clause).documents
        return Postings(documents, np.full(len(documents), _PREFIX_SCORE))
    return score_of(view, postings_for_phrase(view, clause.words, clause.field))


def _score_span(view: IndexSnapshot, span: QuerySpan) -> tuple[list[_Word], Weights]:
    """Return the words of the span, and what it is worth in each document, as typed or as a synonym: the greater."""
    alike = merge_postings(postings_for_phrase(view, words) for words in span.alternatives)
    alike_held = view.mask(alike)
    worth = np.zeros(len(view.alive))
    words = []
    most = 0.0
    for word in span.words:
        stemmed = score_of_stem(view, stem(word))
        most += idf(len(stemmed), view.total)
        for found, part in ((stemmed, 1.0), (_score_of_form(view, word), EXACT_FORM_WEIGHT)):
            worth[found.documents] += part * found.weights
        held = alike_held | view.mask(stemmed)
        words.append(_Word(held, idf(int(np.count_nonzero(held)), view.total)))
    if len(alike):
        found = score_of(view, alike, most)
        worth[found.documents] = np.maximum(worth[found.documents], SYNONYM_WEIGHT * found.weights)
    return words, worth


def postings_for_phrase(view: IndexSnapshot, words: Sequence[str], field: str = "") -> Postings:
    """Return the documents that hold `words` side by side in one field, in `field` if one is given."""
    stems = [stem(word) for word in words]
    if len(stems) == 1 and not field:
        return view.postings_for_stem(stems[0])
    return view.cached_postings(
        "phrase", " ".join([field, *stems]), lambda: view.postings_at(view.occurrences_of_phrase(stems), field)
    )


def score_of_stem(view: IndexSnapshot, word_stem: str) -> Postings:
    """Return what holding a word with that stem is worth in each document."""
    return view.cached_postings("worth of a stem", word_stem, lambda: score_of(view, view.postings_for_stem(word_stem)))


def _score_of_form(view: IndexSnapshot, word: str) -> Postings:
    return view.cached_postings("worth of a word", word, lambda: score_of(view, view.postings_for_form(word)))


def score_of(view: IndexSnapshot, held: Postings, most: float | None = None) -> Postings:
    """Return what holding that is worth in each document: BM25F times the idf, which is `most` at the most."""
    weight = idf(len(held), view.total)
    weight = weight if most is None else min(weight, most)
    return Postings(held.documents, weight * bm25f(held.weights, view.lengths[held.documents], view.mean_length))


def _postings_for_prefix(view: IndexSnapshot, clause: Clause) -> Postings:
    """Return the documents with a word that begins so, in one field if one is given."""
    prefix, field = clause.words[0], clause.field
    if not field:
        return view.postings_for_prefix(prefix)
    return view.cached_postings(
        "beginning", f"{field}:{prefix}", lambda: view.postings_at(view.occurrences_of_prefix(prefix), field)
    )
