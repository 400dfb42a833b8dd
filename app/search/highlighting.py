"""Highlights: the best passages of a record for a query, as escaped HTML with `<mark>` around matched words."""

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
FRAGMENT_LENGTH = 200  # characters of a passage, without markup

FieldValues = Mapping[str, str | list[str] | None]


def highlights_for_hit(hit: Hit, record: Record, terms: HighlightTerms) -> dict[str, list[str]]:
    """Return the highlighted passages of the record of `hit`, by field key.

    The offsets of the hit are used when they belong to the version of `record`; otherwise its texts are analysed.
    """
    values = field_values(record.action)
    offsets = hit.offsets if hit.version == record.version else None
    if offsets is None or not _fit(offsets, values):
        offsets = find_match_offsets(values, terms)
    return highlight(values, offsets)


def _fit(offsets: Mapping[str, Sequence[MatchOffset]], values: FieldValues) -> bool:
    """Return whether all `offsets` are within the texts of `values`.

    After a restore, until the index is rebuilt, a version may have been indexed with another content.
    """
    return all(matches[-1].end <= _length(values.get(key)) for key, matches in offsets.items())


def _length(value: str | list[str] | None) -> int:
    """Return the length of `value` in characters; the values of a list count as joined with one character."""
    return len("\n".join(value) if isinstance(value, list) else value or "")


def highlight(
    values: FieldValues, offsets: Mapping[str, Sequence[MatchOffset]], fields: Iterable[Field] = FIELDS
) -> dict[str, list[str]]:
    """Return the highlighted passages of the fields of `values` with `offsets`, by field key.

    A list gives its matching values, a title or name its whole value, a text one or two passages: a second one only if
    it contains a word that the first does not.
    """
    return {
        field.key: _passages(field, value, offsets[field.key])
        for field in fields
        if field.key in offsets and (value := values.get(field.key))
    }


def find_match_offsets(
    values: FieldValues, terms: HighlightTerms, fields: Iterable[Field] = FIELDS
) -> dict[str, list[MatchOffset]]:
    """Return the offsets of `terms` in the searched fields of `values`, in the form of `Hit.offsets`."""
    offsets: dict[str, list[MatchOffset]] = {}
    for field in fields:
        value = values.get(field.key)
        if field.searched and value:
            start = 0
            for text in value if isinstance(value, list) else [value]:
                for token in _matching_tokens(text, field.key, terms):
                    match = MatchOffset(start + token.start, start + token.end, token.stem)
                    offsets.setdefault(field.key, []).append(match)
                start += len(text) + 1
    return offsets


def _matching_tokens(text: str, key: str, terms: HighlightTerms) -> Iterator[Token]:
    """Yield the tokens of `text` that match `terms` in the field `key`."""
    stems = {stem for name in ("", key) for stem in terms.stems.get(name, ())}
    prefixes = tuple(prefix for name in ("", key) for prefix in terms.prefixes.get(name, ()))
    phrases = [phrase for name in ("", key) for phrase in terms.phrases.get(name, ())]
    if not (stems or prefixes or phrases):
        return
    text_tokens = list(tokens(text))
    phrase_indexes = _phrase_indexes([token.stem for token in text_tokens], phrases)
    for index, token in enumerate(text_tokens):
        if token.stem in stems or index in phrase_indexes or token.word.startswith(prefixes):
            yield token


def _phrase_indexes(stems: Sequence[str], phrases: Iterable[tuple[str, ...]]) -> Set[int]:
    """Return the indexes of the stems that are part of a whole phrase."""
    return {
        start + index
        for phrase in phrases
        for start in range(len(stems) - len(phrase) + 1)
        if tuple(stems[start : start + len(phrase)]) == phrase
        for index in range(len(phrase))
    }


def _passages(field: Field, value: str | list[str], matches: Sequence[MatchOffset]) -> list[str]:
    if isinstance(value, list):
        passages = []
        offset = 0
        for text in value:
            inside = [
                MatchOffset(start - offset, end - offset, stem)
                for start, end, stem in matches
                if offset <= start < offset + len(text)
            ]
            if inside:
                passages.append(_to_html(_on_one_line(text), 0, len(text), inside))
            offset += len(text) + 1
        return passages
    if field.kind is FieldKind.TEXT:
        return _fragments(_on_one_line(value), matches)
    return [_to_html(_on_one_line(value), 0, len(value), matches)]


