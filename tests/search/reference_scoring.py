"""What words are worth to the reference engine, and which records meet a question: the definitions, without shortcuts.

The figures of docs/search.md are written here once more, so that a slip in the engines proper cannot hide in what they
would share with the reference.
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

Held = dict[str, float]  # by identifier, the weighed occurrences of something, or what they are worth

K1 = 2.5
B = 0.95
EXACT = 0.15  # what a word in the form that was typed adds to any form of it
TERMS = 25  # words of a record by which others are near
SHARED = 8


@dataclass(frozen=True)
class Value:
    """One value of a field: what it says, and its words."""

    text: str
    words: tuple[Token, ...]

    def phrases(self, stems: tuple[str, ...]) -> int:
        """Return how often `stems` stand side by side."""
        line = tuple(token.stem for token in self.words)
        return sum(line[place : place + len(stems)] == stems for place in range(len(line)))


@dataclass(frozen=True)
class Matched:
    """The records that match, those that only come near, and what each of all records scores."""

    full: set[str]
    near: set[str]
    scores: Held


class Corpus:
    """The words of all records; every answer is counted anew."""

    def __init__(self, records: Iterable[Record], searched: Mapping[str, Field]) -> None:
        self._weights = {key: field.weight for key, field in searched.items()}
        self._texts = {record.id: self._read(record) for record in records}
        self._lengths = {
            identifier: sum(self._weights[key] * len(value.words) for key, values in text.items() for value in values)
            for identifier, text in self._texts.items()
        }

    def match(self, question: Interpretation) -> Matched:
        """Return the records that match `question`, by the rule of `app.search.interpretation`."""
        scores = dict.fromkeys(self._texts, 0.0)
        allowed = set(self._texts)
        for clause in question.strict:
            worth = self._strict(clause)
            allowed = allowed - worth.keys() if clause.negated else allowed & worth.keys()
            if not clause.negated:
                _add(scores, worth)
        wanted: list[tuple[set[str], float]] = []
        for span in question.spans:
            _add(scores, self._span(span))
            wanted += self._wanted(span)
        share = 1.0 if len(wanted) <= MAX_REQUIRED_WORDS else MIN_IDF_SHARE
        enough = share * sum(weight for _, weight in wanted) - 1e-9
        full = {
            identifier
            for identifier in allowed
            if sum(weight for holders, weight in wanted if identifier in holders) >= enough
        }
        near = {identifier for identifier in allowed - full if any(identifier in holders for holders, _ in wanted)}
        if any(not clause.negated for clause in question.strict):
            near = allowed - full
        return Matched(full, near, {identifier: round(score, 6) for identifier, score in scores.items()})

    def similar(self, record: Record, size: int) -> tuple[SimilarHit, ...]:
        """Return the records that share the most of the words that tell `record` from the rest."""
        weights: defaultdict[str, float] = defaultdict(float)
        shown: dict[str, str] = {}
        for key, values in self._read(record).items():
            for value in values:
                for token in value.words:
                    if token.word not in STOP_WORDS and len(token.word) >= len("mot") and not token.word.isdigit():
                        weights[token.stem] += self._weights[key]
                        shown.setdefault(token.stem, surface_form(value.text[token.start : token.end]))
        worths = {each: self._worth(self._phrase((each,))) for each in weights}
        telling = {
            each: weights[each] / (weights[each] + 1) * max(worth.values())
            for each, worth in worths.items()
            if len(worth) > 1
        }
        terms = sorted(telling, key=lambda each: (telling[each], each), reverse=True)[:TERMS]
        scores = {
            identifier: round(sum(worths[each].get(identifier, 0.0) for each in terms), 6) for identifier in self._texts
        }
        near = [identifier for identifier, score in scores.items() if score > 0 and identifier != record.id]
        return tuple(
            SimilarHit(
                identifier,
                scores[identifier],
                tuple(
                    word
                    for _, word in sorted(
                        (-worths[each][identifier], shown[each]) for each in terms if identifier in worths[each]
                    )[:SHARED]
                ),
            )
            for identifier in sorted(near, key=lambda identifier: (-scores[identifier], identifier))[:size]
        )

    def contains(self, word: str) -> bool:
        """Tell whether a record holds a word with the same stem as the folded `word`."""
        return bool(self._phrase((stem(word),)))

    def nearest(self, word: str) -> str | None:
        """Return the known word that comes nearest to `word`, by the number of records that hold it."""
        known = {token.word for text in self._texts.values() for values in text.values() for token in _words(values)}
        return nearest_word(word, [Vocabulary(known)], lambda near: len(self._exact(near)))

    def surface_form(self, word: str) -> str:
        """Return the folded `word` as most records spell it, in lower case."""
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
            held = getattr(record.action, key)
            values = held if isinstance(held, list) else [held or ""]
            text[key] = [Value(value, tuple(tokens(value))) for value in values]
        return text

    def _held(self, occurrences: Callable[[Value], int], field: str = "") -> Held:
        """Return the occurrences in each record that has any, those in each field as often as it weighs."""
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

    def _phrase(self, stems: tuple[str, ...], field: str = "") -> Held:
        return self._held(lambda value: value.phrases(stems), field)

    def _exact(self, word: str) -> Held:
        return self._held(lambda value: sum(token.word == word for token in value.words))

    def _alike(self, span: QuerySpan) -> Held:
        """Return the occurrences of what means the same as `span`."""
        held: Held = {}
        for words in span.alternatives:
            for identifier, weight in self._phrase(tuple(map(stem, words))).items():
                held[identifier] = held.get(identifier, 0.0) + weight
        return held

    def _idf(self, holders: int) -> float:
        return log(len(self._texts) / (holders + 1)) + 1 if self._texts else 0.0

    def _worth(self, held: Held, most: float = inf) -> Held:
        """Return BM25F: the fields' weights are in the occurrences and the lengths, before they saturate."""
        idf = min(self._idf(len(held)), most)
        mean = sum(self._lengths.values()) / max(len(self._lengths), 1) or 1.0
        return {
            identifier: idf * weight * (K1 + 1) / (weight + K1 * (1 - B + B * self._lengths[identifier] / mean))
            for identifier, weight in held.items()
        }

    def _strict(self, clause: Clause) -> Held:
        """Return what meeting a strict clause is worth, in each record that meets it."""
        if clause.kind is not ClauseKind.PREFIX:
            return self._worth(self._phrase(clause.stems, clause.field))
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

    def _span(self, span: QuerySpan) -> Held:
        """Return what a span is worth: as it was typed, or as what means the same, whichever is more."""
        typed: Held = {}
        for word in span.words:
            _add(typed, self._worth(self._phrase((stem(word),))))
            _add(typed, self._worth(self._exact(word)), EXACT)
        most = sum(self._idf(len(self._phrase((stem(word),)))) for word in span.words)
        alike = self._worth(self._alike(span), most)
        return {
            identifier: max(typed.get(identifier, 0.0), SYNONYM_WEIGHT * alike.get(identifier, 0.0))
            for identifier in typed.keys() | alike.keys()
        }

    def _wanted(self, span: QuerySpan) -> list[tuple[set[str], float]]:
        """Return for each word of a span who holds it or means the same, and what that weighs in the question."""
        alike = self._alike(span).keys()
        holders = [alike | self._phrase((stem(word),)).keys() for word in span.words]
        return [(held, self._idf(len(held))) for held in holders]


def _words(values: Iterable[Value]) -> Iterable[Token]:
    return (token for value in values for token in value.words)


def _add(scores: Held, worth: Held, part: float = 1.0) -> None:
    for identifier, score in worth.items():
        scores[identifier] = scores.get(identifier, 0.0) + part * score
