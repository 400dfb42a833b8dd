"""Spelling: the known word that comes nearest to one that nothing holds."""

from collections import defaultdict
from collections.abc import Callable, Iterable

from rapidfuzz import process
from rapidfuzz.distance import OSA

_MIN_LENGTH = 4  # letters; under that, every word is near another
_LONG = 10  # letters from which two slips are forgiven
_SHORT = 6  # letters under which the first one has to be right: `fille` is no slip for `ville`
_OTHER_FIRST_LETTER = 0.1  # what a word's frequency counts for when it begins otherwise: few slip on a first letter


class Vocabulary:
    """The distinct folded words of some records, to look for near ones."""

    def __init__(self, words: Iterable[str]) -> None:
        self._by_length: dict[int, list[str]] = defaultdict(list)
        for word in dict.fromkeys(words):
            if word.isalpha():
                self._by_length[len(word)].append(word)

    def within(self, word: str, slips: int) -> list[str]:
        """Return the words that are just so many slips away from `word`."""
        candidates = [
            known
            for length in range(max(len(word) - slips, _MIN_LENGTH - 1), len(word) + slips + 1)
            for known in self._by_length.get(length, ())
        ]
        found = process.extract(word, candidates, scorer=OSA.distance, score_cutoff=slips, limit=None)
        return [known for known, distance, _ in found if distance == slips]


def nearest_word(word: str, vocabularies: Iterable[Vocabulary], frequency: Callable[[str], int]) -> str | None:
    """Return the word of `vocabularies` that `word` most likely stands for, None when none is near.

    Near is a letter more, less, other, or two swapped (Damerau-Levenshtein); twice that from ten letters on. The fewest
    slips win, then the greatest `frequency` (0 rules a word out; a word with another first letter counts a tenth), then
    the alphabet. Words with digits, and those under four letters, are left as they are; under six letters the first one
    has to be right.
    """
    if not word.isalpha() or len(word) < _MIN_LENGTH:
        return None
    known = tuple(vocabularies)
    for slips in range(1, 3 if len(word) >= _LONG else 2):
        near_ones = {near for each in known for near in each.within(word, slips)}
        counted = ((near, frequency(near)) for near in near_ones if near[0] == word[0] or len(word) >= _SHORT)
        held = [
            (-count if near[0] == word[0] else -count * _OTHER_FIRST_LETTER, near) for near, count in counted if count
        ]
        if held:
            return min(held)[1]
    return None