def _on_one_line(text: str) -> str:
    """Return `text` with a space for each tab and line break, which keeps all offsets."""
    return text.replace("\n", " ").replace("\t", " ").replace("\r", " ")


def _fragments(text: str, matches: Sequence[MatchOffset]) -> list[str]:
    """Return the best passages in the text's order, each extended to a fragment; fragments do not overlap."""
    passages = _best_passages(matches)
    fragments = []
    floor = 0
    for passage, next_passage in zip_longest(passages, passages[1:]):
        ceiling = next_passage[0].start if next_passage else len(text)
        start, end = _extend(text, passage, floor, ceiling)
        before = "…" if text[:start].strip() else ""
        after = "…" if end < len(text) else ""
        inside = [match for match in matches if start <= match.start and match.end <= end]
        fragments.append(f"{before}{_to_html(text, start, end, inside)}{after}")
        floor = end
    return fragments


def _best_passages(matches: Sequence[MatchOffset]) -> list[Sequence[MatchOffset]]:
    """Return the best passage, and the best one of those with other stems if there is any; in the text's order."""
    first, _ = _best_passage(matches, frozenset())
    covered = {match.stem for match in first}
    if {match.stem for match in matches} <= covered:
        return [first]
    before = [match for match in matches if match.end <= first[0].start]
    after = [match for match in matches if match.start >= first[-1].end]
    second, new_stems = max((_best_passage(before, covered), _best_passage(after, covered)), key=itemgetter(1))
    return sorted([first, second] if new_stems else [first], key=lambda passage: passage[0].start)


def _best_passage(matches: Sequence[MatchOffset], covered: Set[str]) -> tuple[Sequence[MatchOffset], int]:
    """Return the best passage and its number of stems outside `covered`.

    A passage is a run of matches within FRAGMENT_LENGTH; the first with most such stems, then most matches, wins.
    """
    best: tuple[int, int] = (0, 0)
    bounds = (0, 0)
    stem_counts: dict[str, int] = {}
    start = 0
    for stop, match in enumerate(matches, 1):
        stem_counts[match.stem] = stem_counts.get(match.stem, 0) + 1
        while match.end - matches[start].start > FRAGMENT_LENGTH and start < stop - 1:
            dropped = matches[start].stem
            stem_counts[dropped] -= 1
            if not stem_counts[dropped]:
                del stem_counts[dropped]
            start += 1
        score = (len(stem_counts.keys() - covered), stop - start)
        if score > best:
            best, bounds = score, (start, stop)
    return matches[slice(*bounds)], best[0]


def _extend(text: str, passage: Sequence[MatchOffset], floor: int, ceiling: int) -> tuple[int, int]:
    """Return the start and end of a fragment around `passage`: at word boundaries, from `floor` to `ceiling`."""
    first, last = passage[0].start, passage[-1].end
    spare = max(FRAGMENT_LENGTH - (last - first), 0)
    left = max(first - spare // 2, floor)
    right = min(max(left + FRAGMENT_LENGTH, last), ceiling)
    left = max(min(left, right - FRAGMENT_LENGTH), floor)
    return _word_start(text, left, first), _word_end(text, right, last)


def _word_start(text: str, offset: int, limit: int) -> int:
    """Return the start of the first whole word at or after `offset`, at most `limit`."""
    if offset == 0 or text[offset - 1] == " ":
        return offset
    space = text.find(" ", offset, limit)
    return space + 1 if space >= 0 else limit


def _word_end(text: str, offset: int, limit: int) -> int:
    """Return the end of the last whole word at or before `offset`, at least `limit`."""
    if offset >= len(text) or text[offset] == " ":
        return offset
    space = text.rfind(" ", limit, offset)
    return space if space >= 0 else limit


def _to_html(text: str, start: int, end: int, matches: Sequence[MatchOffset]) -> str:
    """Return `text[start:end]` as HTML with `matches` marked and runs of spaces collapsed."""
    parts = []
    for match in matches:
        parts.append(escape(text[start : match.start]))
        parts.append(f"<mark>{escape(text[match.start : match.end])}</mark>")
        start = match.end
    parts.append(escape(text[start:end]))
    return _SPACES.sub(" ", "".join(parts)).strip()
