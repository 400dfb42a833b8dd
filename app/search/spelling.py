"""Spelling: the known word that comes nearest to one that nothing holds."""

from collections import defaultdict
from collections.abc import Callable, Iterable

from rapidfuzz import process
from rapidfuzz.distance import OSA

_SHORTEST = 4  # letters; under that, every word is near another
_LONG = 10  # letters from which two slips are forgiven
_OTHER_FIRST_LETTER = 0.1  # what a word's frequency counts for when it begins otherwise: few slip on a first letter


class Vocabulary:
    """The distinct folded words of a catalogue."""

    def __init__(self, words: Iterable[str]) -> None:
        self._by_length: dict[int, list[str]] = defaultdict(list)
        for word in sorted(set(words)):
            if word.isalpha():
                self._by_length[len(word)].append(word)

    def nearest(self, word: str, frequency: Callable[[str], int]) -> str | None:
        """Return the known word that `word` most likely stands for, None when none is near.

        Near is a letter more, less, other, or two swapped (Damerau-Levenshtein); twice that from ten letters on. The
        fewest slips win, then the greatest `frequency` (0 rules a word out; a word with another first letter counts a
        tenth), then the alphabet. Words with digits, and those under four letters, are left as they are.
        """
        if not word.isalpha() or len(word) < _SHORTEST:
            return None
        for slips in range(1, 3 if len(word) >= _LONG else 2):
            counted = ((near, frequency(near)) for near in self._within(word, slips))
            held = [
                (-count if near[0] == word[0] else -count * _OTHER_FIRST_LETTER, near)
                for near, count in counted
                if count
            ]
            if held:
                return min(held)[1]
        return None

    def _within(self, word: str, slips: int) -> list[str]:
        candidates = [
            known
            for length in range(max(len(word) - slips, _SHORTEST - 1), len(word) + slips + 1)
            for known in self._by_length.get(length, ())
        ]
        found = process.extract(word, candidates, scorer=OSA.distance, score_cutoff=slips, limit=None)
        return [known for known, distance, _ in found if distance == slips]
