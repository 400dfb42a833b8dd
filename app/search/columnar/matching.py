"""Matching and BM25F scoring of an interpreted text."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.search.analysis import stem
from app.search.columnar.postings import SCORE_DIGITS, FloatArray, Mask, Postings, bm25f, idf, merge_postings
from app.search.columnar.snapshot import IndexSnapshot
from app.search.interpretation import MAX_REQUIRED_WORDS, MIN_IDF_SHARE, SYNONYM_WEIGHT, Interpretation, QuerySpan
from app.search.query_language import Clause, ClauseKind

EXACT_FORM_WEIGHT = 0.15  # share of the score of the typed form that is added to that of its stem; docs/relevance.md
_PREFIX_SCORE = 1.0  # constant: the document frequency of a prefix says little about relevance
_SHARE_TOLERANCE = 1e-9  # for rounding errors in a sum of idf weights


@dataclass(frozen=True, slots=True, eq=False)
class MatchedDocuments:
    """Disjoint masks of the `full` and the `near` matches, and the scores: one float64 per document of the snapshot."""

    full: Mask
    near: Mask
    scores: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class _WordMatch:
    """The documents that contain a plain word or a synonym of its span, and its idf."""

    documents: Mask
    weight: float


def match_clauses(snapshot: IndexSnapshot, interpretation: Interpretation) -> MatchedDocuments:
    """Return the documents that match `interpretation` by the rules of `app.search.interpretation`."""
    scores = np.zeros(len(snapshot.alive))
    allowed = snapshot.alive
    for clause in interpretation.strict:
        postings = _score_strict(snapshot, clause)
        documents = snapshot.mask(postings)
        if clause.negated:
            allowed = allowed & ~documents
        else:
            allowed = allowed & documents
            scores[postings.documents] += postings.weights
    words: list[_WordMatch] = []
    for span in interpretation.spans:
        span_words, span_scores = _score_span(snapshot, span)
        words += span_words
        scores += span_scores
    full, near = _apply_share_rule(allowed, words)
    if any(not clause.negated for clause in interpretation.strict):
        near = allowed & ~full  # the document matches a strict clause, and so some of the typed words
    return MatchedDocuments(full, near, np.round(scores, SCORE_DIGITS))


def _apply_share_rule(allowed: Mask, words: Sequence[_WordMatch]) -> tuple[Mask, Mask]:
    """Return the documents of `allowed` that contain enough of `words`, and the others that contain any of them."""
    if not words:
        return allowed, np.zeros_like(allowed)
    any_word = np.logical_or.reduce([word.documents for word in words])
    if len(words) <= MAX_REQUIRED_WORDS:
        enough = np.logical_and.reduce([word.documents for word in words])
    else:
        weights = sum((word.weight * word.documents for word in words), start=np.zeros(len(allowed)))
        enough = weights >= MIN_IDF_SHARE * sum(word.weight for word in words) - _SHARE_TOLERANCE
    return allowed & enough, allowed & any_word & ~enough


def _score_strict(snapshot: IndexSnapshot, clause: Clause) -> Postings:
    """Return the score of a strict clause in each document that matches it."""
    if clause.kind is ClauseKind.PREFIX:
        documents = _postings_for_prefix(snapshot, clause).documents
        return Postings(documents, np.full(len(documents), _PREFIX_SCORE))
    return score_of(snapshot, postings_for_phrase(snapshot, clause.words, clause.field))


def _score_span(snapshot: IndexSnapshot, span: QuerySpan) -> tuple[list[_WordMatch], FloatArray]:
    """Return the matches of the words of a span, and its score in each document: the higher of words and synonyms.

    The idf of the synonyms is at most the sum of the idf of the words.
    """
    synonyms = merge_postings(postings_for_phrase(snapshot, words) for words in span.alternatives)
    synonym_documents = snapshot.mask(synonyms)
    scores = np.zeros(len(snapshot.alive))
    words = []
    max_idf = 0.0
    for word in span.words:
        stem_scores = score_of_stem(snapshot, stem(word))
        max_idf += idf(len(stem_scores), snapshot.live_count)
        for postings, factor in ((stem_scores, 1.0), (_score_of_form(snapshot, word), EXACT_FORM_WEIGHT)):
            scores[postings.documents] += factor * postings.weights
        documents = synonym_documents | snapshot.mask(stem_scores)
        words.append(_WordMatch(documents, idf(int(np.count_nonzero(documents)), snapshot.live_count)))
    if len(synonyms):
        postings = score_of(snapshot, synonyms, max_idf)
        scores[postings.documents] = np.maximum(scores[postings.documents], SYNONYM_WEIGHT * postings.weights)
    return words, scores


def postings_for_phrase(snapshot: IndexSnapshot, words: Sequence[str], field: str = "") -> Postings:
    """Return the postings of `words` side by side in one field; in `field`, if given."""
    stems = [stem(word) for word in words]
    if len(stems) == 1 and not field:
        return snapshot.postings_for_stem(stems[0])
    return snapshot.cached_postings(
        "phrase",
        " ".join([field, *stems]),
        lambda: snapshot.postings_at(snapshot.occurrences_of_phrase(stems), field),
    )


def score_of_stem(snapshot: IndexSnapshot, word_stem: str) -> Postings:
    """Return the score of a stem in each document that contains it."""
    return snapshot.cached_postings(
        "score of stem", word_stem, lambda: score_of(snapshot, snapshot.postings_for_stem(word_stem))
    )


def _score_of_form(snapshot: IndexSnapshot, word: str) -> Postings:
    return snapshot.cached_postings("score of form", word, lambda: score_of(snapshot, snapshot.postings_for_form(word)))


def score_of(snapshot: IndexSnapshot, postings: Postings, max_idf: float | None = None) -> Postings:
    """Return the BM25F score of a posting list, one float64 per document; its idf is at most `max_idf`."""
    weight = idf(len(postings), snapshot.live_count)
    weight = weight if max_idf is None else min(weight, max_idf)
    lengths = snapshot.document_lengths[postings.documents]
    return Postings(postings.documents, weight * bm25f(postings.weights, lengths, snapshot.mean_length))


def _postings_for_prefix(snapshot: IndexSnapshot, clause: Clause) -> Postings:
    """Return the postings of the words with the prefix of a clause, in its field if it has one."""
    prefix, field = clause.words[0], clause.field
    if not field:
        return snapshot.postings_for_prefix(prefix)
    return snapshot.cached_postings(
        "prefix in field",
        f"{field}:{prefix}",
        lambda: snapshot.postings_at(snapshot.occurrences_of_prefix(prefix), field),
    )
