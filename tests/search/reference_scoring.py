"""Matching and scoring of the reference engine, by definition and without optimisation.

The constants of docs/search.md are repeated here, so that an error in the engine is not shared with the reference.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import inf, log

from app.catalogue.fields import Field
from app.catalogue.record import Record
from app.search.analysis import STOP_WORDS, Token, stem, surface_form, tokens
from app.search.engine import SimilarHit
from app.search.interpretation import MAX_REQUIRED_WORDS, MIN_IDF_SHARE, SYNONYM_WEIGHT, Interpretation, QuerySpan
from app.search.query_language import Clause, ClauseKind
from app.search.spelling import Vocabulary, nearest_word

Scores = dict[str, float]  # weighted occurrences or scores, by record identifier

K1 = 2.5
B = 0.95
EXACT_FORM_WEIGHT = 0.15  # share of the score of the typed form
MAX_TERMS = 25  # words of a record that are searched for
MAX_SHARED = 8


@dataclass(frozen=True)
class Value:
    """One value of a field: its text and its tokens."""

    text: str
    words: tuple[Token, ...]

    def phrases(self, stems: tuple[str, ...]) -> int:
        """Return the number of occurrences of `stems` side by side."""
        line = tuple(token.stem for token in self.words)
        return sum(line[place : place + len(stems)] == stems for place in range(len(line)))


@dataclass(frozen=True)
class MatchedIds:
    """The identifiers of full and near matches, and the score of every record."""

    full: set[str]
    near: set[str]
    scores: Scores


class Corpus:
    """The texts of all records; implements `Lexicon`."""

    def __init__(self, records: Iterable[Record], searched: Mapping[str, Field]) -> None:
        self._weights = {key: field.weight for key, field in searched.items()}
        self._texts = {record.id: self._read(record) for record in records}
        self._lengths = {
            identifier: sum(self._weights[key] * len(value.words) for key, values in text.items() for value in values)
            for identifier, text in self._texts.items()
        }

    def match(self, interpretation: Interpretation) -> MatchedIds:
        """Return the records that match `interpretation` by the rules of `app.search.interpretation`."""
        scores = dict.fromkeys(self._texts, 0.0)
        allowed = set(self._texts)
        for clause in interpretation.strict:
            term_scores = self._strict(clause)
            allowed = allowed - term_scores.keys() if clause.negated else allowed & term_scores.keys()
            if not clause.negated:
                _add(scores, term_scores)
        words: list[tuple[set[str], float]] = []
        for span in interpretation.spans:
            _add(scores, self._span(span))
            words += self._word_documents(span)
        share = 1.0 if len(words) <= MAX_REQUIRED_WORDS else MIN_IDF_SHARE
        enough = share * sum(weight for _, weight in words) - 1e-9
        full = {
            identifier
            for identifier in allowed
            if sum(weight for documents, weight in words if identifier in documents) >= enough
        }
        near = {identifier for identifier in allowed - full if any(identifier in documents for documents, _ in words)}
        if any(not clause.negated for clause in interpretation.strict):
            near = allowed - full
        return MatchedIds(full, near, {identifier: round(score, 6) for identifier, score in scores.items()})

    def similar(self, record: Record, size: int) -> tuple[SimilarHit, ...]:
        """Return the records with the highest sum of scores over the top words of `record`."""
        weights: defaultdict[str, float] = defaultdict(float)
        surface_forms: dict[str, str] = {}
        for key, values in self._read(record).items():
            for value in values:
                for token in value.words:
                    if token.word not in STOP_WORDS and len(token.word) >= len("mot") and not token.word.isdigit():
                        weights[token.stem] += self._weights[key]
                        surface_forms.setdefault(token.stem, surface_form(value.text[token.start : token.end]))
        scores_by_stem = {each: self._score(self._phrase((each,))) for each in weights}
        estimates = {
            each: weights[each] / (weights[each] + 1) * max(term_scores.values())
            for each, term_scores in scores_by_stem.items()
            if len(term_scores) > 1
        }
        terms = sorted(estimates, key=lambda each: (estimates[each], each), reverse=True)[:MAX_TERMS]
        scores = {
            identifier: round(sum(scores_by_stem[each].get(identifier, 0.0) for each in terms), 6)
            for identifier in self._texts
        }
        near = [identifier for identifier, score in scores.items() if score > 0 and identifier != record.id]
        return tuple(
            SimilarHit(
                identifier,
                scores[identifier],
                tuple(
                    word
                    for _, word in sorted(
                        (-scores_by_stem[each][identifier], surface_forms[each])
                        for each in terms
                        if identifier in scores_by_stem[each]
                    )[:MAX_SHARED]
                ),
            )
            for identifier in sorted(near, key=lambda identifier: (-scores[identifier], identifier))[:size]
        )

    def contains(self, word: str) -> bool:
        """Return whether a record contains a word with the stem of the folded `word`."""
        return bool(self._phrase((stem(word),)))

    def nearest(self, word: str) -> str | None:
        """Return the known word nearest to `word`; see `nearest_word`."""
        known = {token.word for text in self._texts.values() for values in text.values() for token in _words(values)}
        return nearest_word(word, [Vocabulary(known)], lambda near: len(self._form(near)))

    def surface_form(self, word: str) -> str:
        """Return the most frequent surface form of the folded `word`."""
        used = Counter(
            spelling
            for text in self._texts.values()
            for spelling in {
                surface_form(value.text[token.start : token.end])
                for values in text.values()
                for value in values
                for token in value.words
                if token.word == word
            }
        )
        return min(used, key=lambda spelling: (-used[spelling], spelling), default=word)

    def _read(self, record: Record) -> dict[str, list[Value]]:
        text = {}
        for key in self._weights:
            field_value = getattr(record.action, key)
            values = field_value if isinstance(field_value, list) else [field_value or ""]
            text[key] = [Value(value, tuple(tokens(value))) for value in values]
        return text

    def _count(self, occurrences: Callable[[Value], int], field: str = "") -> Scores:
        """Return the weighted number of occurrences in each record that has any."""
        found = {
            identifier: sum(
                self._weights[key] * occurrences(value)
                for key, values in text.items()
                for value in values
                if field in ("", key)
            )
            for identifier, text in self._texts.items()
        }
        return {identifier: weight for identifier, weight in found.items() if weight}

    def _phrase(self, stems: tuple[str, ...], field: str = "") -> Scores:
        return self._count(lambda value: value.phrases(stems), field)

    def _form(self, word: str) -> Scores:
        return self._count(lambda value: sum(token.word == word for token in value.words))

    def _synonyms(self, span: QuerySpan) -> Scores:
        """Return the weighted occurrences of the synonyms of `span`."""
        occurrences: Scores = {}
        for words in span.alternatives:
            for identifier, weight in self._phrase(tuple(map(stem, words))).items():
                occurrences[identifier] = occurrences.get(identifier, 0.0) + weight
        return occurrences

    def _idf(self, documents: int) -> float:
        return log(len(self._texts) / (documents + 1)) + 1 if self._texts else 0.0

    def _score(self, occurrences: Scores, max_idf: float = inf) -> Scores:
        """Return idf × BM25F; field weights are part of the occurrences and the lengths."""
        idf = min(self._idf(len(occurrences)), max_idf)
        mean = sum(self._lengths.values()) / max(len(self._lengths), 1) or 1.0
        return {
            identifier: idf * weight * (K1 + 1) / (weight + K1 * (1 - B + B * self._lengths[identifier] / mean))
            for identifier, weight in occurrences.items()
        }

    def _strict(self, clause: Clause) -> Scores:
        """Return the score of a strict clause in each record that matches it."""
        if clause.kind is not ClauseKind.PREFIX:
            return self._score(self._phrase(clause.stems, clause.field))
        return {
            identifier: 1.0
            for identifier, text in self._texts.items()
            if any(
                token.word.startswith(clause.words[0])
                for key, values in text.items()
                if clause.field in {"", key}
                for token in _words(values)
            )
        }

    def _span(self, span: QuerySpan) -> Scores:
        """Return the score of a span: the higher of typed words and synonyms."""
        typed: Scores = {}
        for word in span.words:
            _add(typed, self._score(self._phrase((stem(word),))))
            _add(typed, self._score(self._form(word)), EXACT_FORM_WEIGHT)
        max_idf = sum(self._idf(len(self._phrase((stem(word),)))) for word in span.words)
        synonyms = self._score(self._synonyms(span), max_idf)
        return {
            identifier: max(typed.get(identifier, 0.0), SYNONYM_WEIGHT * synonyms.get(identifier, 0.0))
            for identifier in typed.keys() | synonyms.keys()
        }

    def _word_documents(self, span: QuerySpan) -> list[tuple[set[str], float]]:
        """Return, per word of a span, the records with the word or a synonym, and its idf."""
        synonyms = self._synonyms(span).keys()
        documents = [synonyms | self._phrase((stem(word),)).keys() for word in span.words]
        return [(matching, self._idf(len(matching))) for matching in documents]


def _words(values: Iterable[Value]) -> Iterable[Token]:
    return (token for value in values for token in value.words)


def _add(scores: Scores, term_scores: Scores, factor: float = 1.0) -> None:
    for identifier, score in term_scores.items():
        scores[identifier] = scores.get(identifier, 0.0) + factor * score
