"""Similar records: a search for the words of a record with the highest scores."""

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

_MAX_TERMS = 25  # words of the record that are searched for
_MAX_SHARED = 8  # words named per hit
_MIN_LENGTH = 3  # letters of a word


@dataclass(frozen=True, slots=True, eq=False)
class _Term:
    """A word as the record spells it, and the scores of its stem, one float64 per document that contains it."""

    word: str
    scores: Postings


def find_similar(snapshot: IndexSnapshot, record: Record, size: int) -> tuple[SimilarHit, ...]:
    """Return up to `size` documents with the highest sum of scores over the words of `record`, best first.

    The _MAX_TERMS words with the highest scores are used. Stop words, numbers, words under _MIN_LENGTH letters and
    words of no other record are not.
    """
    scores = np.zeros(len(snapshot.alive))
    terms = _top_terms(snapshot, record)
    for term in terms:
        scores[term.scores.documents] += term.scores.weights
    ids = snapshot.id_column().values
    scores = np.round(scores, SCORE_DIGITS)
    candidates = [number for number in np.flatnonzero(scores > 0).tolist() if ids[number] != record.id]
    best = sorted(candidates, key=lambda number: (-scores[number], ids[number]))[:size]
    return tuple(SimilarHit(ids[number], float(scores[number]), _shared_words(terms, number)) for number in best)


def _top_terms(snapshot: IndexSnapshot, record: Record) -> list[_Term]:
    weights, words = _weigh_stems(snapshot, record)
    candidates = []
    for stem, weight in weights.items():
        scores = score_of_stem(snapshot, stem)
        if len(scores) > 1:
            # An estimate of the score of the word in this record, which may not be indexed.
            estimate = weight / (weight + 1.0) * float(scores.weights.max())
            candidates.append((estimate, stem, _Term(words[stem], scores)))
    return [term for _, _, term in nlargest(_MAX_TERMS, candidates, key=lambda candidate: candidate[:2])]


def _weigh_stems(snapshot: IndexSnapshot, record: Record) -> tuple[Mapping[str, float], Mapping[str, str]]:
    """Return the weighted term frequency of each stem in `record`, and the first surface form of each."""
    weights: defaultdict[str, float] = defaultdict(float)
    words: dict[str, str] = {}
    for key, value in field_values(record.action, snapshot.schema.searched.values()).items():
        for text in value if isinstance(value, list) else [value or ""]:
            for token in tokens(text):
                if token.word not in STOP_WORDS and len(token.word) >= _MIN_LENGTH and not token.word.isdigit():
                    weights[token.stem] += snapshot.schema.searched[key].weight
                    words.setdefault(token.stem, surface_form(text[token.start : token.end]))
    return weights, words


def _shared_words(terms: list[_Term], document: int) -> tuple[str, ...]:
    """Return the words of `terms` that `document` contains, highest score first."""
    shared = []
    for term in terms:
        index = int(np.searchsorted(term.scores.documents, document))
        if index < len(term.scores) and term.scores.documents[index] == document:
            shared.append((-float(term.scores.weights[index]), term.word))
    return tuple(word for _, word in sorted(shared)[:_MAX_SHARED])
