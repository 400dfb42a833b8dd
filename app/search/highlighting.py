"""Highlights: the best passages of a record for a query, as HTML in which nothing but `<mark>` is markup."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from html import escape
from itertools import zip_longest
from operator import itemgetter

from app.catalogue.action import field_values
from app.catalogue.fields import FIELDS, Field, FieldKind
from app.catalogue.record import Record
from app.search.analysis import Token, tokens
from app.search.engine import HighlightTerms, Hit, MatchOffset

_SPACES = re.compile("  +")
FRAGMENT_LENGTH = 200  # characters of a passage, its marks aside

Values = Mapping[str, str | list[str] | None]


def highlights_for_hit(hit: Hit, record: Record, marks: HighlightTerms) -> dict[str, list[str]]:
    """Return the marked passages of `record`, which `hit` is, by field key; `marks` are those of its answer.

    The engine knows where the words stand in the version that it holds; in another one they are looked for.
    """
    values = field_values(record.action)
    known = hit.offsets if hit.version == record.version else None
    if known is None or not _fit(known, values):
        known = find_match_offsets(values, marks)
    return highlight(values, known)


def _fit(spots: Mapping[str, Sequence[MatchOffset]], values: Values) -> bool:
    """Tell whether all `spots` are within the texts of `values`.

    Until the index has been built anew after a restore, it may know another content under the number of a version.
    """
    return all(found[-1].end <= _length(values.get(key)) for key, found in spots.items())


def _length(value: str | list[str] | None) -> int:
    """Return how many characters `value` has, those between the values of a list among them."""
    return len("\n".join(value) if isinstance(value, list) else value or "")


def highlight(
    values: Values, spots: Mapping[str, Sequence[MatchOffset]], fields: Iterable[Field] = FIELDS
) -> dict[str, list[str]]:
    """Return the marked passages by field key, for the searched fields of `values` in which there are `spots`.

    A list gives its values that match, a title or name is given whole, a text as one or two passages: a second one
    only where it shows a word that the first does not.
    """
    return {
        field.key: list(_passages(field, value, spots[field.key]))
        for field in fields
        if field.key in spots and (value := values.get(field.key))
    }


def find_match_offsets(
    values: Values, marks: HighlightTerms, fields: Iterable[Field] = FIELDS
) -> dict[str, list[MatchOffset]]:
    """Return where the searched fields of `values` hold what `marks` say, as `Hit.spots` has it."""
    found: dict[str, list[MatchOffset]] = {}
    for field in fields:
        value = values.get(field.key)
        if field.searched and value:
            at = 0
            for text in value if isinstance(value, list) else [value]:
                for token in _marked_tokens(text, field.key, marks):
                    spot = MatchOffset(at + token.start, at + token.end, token.stem)
                    found.setdefault(field.key, []).append(spot)
                at += len(text) + 1
    return found


def _marked_tokens(text: str, key: str, marks: HighlightTerms) -> Iterator[Token]:
    """Yield the words of `text` that are marked in the field `key`."""
    stems = {stem for name in ("", key) for stem in marks.stems.get(name, ())}
    prefixes = tuple(prefix for name in ("", key) for prefix in marks.prefixes.get(name, ()))
    phrases = [phrase for name in ("", key) for phrase in marks.phrases.get(name, ())]
    if not (stems or prefixes or phrases):
        return
    found = list(tokens(text))
    in_phrase = _in_phrase([token.stem for token in found], phrases)
    for place, token in enumerate(found):
        if token.stem in stems or place in in_phrase or token.word.startswith(prefixes):
            yield token


def _in_phrase(stems: Sequence[str], phrases: Iterable[tuple[str, ...]]) -> Set[int]:
    """Return the places of the words that stand in one of `phrases`, whole."""
    return {
        place + distance
        for phrase in phrases
        for place in range(len(stems) - len(phrase) + 1)
        if tuple(stems[place : place + len(phrase)]) == phrase
        for distance in range(len(phrase))
    }


def _passages(field: Field, value: str | list[str], spots: Sequence[MatchOffset]) -> Iterator[str]:
    if isinstance(value, list):
        at = 0
        for text in value:
            inside = [
                MatchOffset(start - at, end - at, stem) for start, end, stem in spots if at <= start < at + len(text)
            ]
            if inside:
                yield _marked(_on_one_line(text), 0, len(text), inside)
            at += len(text) + 1
    elif field.kind is FieldKind.TEXT:
        yield from _fragments(_on_one_line(value), spots)
    else:
        yield _marked(_on_one_line(value), 0, len(value), spots)


def _on_one_line(text: str) -> str:
    """Return `text` with a space for each character that breaks it, so that words stand where they stood."""
    return text.replace("\n", " ").replace("\t", " ").replace("\r", " ")


def _fragments(text: str, matches: Sequence[MatchOffset]) -> Iterator[str]:
    """Yield the chosen passages in the text's order, widened to a fragment each without running into one another."""
    chosen = _best(matches)
    floor = 0
    for passage, following in zip_longest(chosen, chosen[1:]):
        ceiling = following[0].start if following else len(text)
        start, end = _widened(text, passage, floor, ceiling)
        before = "…" if text[:start].strip() else ""
        after = "…" if end < len(text) else ""
        inside = [match for match in matches if start <= match.start and match.end <= end]
        yield f"{before}{_marked(text, start, end, inside)}{after}"
        floor = end


