"""The query language: what a person types, read as clauses; nothing typed is ever an error."""

import dataclasses
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from app.catalogue.fields import FIELDS
from app.search.analysis import STOP_WORDS, Token, stem, tokens

_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»＂", '"'))
# A quoted part with what may stand before it, or a run of anything but spaces and quotes.
_PIECE = re.compile(r'(?P<minus>-*)(?:(?P<field>\w+):)?"(?P<quoted>[^"]*)"|(?P<plain>[^\s"]+)')
_SEARCHED = tuple(declared.key for declared in FIELDS if declared.searched)

_MAX_CLAUSES = 40
_MAX_PHRASES = 8
_MAX_PREFIXES = 8
_MAX_PHRASE_LENGTH = 12  # words


class ClauseKind(StrEnum):
    """What the words of a clause are to a record that matches it."""

    WORD = "mot"  # it holds one with the same stem
    PHRASE = "expression"  # it holds them side by side in one field
    PREFIX = "début"  # it holds one that begins so


@dataclass(frozen=True, slots=True)
class Clause:
    """One wish of a query: folded words, wanted in `field` (any searched one when empty), or not at all if negated.

    `typed` is where the word of a wish without quotes stands in the text, each time: no part of what is wished.
    """

    kind: ClauseKind
    words: tuple[str, ...]
    field: str = ""
    negated: bool = False
    typed: tuple[slice, ...] = dataclasses.field(default=(), compare=False)

    @property
    def stems(self) -> tuple[str, ...]:
        """The stems of the words, in their order."""
        return tuple(stem(word) for word in self.words)

    @property
    def identity(self) -> tuple[str, ...]:
        """What is equal for clauses that the same records meet: `jardin` and `jardins` are one wish."""
        return self.kind, self.field, str(self.negated), *(self.words if self.kind is ClauseKind.PREFIX else self.stems)


def parse_text(text: str, searched: Collection[str] = _SEARCHED) -> tuple[Clause, ...]:
    """Return the distinct clauses of `text`; none when it holds no word. `interpretation` says which have to be met.

    `searched` are the keys of the fields that `field:` may name. A stop word counts in a phrase only, or when the text
    holds nothing else.
    """
    clauses: dict[tuple[str, ...], tuple[Clause, bool]] = {}
    for piece in _PIECE.finditer(text.translate(_QUOTES)):
        found = _plain(piece["plain"], piece.start("plain"), searched) if piece["plain"] else _quoted(piece, searched)
        for clause, counts in found:
            known, counted = clauses.get(clause.identity, (None, False))
            again = dataclasses.replace(known, typed=known.typed + clause.typed) if known else clause
            clauses[clause.identity] = again, counted or counts
    counting = [clause for clause, counts in clauses.values() if counts]
    return _bounded(counting or [clause for clause, _ in clauses.values() if not clause.negated])


def _bounded(clauses: Iterable[Clause]) -> tuple[Clause, ...]:
    """Return `clauses` so that they take a bounded time: of too many phrases or prefixes the last are plain words.

    Room is kept for what excludes: to leave out a word of many changes little, to leave out an exclusion shows what was
    not wanted.
    """
    given = list(clauses)
    room = {ClauseKind.PHRASE: _MAX_PHRASES, ClauseKind.PREFIX: _MAX_PREFIXES}
    spare = max(_MAX_CLAUSES - sum(clause.negated for clause in given), 0)
    kept: list[Clause] = []
    for clause in given:
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


def _quoted(piece: re.Match[str], searched: Collection[str]) -> Iterator[tuple[Clause, bool]]:
    """Yield the clauses of a quoted piece; what stands before it is plain text unless it names a field."""
    negated = bool(piece["minus"])
    named = piece["field"] or ""
    field = named.lower() if named.lower() in searched else ""
    if not field:
        yield from _words(named, piece.start("field"), "", negated=negated)
    words = tuple(token.word for token in tokens(piece["quoted"]))[:_MAX_PHRASE_LENGTH]
    if words:
        yield Clause(ClauseKind.PHRASE, words, field, negated), True


def _plain(piece: str, at: int, searched: Collection[str]) -> Iterator[tuple[Clause, bool]]:
    """Yield the clauses of a piece without quotes, which stands at `at`."""
    text = piece.lstrip("-")
    negated = len(text) < len(piece)
    at += len(piece) - len(text)
    field, colon, rest = text.partition(":")
    if colon and rest and field.lower() in searched:
        return _words(rest, at + len(field) + 1, field.lower(), negated=negated)
    return _words(text, at, "", negated=negated)


def _words(text: str, at: int, field: str, *, negated: bool) -> Iterator[tuple[Clause, bool]]:
    """Yield the clauses of a text at `at` without quotes or spaces, and whether each counts even beside others.

    Several words that were typed as one (`bien-être`) are excluded together: `-bien-être` spares `bien`.
    """
    found = list(tokens(text))
    if negated and len(found) > 1:
        yield Clause(ClauseKind.PHRASE, tuple(token.word for token in found), field, negated), True
        return
    for token in found:
        kind = ClauseKind.PREFIX if _is_prefix(text, token) else ClauseKind.WORD
        typed = (slice(at + token.start, at + token.end),)
        yield (
            Clause(kind, (token.word,), field, negated, typed),
            kind is ClauseKind.PREFIX or token.word not in STOP_WORDS,
        )


def _is_prefix(text: str, token: Token) -> bool:
    return text[token.end : token.end + 1] == "*"
