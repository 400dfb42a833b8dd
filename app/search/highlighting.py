"""Highlights: the best passages of a record for a query, as HTML in which nothing but `<mark>` is markup."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from html import escape
from itertools import chain, zip_longest
from operator import itemgetter

from app.catalogue.fields import FIELDS, Field, Kind
from app.search.analysis import Token, initials_of, tokens
from app.search.engine import Marks

_BREAKS = re.compile(r"[ \t\r\n]+")
FRAGMENT = 200  # characters of a passage, its marks aside


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is marked in one field; `phrases` by their first stem."""

    stems: frozenset[str]
    prefixes: tuple[str, ...]
    phrases: Mapping[str, Sequence[tuple[str, ...]]]
    initials: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Match:
    """A marked word of a text, and its stem."""

    start: int
    end: int
    stem: str


def highlight(
    values: Mapping[str, str | list[str] | None], marks: Marks, fields: Iterable[Field] = FIELDS
) -> dict[str, list[str]]:
    """Return the marked passages by field key, for the searched fields of `values` in which there are any.

    A list gives its values that match, a title or name is given whole, a text as one or two passages: a second one
    only where it shows a word that the first does not.
    """
    found = {}
    for field in fields:
        value = values.get(field.key)
        wanted = _wanted(field.key, marks)
        if field.searched and value and (wanted.stems or wanted.prefixes or wanted.phrases):
            passages = list(_passages(field, value, wanted))
            if passages:
                found[field.key] = passages
    return found


def _wanted(key: str, marks: Marks) -> _Wanted:
    nothing: frozenset[str] = frozenset()
    phrases: dict[str, list[tuple[str, ...]]] = {}
    for phrase in (*marks.phrases.get("", ()), *marks.phrases.get(key, ())):
        phrases.setdefault(phrase[0], []).append(phrase)
    stems = marks.stems.get("", nothing) | marks.stems.get(key, nothing)
    prefixes = tuple(marks.prefixes.get("", nothing) | marks.prefixes.get(key, nothing))
    return _Wanted(stems, prefixes, phrases, initials_of(chain(stems, prefixes)))


def _passages(field: Field, value: str | list[str], wanted: _Wanted) -> Iterator[str]:
    texts = value if isinstance(value, list) else [value]
    for text in texts:
        line = _BREAKS.sub(" ", text).strip()
        matches = _matches(line, wanted)
        if matches and field.kind is Kind.TEXT:
            yield from _fragments(line, matches)
        elif matches:
            yield _marked(line, 0, len(line), matches)


def _matches(text: str, wanted: _Wanted) -> list[_Match]:
    # Whether words stand side by side shows only among all of them.
    found = list(tokens(text, None if wanted.phrases else wanted.initials))
    in_phrase = _in_phrase(found, wanted.phrases) if wanted.phrases else frozenset()
    return [
        _Match(token.start, token.end, token.stem)
        for place, token in enumerate(found)
        if token.stem in wanted.stems or place in in_phrase or token.word.startswith(wanted.prefixes)
    ]


def _in_phrase(found: Sequence[Token], phrases: Mapping[str, Sequence[tuple[str, ...]]]) -> Set[int]:
    """Return the places of the words that stand in one of `phrases`, whole."""
    stems = [token.stem for token in found]
    return {
        place + distance
        for place, stem in enumerate(stems)
        for phrase in phrases.get(stem, ())
        if tuple(stems[place : place + len(phrase)]) == phrase
        for distance in range(len(phrase))
    }


def _fragments(text: str, matches: Sequence[_Match]) -> Iterator[str]:
    """Yield the chosen passages in the text's order, widened to a fragment each without running into one another."""
    chosen = _best(matches)
    floor = 0
    for passage, following in zip_longest(chosen, chosen[1:]):
        ceiling = following[0].start if following else len(text)
        start, end = _widened(text, passage, floor, ceiling)
        before = "…" if start > 0 else ""
        after = "…" if end < len(text) else ""
        inside = [match for match in matches if start <= match.start and match.end <= end]
        yield f"{before}{_marked(text, start, end, inside)}{after}"
        floor = end


def _best(matches: Sequence[_Match]) -> list[Sequence[_Match]]:
    """Return the richest passage and, where another shows a new word, the richest of those; in the text's order."""
    first, _ = _richest(matches, frozenset())
    shown = frozenset(match.stem for match in first)
    before = [match for match in matches if match.end <= first[0].start]
    after = [match for match in matches if match.start >= first[-1].end]
    second, fresh = max((_richest(before, shown), _richest(after, shown)), key=itemgetter(1))
    return sorted([first, second] if fresh else [first], key=lambda passage: passage[0].start)


def _richest(matches: Sequence[_Match], shown: Set[str]) -> tuple[Sequence[_Match], int]:
    """Return the first run of matches within a fragment that has most new stems, then most matches, and how many."""
    best: tuple[int, int] = (0, 0)
    bounds = (0, 0)
    inside: dict[str, int] = {}
    start = 0
    for stop, match in enumerate(matches, 1):
        inside[match.stem] = inside.get(match.stem, 0) + 1
        while match.end - matches[start].start > FRAGMENT and start < stop - 1:
            gone = matches[start].stem
            inside[gone] -= 1
            if not inside[gone]:
                del inside[gone]
            start += 1
        worth = (len(inside.keys() - shown), stop - start)
        if worth > best:
            best, bounds = worth, (start, stop)
    return matches[slice(*bounds)], best[0]


def _widened(text: str, passage: Sequence[_Match], floor: int, ceiling: int) -> tuple[int, int]:
    """Return where a fragment around `passage` begins and ends: between words, from `floor` to `ceiling`."""
    first, last = passage[0].start, passage[-1].end
    spare = max(FRAGMENT - (last - first), 0)
    left = max(first - spare // 2, floor)
    right = min(max(left + FRAGMENT, last), ceiling)
    left = max(min(left, right - FRAGMENT), floor)
    return _word_start(text, left, first), _word_end(text, right, last)


def _word_start(text: str, at: int, limit: int) -> int:
    """Return where the first whole word after `at` begins, `limit` at the latest."""
    if at == 0 or text[at - 1] == " ":
        return at
    space = text.find(" ", at, limit)
    return space + 1 if space >= 0 else limit


def _word_end(text: str, at: int, limit: int) -> int:
    """Return where the last whole word before `at` ends, `limit` at the earliest."""
    if at >= len(text) or text[at] == " ":
        return at
    space = text.rfind(" ", limit, at)
    return space if space >= 0 else limit


def _marked(text: str, start: int, end: int, matches: Sequence[_Match]) -> str:
    parts = []
    for match in matches:
        parts.append(escape(text[start : match.start]))
        parts.append(f"<mark>{escape(text[match.start : match.end])}</mark>")
        start = match.end
    parts.append(escape(text[start:end]))
    return "".join(parts)
