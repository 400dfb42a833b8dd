"""Interpretation of parsed clauses: spelling corrections, synonyms, and the rule of what matches.

Phrases, prefixes, words of one field and exclusions are strict: a record has to match each of them. The other words are
plain. Up to `MAX_REQUIRED_WORDS` plain words are all required; of more, the words of a matching record need at least
`MIN_IDF_SHARE` of the sum of their idf. With fewer than `MIN_FULL_MATCHES` full matches, near matches follow: records
that match every strict clause and contain any of the words, those of strict clauses included.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from app.search.analysis import STOP_WORDS, stem
from app.search.engine import HighlightTerms
from app.search.query_language import Clause, ClauseKind
from app.search.thesaurus import Thesaurus

MAX_REQUIRED_WORDS = 2  # plain words up to which all are required
MIN_IDF_SHARE = 0.45  # of the sum of the idf of more words
MIN_FULL_MATCHES = 10  # full matches from which no near matches are added
SYNONYM_WEIGHT = 0.5  # factor of the score of a synonym

_MAX_CORRECTED = 8  # words corrected per text
_PLURAL_ENDINGS = ("s", "x")
_MAX_PLURAL_LENGTH = 10  # letters; longer words may have two edits, one of which may be the ending
_T = TypeVar("_T")


class Lexicon(Protocol):
    """The indexed words of an engine."""

    def contains(self, word: str) -> bool:
        """Return whether a record contains a word with the stem of the folded `word`."""
        ...

    def nearest(self, word: str) -> str | None:
        """Return the indexed folded word nearest to `word`; see `app.search.spelling.nearest_word`."""
        ...

    def surface_form(self, word: str) -> str:
        """Return the most frequent surface form of the folded `word`."""
        ...


@dataclass(frozen=True, slots=True)
class QuerySpan:
    """Consecutive plain words, folded, and the phrases that are synonyms of them together."""

    words: tuple[str, ...]
    alternatives: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Interpretation:
    """The strict clauses of a text, exclusions included, and the spans of its plain words.

    `suggestion` is the text with its words corrected, None without corrections.
    """

    strict: tuple[Clause, ...]
    spans: tuple[QuerySpan, ...]
    suggestion: str | None = None

    @property
    def highlight_terms(self) -> HighlightTerms:
        """The terms to highlight: stems, prefixes and whole phrases; none of excluded clauses."""
        return _highlight_terms(self)


def interpret(text: str, clauses: Iterable[Clause], lexicon: Lexicon, thesaurus: Thesaurus) -> Interpretation:
    """Return the interpretation of `clauses`, parsed from `text`."""
    parsed = tuple(clauses)
    corrections = _corrections(parsed, lexicon, thesaurus)
    corrected = tuple(_correct(clause, corrections) for clause in parsed)
    plain = [clause.words[0] for clause in corrected if _is_plain(clause)]
    # A word corrected to a stop word is dropped, unless nothing else is left.
    significant = [word for word in plain if word not in corrections.values() or word not in STOP_WORDS]
    words = {stem(word): word for word in significant or plain}
    return Interpretation(
        tuple(clause for clause in corrected if not _is_plain(clause)),
        tuple(_spans(list(words.values()), thesaurus)),
        _suggestion(text, parsed, corrections, lexicon) if corrections else None,
    )


def _is_plain(clause: Clause) -> bool:
    return clause.kind is ClauseKind.WORD and not clause.field and not clause.negated


def _corrections(clauses: Sequence[Clause], lexicon: Lexicon, thesaurus: Thesaurus) -> dict[str, str]:
    """Return the corrections of words that no record contains, by folded word."""
    plain = [clause.words[0] for clause in clauses if _is_plain(clause)]
    known_members = {word for span in thesaurus.spans(plain) for word in plain[span.start : span.stop]}
    corrections: dict[str, str] = {}
    for clause in clauses:
        word = clause.words[0]
        if clause.kind is not ClauseKind.WORD or clause.negated or word in STOP_WORDS or lexicon.contains(word):
            continue
        if len(corrections) < _MAX_CORRECTED and not (_is_plain(clause) and word in known_members):
            nearest = _nearest_indexed(word, lexicon) or _nearest_member(word, plain, lexicon, thesaurus)
            # Correcting to a stop word drops the word: only when enough other words are left.
            if nearest and (nearest not in STOP_WORDS or (_is_plain(clause) and len(plain) > MAX_REQUIRED_WORDS)):
                corrections[word] = nearest
    return corrections


def _nearest_indexed(word: str, lexicon: Lexicon) -> str | None:
    """Return the indexed word nearest to `word`, or to its singular."""
    nearest = lexicon.nearest(word)
    short_plural = word.endswith(_PLURAL_ENDINGS) and len(word) <= _MAX_PLURAL_LENGTH
    return lexicon.nearest(word[:-1]) if nearest is None and short_plural else nearest


def _nearest_member(word: str, plain: Sequence[str], lexicon: Lexicon, thesaurus: Thesaurus) -> str | None:
    """Return the thesaurus word nearest to `word`.

    None unless, with it in place of `word`, the plain words name a member with a synonym whose words are all indexed.
    """
    nearest = thesaurus.nearest(word)
    if nearest is None:
        return None
    corrected = [nearest if each == word else each for each in plain]
    alternatives = (
        alternative
        for span in thesaurus.spans(corrected)
        if nearest in corrected[span.start : span.stop]
        for alternative in span.alternatives
    )
    indexed = any(
        all(each in STOP_WORDS or lexicon.contains(each) for each in alternative) for alternative in alternatives
    )
    return nearest if indexed else None


def _correct(clause: Clause, corrections: dict[str, str]) -> Clause:
    if clause.kind is not ClauseKind.WORD or clause.negated or clause.words[0] not in corrections:
        return clause
    return Clause(clause.kind, (corrections[clause.words[0]],), clause.field, typed=clause.typed)


def _spans(words: Sequence[str], thesaurus: Thesaurus) -> Iterator[QuerySpan]:
    """Yield spans that cover `words` in order; the words of a thesaurus member share a span."""
    end = 0
    for span in thesaurus.spans(words):
        yield from (QuerySpan((word,)) for word in words[end : span.start])
        yield QuerySpan(tuple(words[span.start : span.stop]), span.alternatives)
        end = span.stop
    yield from (QuerySpan((word,)) for word in words[end:])


def _suggestion(text: str, clauses: Iterable[Clause], corrections: dict[str, str], lexicon: Lexicon) -> str:
    """Return `text` with each corrected word replaced, and everything else unchanged."""
    replacements = [
        (typed, lexicon.surface_form(corrections[clause.words[0]]))
        for clause in clauses
        if clause.kind is ClauseKind.WORD and not clause.negated and clause.words[0] in corrections
        for typed in clause.typed
    ]
    for typed, replacement in sorted(replacements, key=lambda pair: pair[0].start, reverse=True):
        text = f"{text[: typed.start]}{replacement}{text[typed.stop :]}"
    return text


def _highlight_terms(interpretation: Interpretation) -> HighlightTerms:
    stems: dict[str, set[str]] = {}
    prefixes: dict[str, set[str]] = {}
    phrases: dict[str, set[tuple[str, ...]]] = {}

    def add(field: str, words: tuple[str, ...]) -> None:
        if len(words) > 1:
            phrases.setdefault(field, set()).add(tuple(map(stem, words)))
        else:
            stems.setdefault(field, set()).add(stem(words[0]))

    for clause in interpretation.strict:
        if clause.kind is ClauseKind.PREFIX and not clause.negated:
            prefixes.setdefault(clause.field, set()).update(clause.words)
        elif not clause.negated:
            add(clause.field, clause.words)
    for span in interpretation.spans:
        for word in span.words:
            add("", (word,))
        for phrase in span.alternatives:
            add("", phrase)
    return HighlightTerms(_frozen(stems), _frozen(prefixes), _frozen(phrases))


def _frozen(sets: Mapping[str, set[_T]]) -> dict[str, frozenset[_T]]:
    return {key: frozenset(values) for key, values in sets.items()}
