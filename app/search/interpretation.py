"""Interpretation: what the clauses of a text ask of a record, once words are corrected and synonyms known.

Phrases, prefixes, words of one field and exclusions are strict: a record has to meet each of them. The other words are
plain. A record matches when it holds all of one or two plain words; of three or more, when those that it holds carry at
least `MIN_IDF_SHARE` of their idf weight. Where fewer than `MIN_FULL_MATCHES` records match, those that meet the strict
clauses and hold any of the words, a word of a strict clause being one, follow after the matches.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from app.search.analysis import STOP_WORDS, stem
from app.search.engine import HighlightTerms
from app.search.query_language import Clause, ClauseKind
from app.search.thesaurus import Thesaurus

MAX_REQUIRED_WORDS = 2  # plain words up to which every one is wanted
MIN_IDF_SHARE = 0.45  # of the weight of more words than that
MIN_FULL_MATCHES = 10  # matches from which none that only come near are added
SYNONYM_WEIGHT = 0.5  # what a synonym is worth beside the word that was typed

_MAX_CORRECTED = 8  # words of a text
_PLURALS = ("s", "x")
_MAX_PLURAL_LENGTH = 10  # letters; beyond, two slips are forgiven, and one of them may be the ending
_T = TypeVar("_T")


class Lexicon(Protocol):
    """What an engine knows of the words in its records."""

    def contains(self, word: str) -> bool:
        """Tell whether a record holds a word with the same stem as the folded `word`."""
        ...

    def nearest(self, word: str) -> str | None:
        """Return the folded word of the records that comes nearest to `word`; see `app.search.spelling.nearest`."""
        ...

    def surface_form(self, word: str) -> str:
        """Return the folded `word` as the records mostly spell it, in lower case."""
        ...


@dataclass(frozen=True, slots=True)
class QuerySpan:
    """Plain words, folded, that stand together, and the phrases that mean the same."""

    words: tuple[str, ...]
    alternatives: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Interpretation:
    """What a text asks: strict clauses, excluded ones among them, and the spans of its plain words.

    `suggestion` is the text with its corrected words, None when there are none.
    """

    strict: tuple[Clause, ...]
    spans: tuple[QuerySpan, ...]
    suggestion: str | None = None

    @property
    def highlight_terms(self) -> HighlightTerms:
        """What to mark in a record: words, beginnings of words, and phrases whole."""
        return _marks(self)


def interpret(text: str, clauses: Iterable[Clause], lexicon: Lexicon, thesaurus: Thesaurus) -> Interpretation:
    """Return what `clauses`, which `text` was read as, ask of a record."""
    given = tuple(clauses)
    corrections = _corrections(given, lexicon, thesaurus)
    corrected = tuple(_corrected(clause, corrections) for clause in given)
    plain = [clause.words[0] for clause in corrected if _is_plain(clause)]
    telling = [word for word in plain if word not in corrections.values() or word not in STOP_WORDS]
    words = {stem(word): word for word in telling or plain}
    return Interpretation(
        tuple(clause for clause in corrected if not _is_plain(clause)),
        tuple(_spans(list(words.values()), thesaurus)),
        _suggestion(text, given, corrections, lexicon) if corrections else None,
    )


def _is_plain(clause: Clause) -> bool:
    return clause.kind is ClauseKind.WORD and not clause.field and not clause.negated


def _corrections(clauses: Sequence[Clause], lexicon: Lexicon, thesaurus: Thesaurus) -> dict[str, str]:
    """Return the corrections of words that nothing holds, by folded word."""
    plain = [clause.words[0] for clause in clauses if _is_plain(clause)]
    resolved = {word for span in thesaurus.spans(plain) for word in plain[span.start : span.stop]}
    corrections: dict[str, str] = {}
    for clause in clauses:
        word = clause.words[0]
        if clause.kind is not ClauseKind.WORD or clause.negated or word in STOP_WORDS or lexicon.contains(word):
            continue
        if len(corrections) < _MAX_CORRECTED and not (_is_plain(clause) and word in resolved):
            near = _known_near(word, lexicon) or _member_near(word, plain, lexicon, thesaurus)
            # A slip in a stop word is nothing that is wanted; of few words, each is, be it unknown.
            if near and (near not in STOP_WORDS or (_is_plain(clause) and len(plain) > MAX_REQUIRED_WORDS)):
                corrections[word] = near
    return corrections


def _known_near(word: str, lexicon: Lexicon) -> str | None:
    """Return the word of the records that is near `word`, or near what it is the plural of."""
    near = lexicon.nearest(word)
    short = word.endswith(_PLURALS) and len(word) <= _MAX_PLURAL_LENGTH
    return lexicon.nearest(word[:-1]) if near is None and short else near


def _member_near(word: str, plain: Sequence[str], lexicon: Lexicon, thesaurus: Thesaurus) -> str | None:
    """Return the word of the thesaurus that is near `word`, if a record holds what it means among the words `plain`."""
    near = thesaurus.nearest(word)
    if near is None:
        return None
    corrected = [near if each == word else each for each in plain]
    alternatives = (
        alternative
        for span in thesaurus.spans(corrected)
        if near in corrected[span.start : span.stop]
        for alternative in span.alternatives
    )
    held = any(
        all(each in STOP_WORDS or lexicon.contains(each) for each in alternative) for alternative in alternatives
    )
    return near if held else None


def _corrected(clause: Clause, corrections: dict[str, str]) -> Clause:
    if clause.kind is not ClauseKind.WORD or clause.negated or clause.words[0] not in corrections:
        return clause
    return Clause(clause.kind, (corrections[clause.words[0]],), clause.field, typed=clause.typed)


def _spans(words: Sequence[str], thesaurus: Thesaurus) -> Iterator[QuerySpan]:
    """Yield `words` in their order, those of a group of the thesaurus together."""
    at = 0
    for span in thesaurus.spans(words):
        yield from (QuerySpan((word,)) for word in words[at : span.start])
        yield QuerySpan(tuple(words[span.start : span.stop]), span.alternatives)
        at = span.stop
    yield from (QuerySpan((word,)) for word in words[at:])


def _suggestion(text: str, clauses: Iterable[Clause], corrections: dict[str, str], lexicon: Lexicon) -> str:
    """Return `text` with the corrected words in it, everything else as it was typed."""
    wrong = [
        (typed, lexicon.surface_form(corrections[clause.words[0]]))
        for clause in clauses
        if clause.kind is ClauseKind.WORD and not clause.negated and clause.words[0] in corrections
        for typed in clause.typed
    ]
    for typed, right in sorted(wrong, key=lambda pair: pair[0].start, reverse=True):
        text = f"{text[: typed.start]}{right}{text[typed.stop :]}"
    return text


def _marks(question: Interpretation) -> HighlightTerms:
    stems: dict[str, set[str]] = {}
    prefixes: dict[str, set[str]] = {}
    phrases: dict[str, set[tuple[str, ...]]] = {}

    def mark(field: str, words: tuple[str, ...]) -> None:
        if len(words) > 1:
            phrases.setdefault(field, set()).add(tuple(map(stem, words)))
        else:
            stems.setdefault(field, set()).add(stem(words[0]))

    for clause in question.strict:
        if clause.kind is ClauseKind.PREFIX and not clause.negated:
            prefixes.setdefault(clause.field, set()).update(clause.words)
        elif not clause.negated:
            mark(clause.field, clause.words)
    for span in question.spans:
        for word in span.words:
            mark("", (word,))
        for phrase in span.alternatives:
            mark("", phrase)
    return HighlightTerms(_frozen(stems), _frozen(prefixes), _frozen(phrases))


def _frozen(sets: Mapping[str, set[_T]]) -> dict[str, frozenset[_T]]:
    return {key: frozenset(values) for key, values in sets.items()}
