"""Completes what someone is typing with titles, keywords, structures and places, whatever engine lists them."""

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

_MIN_LENGTH = 2  # letters, under which nothing is completed
_EDITS = ((64, 0), (8, 2), (4, 1))  # from that many letters on, so many of them may be wrong
_ELISION = re.compile(r"\W*(?:[cdjlmnst]|(?:jus|lors|puis|quoi)?qu)'(?=\w)")
_WORD = re.compile(r"[^\W_]+")
_LAST = "\U0010ffff"  # sorts after every character of a word


@dataclass(frozen=True, slots=True)
class CompletionEntry:
    """Something to complete with; its fields are those of `app.search.engine.Suggestion`."""

    text: str
    kind: str
    id: str
    count: int


class Completions:
    """Entries to complete with, ready to be asked many times; safe to use from several threads.

    Letters and digits are compared, without case or accents; hyphens and apostrophes end a word, and an elided article
    before the first one (`l'`) is left aside. An entry matches when it begins with what is typed, at its first word or
    at any other. Once nothing more matches so, one letter of 4 or more may be wrong (missing, superfluous, another one,
    swapped with its neighbour), two of 8 or more, none of 64 or more: that would take long and help nobody. Where the
    first letter is not the typed one, that has to be the only fault.

    Entries of one kind that `fold` makes equal are one: the most frequent, with the count of all.
    """

    def __init__(self, entries: Iterable[CompletionEntry]) -> None:
        ranked = sorted(_distinct(entries), key=_usefulness)
        self._entries = [entry for _, entry in ranked]
        kinds: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for rank, (words, entry) in enumerate(ranked):
            kinds[entry.kind].append((words, rank))
        self._indexes = [_SuffixIndex(of_kind, len(ranked)) for of_kind in kinds.values()]

    def complete(self, text: str, size: int) -> tuple[Suggestion, ...]:
        """Return up to `size` entries that `text` may become, the most useful first; none for less than two letters.

        Entries that begin with it come before those in which another word does, then those of more records, then the
        shorter, then by alphabet. Near ones follow, with fewer faults first. One kind takes at most half of the
        places while others have something for the rest: else thousands of structures named alike would hide the titles.
        """
        _, typed = _compare(text)
        letters = len(typed.replace(" ", ""))
        if letters < _MIN_LENGTH or size < 1:
            return ()
        chosen = self._choose([shelf.with_prefix(typed) for shelf in self._indexes], size)
        edits = next((edits for least, edits in _EDITS if letters >= least), 0)
        if edits and len(chosen) < size:
            known = {self._rank(value) for value in chosen}
            near = [
                {v for v in shelf.with_near_prefix(typed, edits) if self._rank(v) not in known}
                for shelf in self._indexes
            ]
            chosen += self._choose(near, size - len(chosen))
        return tuple(self._entries[self._rank(value)] for value in chosen)

    def _rank(self, value: int) -> int:
        return value % len(self._entries)

    def _choose(self, shelves: Iterable[set[int]], size: int) -> list[int]:
        """Return the least values of all shelves, sorted, one an entry; of one shelf half of them if others suffice."""
        best = sorted(value for values in shelves for value in self._least(values, size))
        taken: Counter[str] = Counter()
        first: list[int] = []
        spare: list[int] = []
        for value in best:
            kind = self._entries[self._rank(value)].kind
            taken[kind] += 1
            (first if taken[kind] <= (size + 1) // 2 else spare).append(value)
        return sorted((first + spare)[:size])

    def _least(self, values: set[int], size: int) -> Iterable[int]:
        """Return the least of `values` for each of the `size` entries that come first."""
        heap = list(values)
        heapify(heap)
        found: dict[int, int] = {}
        while heap and len(found) < size:
            value = heappop(heap)
            found.setdefault(self._rank(value), value)
        return found.values()


class _SuffixIndex:
    """The tails of one kind of entry, sorted, each with its value: what is less is more useful.

    A value is the rank of the entry among all of them; plus their number when the tail is not the whole entry; plus
    twice their number for each half fault, which makes a value less than another one only if its faults are not more.
    """

    def __init__(self, ranked: Iterable[tuple[str, int]], entries: int) -> None:
        tails: list[str] = []
        values: list[int] = []
        for words, rank in ranked:
            tails.append(words)
            values.append(rank)
            place = words.find(" ")
            while place > 0:
                tails.append(words[place + 1 :])
                values.append(rank + entries)
                place = words.find(" ", place + 1)
        order = sorted(range(len(tails)), key=tails.__getitem__)
        self._tails = [tails[place] for place in order]
        self._values = [values[place] for place in order]
        self._initials = sorted({tail[0] for tail in self._tails})
        self._half_fault = 2 * entries

    def with_prefix(self, typed: str) -> set[int]:
        """Return the values of the tails that begin with `typed`."""
        return set(self._values[self._span(typed)])

    def with_near_prefix(self, typed: str, edits: int) -> set[int]:
        """Return the values of the tails that begin nearly so; a wrong first letter counts half a fault more."""
        found = [(beginning, 2 * faults) for beginning, faults in self._mistyped(typed, edits)]
        found += [(beginning, 3) for beginning in self._other_initials(typed)]
        return {
            value + halves * self._half_fault
            for beginning, halves in found
            for value in self._values[self._span(beginning)]
        }

    def _span(self, beginning: str) -> slice:
        low = bisect_left(self._tails, beginning)
        return slice(low, bisect_left(self._tails, beginning + _LAST, low))

    def _mistyped(self, typed: str, edits: int) -> Iterator[tuple[str, int]]:
        """Yield the beginnings of tails with the typed first letter, and their faults: `edits` at most."""
        size = len(typed)
        beginnings = list({tail[: size + edits] for tail in self._tails[self._span(typed[0])]})
        # What is near at any length is at most so far away at the length of what is typed.
        candidates = process.extract(
            typed, [part[:size] for part in beginnings], scorer=OSA.distance, score_cutoff=2 * edits, limit=None
        )
        for _, _, place in candidates:
            lengths = range(size - edits, size + edits + 1)
            faults = min(OSA.distance(typed, beginnings[place][:length]) for length in lengths)
            if faults <= edits:
                yield beginnings[place], faults

    def _other_initials(self, typed: str) -> Iterator[str]:
        """Yield what has another first letter and is otherwise as typed, after one fault."""
        yield from (initial + rest for initial in self._initials for rest in (typed, typed[1:]) if initial != typed[0])
        yield from (part for part in (typed[1:], typed[1] + typed[0] + typed[2:]) if part[0] != typed[0])


def _compare(text: str) -> tuple[str, str]:
    """Return `text` folded, and its words with one space between them, without the elision that it may begin with."""
    folded = fold(text)
    elision = _ELISION.match(folded)
    return folded, " ".join(_WORD.findall(folded, elision.end() if elision else 0))


# When a catalogue changes, its completions are made anew, mostly of texts that were there before.
_compared = lru_cache(maxsize=50_000)(_compare)


def _distinct(entries: Iterable[CompletionEntry]) -> Iterator[tuple[str, Suggestion]]:
    """Yield each entry once with its words, those without any left out."""
    same: dict[tuple[str, str, str], list[CompletionEntry]] = defaultdict(list)
    for entry in entries:
        same[entry.kind, *_compared(entry.text)].append(entry)
    for (kind, _, words), alike in same.items():
        if words:
            shown = min(alike, key=lambda entry: (-entry.count, entry.text, entry.id))
            yield words, Suggestion(shown.text, kind, shown.id, sum(entry.count for entry in alike))


def _usefulness(worded: tuple[str, Suggestion]) -> tuple[int, int, str, str, str]:
    words, entry = worded
    return -entry.count, len(words), words, entry.kind, entry.id
