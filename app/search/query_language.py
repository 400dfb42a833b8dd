"""Query language: parses a typed text into clauses; no text is an error."""

import dataclasses
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from app.catalogue.fields import FIELDS
from app.search.analysis import STOP_WORDS, Token, stem, tokens

_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»＂", '"'))
# A quoted part with its minus signs and field, or a run of characters other than spaces and quotes.
_PIECE = re.compile(r'(?P<minus>-*)(?:(?P<field>\w+):)?"(?P<quoted>[^"]*)"|(?P<plain>[^\s"]+)')
_SEARCHED = tuple(declared.key for declared in FIELDS if declared.searched)

_MAX_CLAUSES = 40
_MAX_PHRASES = 8
_MAX_PREFIXES = 8
_MAX_PHRASE_LENGTH = 12  # words


class ClauseKind(StrEnum):
    """How a record has to contain the words of a clause."""

    WORD = "mot"  # a word with the same stem
    PHRASE = "expression"  # the words side by side in one field
    PREFIX = "début"  # a word with that prefix


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition on records: folded words in `field` (any searched field when empty), or their absence if negated.

    `typed` has the slice of the text of each occurrence of an unquoted word; it is ignored by comparisons.
    """

    kind: ClauseKind
    words: tuple[str, ...]
    field: str = ""
    negated: bool = False
    typed: tuple[slice, ...] = dataclasses.field(default=(), compare=False)

    @property
    def stems(self) -> tuple[str, ...]:
        """The stems of the words, in order."""
        return tuple(stem(word) for word in self.words)

    @property
    def identity(self) -> tuple[str, ...]:
        """A key that is equal for clauses that match the same records, such as `jardin` and `jardins`."""
        return self.kind, self.field, str(self.negated), *(self.words if self.kind is ClauseKind.PREFIX else self.stems)


def parse_text(text: str, searched: Collection[str] = _SEARCHED) -> tuple[Clause, ...]:
    """Return the distinct clauses of `text`; none when it contains no word.

    `searched` are the keys of the fields that `field:` may name. A stop word outside a phrase is dropped unless the
    text contains nothing else.
    """
    clauses: dict[tuple[str, ...], tuple[Clause, bool]] = {}  # with whether it is significant
    for piece in _PIECE.finditer(text.translate(_QUOTES)):
        parsed = (
            _plain_clauses(piece["plain"], piece.start("plain"), searched)
            if piece["plain"]
            else _quoted_clauses(piece, searched)
        )
        for clause, significant in parsed:
            previous, was_significant = clauses.get(clause.identity, (None, False))
            merged = dataclasses.replace(previous, typed=previous.typed + clause.typed) if previous else clause
            clauses[clause.identity] = merged, was_significant or significant
    kept = [clause for clause, significant in clauses.values() if significant]
    return _bounded(kept or [clause for clause, _ in clauses.values() if not clause.negated])


def _bounded(clauses: Iterable[Clause]) -> tuple[Clause, ...]:
    """Return at most _MAX_CLAUSES clauses; phrases and prefixes beyond their maximum become plain words.

    Exclusions are kept before other clauses: without one, the answer shows what the user excluded.
    """
    all_clauses = list(clauses)
    room = {ClauseKind.PHRASE: _MAX_PHRASES, ClauseKind.PREFIX: _MAX_PREFIXES}
    spare = max(_MAX_CLAUSES - sum(clause.negated for clause in all_clauses), 0)
    kept: list[Clause] = []
    for clause in all_clauses:
        words = [clause]
        if clause.kind in room:
            room[clause.kind] -= 1
            if room[clause.kind] < 0:
                words = [
                    Clause(ClauseKind.WORD, (word,), clause.field) for word in clause.words if word not in STOP_WORDS
                ]
        if clause.negated:
            kept += words if words == [clause] else []
        else:
            kept += words[:spare]
            spare -= len(words[:spare])
    return tuple(kept[:_MAX_CLAUSES])


def _quoted_clauses(piece: re.Match[str], searched: Collection[str]) -> Iterator[tuple[Clause, bool]]:
    """Yield the clauses of a quoted piece, each with whether it is significant.

    A `name:` before the quotes that is no searched field is plain text.
    """
    negated = bool(piece["minus"])
    name = piece["field"] or ""
    field = name.lower() if name.lower() in searched else ""
    if not field:
        yield from _words(name, piece.start("field"), "", negated=negated)
    words = tuple(token.word for token in tokens(piece["quoted"]))[:_MAX_PHRASE_LENGTH]
    if words:
        yield Clause(ClauseKind.PHRASE, words, field, negated), True


def _plain_clauses(piece: str, offset: int, searched: Collection[str]) -> Iterator[tuple[Clause, bool]]:
    """Yield the clauses of an unquoted piece at `offset` of the text, each with whether it is significant."""
    text = piece.lstrip("-")
    negated = len(text) < len(piece)
    offset += len(piece) - len(text)
    field, colon, rest = text.partition(":")
    if colon and rest and field.lower() in searched:
        return _words(rest, offset + len(field) + 1, field.lower(), negated=negated)
    return _words(text, offset, "", negated=negated)


def _words(text: str, offset: int, field: str, *, negated: bool) -> Iterator[tuple[Clause, bool]]:
    """Yield the clauses of a text without quotes or spaces at `offset`, each with whether it is significant.

    Several words typed as one are excluded as a phrase: `-bien-être` does not exclude `bien`.
    """
    words = list(tokens(text))
    if negated and len(words) > 1:
        yield Clause(ClauseKind.PHRASE, tuple(token.word for token in words), field, negated), True
        return
    for token in words:
        kind = ClauseKind.PREFIX if _is_prefix(text, token) else ClauseKind.WORD
        typed = (slice(offset + token.start, offset + token.end),)
        yield (
            Clause(kind, (token.word,), field, negated, typed),
            kind is ClauseKind.PREFIX or token.word not in STOP_WORDS,
        )


def _is_prefix(text: str, token: Token) -> bool:
    return text[token.end : token.end + 1] == "*"
