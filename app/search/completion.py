"""Completion of a typed text with titles, keywords, structures, départements and regions; independent of the engine."""

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from heapq import heapify, heappop

from rapidfuzz import process
from rapidfuzz.distance import OSA

from app.catalogue.text import fold
from app.search.engine import Suggestion

_MIN_LENGTH = 2  # letters of a text to complete
_MAX_EDITS = ((64, 0), (8, 2), (4, 1))  # (letters from which, number of wrong letters allowed), longest first
_ELISION = re.compile(r"\W*(?:[cdjlmnst]|(?:jus|lors|puis|quoi)?qu)'(?=\w)")
_WORD = re.compile(r"[^\W_]+")
_AFTER_PREFIX = "\U0010ffff"  # sorts after every character of a word


@dataclass(frozen=True, slots=True)
class CompletionEntry:
    """A candidate for completion; its fields are those of `app.search.engine.Suggestion`."""

    text: str
    kind: str
    id: str
    count: int


class Completions:
    """Completion entries, sorted for prefix search. Thread-safe.

    Letters and digits are compared, without case or accents; hyphens and apostrophes end a word, and an elided article
    at the start (`l'`) is ignored. An entry matches when the typed text is a prefix of it, from its first word or any
    other. When exact completions do not fill the list, similar ones do: one edit (insertion, deletion, substitution,
    transposition) from 4 letters on, two from 8, none from 64, where it would take too long. A wrong first letter has
    to be the only edit.

    Entries of one kind that are equal once folded are merged: the most frequent one, with the sum of the counts.
    """

    def __init__(self, entries: Iterable[CompletionEntry]) -> None:
        ranked = sorted(_distinct(entries), key=_sort_key)
        self._entries = [entry for _, entry in ranked]
        kinds: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for rank, (words, entry) in enumerate(ranked):
            kinds[entry.kind].append((words, rank))
        self._indexes = [_SuffixIndex(entries_of_kind, len(ranked)) for entries_of_kind in kinds.values()]

    def complete(self, text: str, size: int) -> tuple[Suggestion, ...]:
        """Return up to `size` entries that complete `text`, best first; none under _MIN_LENGTH letters.

        Entries that match from their first word come first, then those of more records, the shorter, and alphabetical
        order. Similar completions follow, fewer edits first. One kind takes at most half of the list while other kinds
        can fill it: otherwise thousands of structures with similar names would hide the titles.
        """
        _, typed = _compare(text)
        letters = len(typed.replace(" ", ""))
        if letters < _MIN_LENGTH or size < 1:
            return ()
        chosen = self._choose([index.with_prefix(typed) for index in self._indexes], size)
        edits = next((edits for minimum, edits in _MAX_EDITS if letters >= minimum), 0)
        if edits and len(chosen) < size:
            known = {self._rank(value) for value in chosen}
            similar = [
                {value for value in index.with_similar_prefix(typed, edits) if self._rank(value) not in known}
                for index in self._indexes
            ]
            chosen += self._choose(similar, size - len(chosen))
        return tuple(self._entries[self._rank(value)] for value in chosen)

    def _rank(self, value: int) -> int:
        return value % len(self._entries)

    def _choose(self, values_by_kind: Iterable[set[int]], size: int) -> list[int]:
        """Return the `size` smallest values, sorted, one per entry; at most half of one kind if the others suffice."""
        best = sorted(value for values in values_by_kind for value in self._smallest(values, size))
        counts: Counter[str] = Counter()
        within_half: list[int] = []
        beyond_half: list[int] = []
        for value in best:
            kind = self._entries[self._rank(value)].kind
            counts[kind] += 1
            (within_half if counts[kind] <= (size + 1) // 2 else beyond_half).append(value)
        return sorted((within_half + beyond_half)[:size])

    def _smallest(self, values: set[int], size: int) -> Iterable[int]:
        """Return the smallest value of each of the first `size` entries."""
        heap = list(values)
        heapify(heap)
        smallest: dict[int, int] = {}
        while heap and len(smallest) < size:
            value = heappop(heap)
            smallest.setdefault(self._rank(value), value)
        return smallest.values()


class _SuffixIndex:
    """The suffixes (from each word on) of the entries of one kind, sorted, with a sort value each; smaller is better.

    The value is the rank of the entry; plus the number of entries when the suffix is not the whole entry; plus twice
    that number per half edit. So fewer edits always sort first, and the value modulo the number of entries is the rank.
    """

    def __init__(self, ranked: Iterable[tuple[str, int]], entry_count: int) -> None:
        suffixes: list[str] = []
        values: list[int] = []
        for words, rank in ranked:
            suffixes.append(words)
            values.append(rank)
            space = words.find(" ")
            while space > 0:
                suffixes.append(words[space + 1 :])
                values.append(rank + entry_count)
                space = words.find(" ", space + 1)
        order = sorted(range(len(suffixes)), key=suffixes.__getitem__)
        self._suffixes = [suffixes[index] for index in order]
        self._values = [values[index] for index in order]
        self._initials = sorted({suffix[0] for suffix in self._suffixes})
        self._half_edit = 2 * entry_count

    def with_prefix(self, typed: str) -> set[int]:
        """Return the values of the suffixes that begin with `typed`."""
        return set(self._values[self._prefix_range(typed)])

    def with_similar_prefix(self, typed: str, edits: int) -> set[int]:
        """Return the values of the suffixes with a similar prefix; a wrong first letter is 1.5 edits."""
        prefixes = [(prefix, 2 * distance) for prefix, distance in self._mistyped(typed, edits)]
        prefixes += [(prefix, 3) for prefix in self._other_initials(typed)]
        return {
            value + half_edits * self._half_edit
            for prefix, half_edits in prefixes
            for value in self._values[self._prefix_range(prefix)]
        }

    def _prefix_range(self, prefix: str) -> slice:
        low = bisect_left(self._suffixes, prefix)
        return slice(low, bisect_left(self._suffixes, prefix + _AFTER_PREFIX, low))

    def _mistyped(self, typed: str, edits: int) -> Iterator[tuple[str, int]]:
        """Yield prefixes of suffixes with the typed first letter within `edits` of `typed`, and their distance."""
        size = len(typed)
        prefixes = list({suffix[: size + edits] for suffix in self._suffixes[self._prefix_range(typed[0])]})
        # A prefix within `edits` at some length is within twice that at the length of `typed`.
        candidates = process.extract(
            typed, [prefix[:size] for prefix in prefixes], scorer=OSA.distance, score_cutoff=2 * edits, limit=None
        )
        for _, _, index in candidates:
            lengths = range(size - edits, size + edits + 1)
            distance = min(OSA.distance(typed, prefixes[index][:length]) for length in lengths)
            if distance <= edits:
                yield prefixes[index], distance

    def _other_initials(self, typed: str) -> Iterator[str]:
        """Yield the prefixes with another first letter at distance 1 of `typed`."""
        yield from (initial + rest for initial in self._initials for rest in (typed, typed[1:]) if initial != typed[0])
        yield from (prefix for prefix in (typed[1:], typed[1] + typed[0] + typed[2:]) if prefix[0] != typed[0])


def _compare(text: str) -> tuple[str, str]:
    """Return `text` folded, and its words joined with single spaces, without an elision at the start."""
    folded = fold(text)
    elision = _ELISION.match(folded)
    return folded, " ".join(_WORD.findall(folded, elision.end() if elision else 0))


# Completions are rebuilt after each change of the catalogue, mostly from the same texts.
_cached_compare = lru_cache(maxsize=50_000)(_compare)


def _distinct(entries: Iterable[CompletionEntry]) -> Iterator[tuple[str, Suggestion]]:
    """Yield each distinct entry with its words; entries without words are left out."""
    groups: dict[tuple[str, str, str], list[CompletionEntry]] = defaultdict(list)
    for entry in entries:
        groups[entry.kind, *_cached_compare(entry.text)].append(entry)
    for (kind, _, words), group in groups.items():
        if words:
            best = min(group, key=lambda entry: (-entry.count, entry.text, entry.id))
            yield words, Suggestion(best.text, kind, best.id, sum(entry.count for entry in group))


def _sort_key(words_and_entry: tuple[str, Suggestion]) -> tuple[int, int, str, str, str]:
    words, entry = words_and_entry
    return -entry.count, len(words), words, entry.kind, entry.id