def _best(matches: Sequence[MatchOffset]) -> list[Sequence[MatchOffset]]:
    """Return the richest passage and, where another shows a new word, the richest of those; in the text's order."""
    first, _ = _richest(matches, frozenset())
    shown = frozenset(match.stem for match in first)
    if all(match.stem in shown for match in matches):
        return [first]
    before = [match for match in matches if match.end <= first[0].start]
    after = [match for match in matches if match.start >= first[-1].end]
    second, fresh = max((_richest(before, shown), _richest(after, shown)), key=itemgetter(1))
    return sorted([first, second] if fresh else [first], key=lambda passage: passage[0].start)


def _richest(matches: Sequence[MatchOffset], shown: Set[str]) -> tuple[Sequence[MatchOffset], int]:
    """Return the first run of matches within a fragment that has most new stems, then most matches, and how many."""
    best: tuple[int, int] = (0, 0)
    bounds = (0, 0)
    inside: dict[str, int] = {}
    start = 0
    for stop, match in enumerate(matches, 1):
        inside[match.stem] = inside.get(match.stem, 0) + 1
        while match.end - matches[start].start > FRAGMENT_LENGTH and start < stop - 1:
            gone = matches[start].stem
            inside[gone] -= 1
            if not inside[gone]:
                del inside[gone]
            start += 1
        worth = (len(inside.keys() - shown), stop - start)
        if worth > best:
            best, bounds = worth, (start, stop)
    return matches[slice(*bounds)], best[0]


def _widened(text: str, passage: Sequence[MatchOffset], floor: int, ceiling: int) -> tuple[int, int]:
    """Return where a fragment around `passage` begins and ends: between words, from `floor` to `ceiling`."""
    first, last = passage[0].start, passage[-1].end
    spare = max(FRAGMENT_LENGTH - (last - first), 0)
    left = max(first - spare // 2, floor)
    right = min(max(left + FRAGMENT_LENGTH, last), ceiling)
    left = max(min(left, right - FRAGMENT_LENGTH), floor)
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


def _marked(text: str, start: int, end: int, matches: Sequence[MatchOffset]) -> str:
    """Return `text` from `start` to `end` as HTML, with no more than one space between words."""
    parts = []
    for match in matches:
        parts.append(escape(text[start : match.start]))
        parts.append(f"<mark>{escape(text[match.start : match.end])}</mark>")
        start = match.end
    parts.append(escape(text[start:end]))
    return _SPACES.sub(" ", "".join(parts)).strip()
