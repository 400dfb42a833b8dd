"""The query language: what a person types, read as clauses; nothing typed is ever an error."""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from app.catalogue.fields import FIELDS
from app.search.analysis import STOP, Token, stem, tokens
from app.search.engine import Marks

_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»＂", '"'))
# A quoted part with what may stand before it, or a run of anything but spaces and quotes.
_PIECE = re.compile(r'(?P<minus>-*)(?:(?P<field>\w+):)?"(?P<quoted>[^"]*)"|(?P<plain>[^\s"]+)')
_SEARCHED = tuple(field.key for field in FIELDS if field.searched)


_MOST_CLAUSES = 40
_MOST_PHRASES = 4
_LONGEST_PHRASE = 12  # words


class Kind(StrEnum):
    """What the words of a clause are to a record that matches it."""

    WORD = "mot"  # it holds one with the same stem
    PHRASE = "expression"  # it holds them side by side in one field
    PREFIX = "début"  # it holds one that begins so


@dataclass(frozen=True, slots=True)
class Clause:
    """One wish of a query: folded words, wanted in `field` (any searched one when empty), or not at all if negated."""

    kind: Kind
    words: tuple[str, ...]
    field: str = ""
    negated: bool = False

    @property
    def stems(self) -> tuple[str, ...]:
        """The stems of the words, in their order."""
        return tuple(stem(word) for word in self.words)

    @property
    def wish(self) -> tuple[str, ...]:
        """What is equal for clauses that the same records meet: `jardin` and `jardins` are one wish."""
        return self.kind, self.field, str(self.negated), *(self.words if self.kind is Kind.PREFIX else self.stems)


def parse_text(text: str, searched: Collection[str] = _SEARCHED) -> tuple[Clause, ...]:
    """Return the distinct clauses of `text`, all of which a record has to meet; none when it holds no word.

    `searched` are the keys of the fields that `field:` may name. A stop word counts in a phrase only, or when the text
    holds nothing else.
    """
    clauses: dict[tuple[str, ...], tuple[Clause, bool]] = {}
    for piece in _PIECE.finditer(text.translate(_QUOTES)):
        found = _plain(piece["plain"], searched) if piece["plain"] else _quoted(piece, searched)
        for clause, counts in found:
            known, counted = clauses.get(clause.wish, (clause, False))
            clauses[clause.wish] = known, counted or counts
    counting = [clause for clause, counts in clauses.values() if counts]
    return _bounded(counting or [clause for clause, _ in clauses.values() if not clause.negated])


def _bounded(clauses: Iterable[Clause]) -> tuple[Clause, ...]:
    """Return `clauses` so that they take a bounded time: of too many phrases the last are words, or not excluded."""
    kept: list[Clause] = []
    phrases = 0
    for clause in clauses:
        phrases += clause.kind is Kind.PHRASE
        if clause.kind is not Kind.PHRASE or phrases <= _MOST_PHRASES:
            kept.append(clause)
        elif not clause.negated:
            kept += [Clause(Kind.WORD, (word,), clause.field) for word in clause.words if word not in STOP]
    return tuple(kept[:_MOST_CLAUSES])


def marks_of(clauses: Iterable[Clause]) -> Marks:
    """Return what to mark in a record that meets `clauses`; the stop words of a phrase are not marked."""
    stems: dict[str, set[str]] = {}
    prefixes: dict[str, set[str]] = {}
    for clause in clauses:
        if clause.negated:
            continue
        if clause.kind is Kind.PREFIX:
            prefixes.setdefault(clause.field, set()).update(clause.words)
        else:
            telling = [word for word in clause.words if word not in STOP] or clause.words
            stems.setdefault(clause.field, set()).update(stem(word) for word in telling)
    return Marks(
        {key: frozenset(values) for key, values in stems.items()},
        {key: frozenset(values) for key, values in prefixes.items()},
    )


def _quoted(piece: re.Match[str], searched: Collection[str]) -> Iterator[tuple[Clause, bool]]:
    """Yield the clauses of a quoted piece; what stands before it is plain text unless it names a field."""
    negated = bool(piece["minus"])
    field = (piece["field"] or "").lower()
    if field not in searched:
        yield from _words(field, "", negated=negated)
        field = ""
    words = tuple(token.word for token in tokens(piece["quoted"]))[:_LONGEST_PHRASE]
    if words:
        yield Clause(Kind.PHRASE if len(words) > 1 else Kind.WORD, words, field, negated), True


def _plain(piece: str, searched: Collection[str]) -> Iterator[tuple[Clause, bool]]:
    """Yield the clauses of a piece without quotes."""
    text = piece.lstrip("-")
    negated = len(text) < len(piece)
    field, colon, rest = text.partition(":")
    if colon and rest and field.lower() in searched:
        return _words(rest, field.lower(), negated=negated)
    return _words(text, "", negated=negated)


def _words(text: str, field: str, *, negated: bool) -> Iterator[tuple[Clause, bool]]:
    """Yield the clauses of a text without quotes or spaces, and whether each counts even beside others.

    Several words that were typed as one (`bien-être`) are excluded together: `-bien-être` spares `bien`.
    """
    found = list(tokens(text))
    if negated and len(found) > 1:
        yield Clause(Kind.PHRASE, tuple(token.word for token in found), field, negated), True
        return
    for token in found:
        kind = Kind.PREFIX if _is_prefix(text, token) else Kind.WORD
        yield Clause(kind, (token.word,), field, negated), kind is Kind.PREFIX or token.word not in STOP


def _is_prefix(text: str, token: Token) -> bool:
    return text[token.end : token.end + 1] == "*"
