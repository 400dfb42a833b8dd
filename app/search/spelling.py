"""Spelling correction: the known word nearest to an unknown one."""

from collections import defaultdict
from collections.abc import Callable, Iterable

from rapidfuzz import process
from rapidfuzz.distance import OSA

_MIN_LENGTH = 4  # letters; shorter words are all within one edit of another
_TWO_EDITS_LENGTH = 10  # letters from which two edits are allowed
_ANY_INITIAL_LENGTH = 6  # letters from which the first one may differ: `fille` is no misspelling of `ville`
_OTHER_INITIAL_FACTOR = 0.1  # of the frequency of a word with another first letter: such errors are rare


class Vocabulary:
    """A set of folded words, searched by edit distance."""

    def __init__(self, words: Iterable[str]) -> None:
        self._by_length: dict[int, list[str]] = defaultdict(list)
        for word in dict.fromkeys(words):
            if word.isalpha():
                self._by_length[len(word)].append(word)

    def at_distance(self, word: str, edits: int) -> list[str]:
        """Return the words at an edit distance (OSA) of exactly `edits` from `word`."""
        candidates = [
            known
            for length in range(max(len(word) - edits, _MIN_LENGTH - 1), len(word) + edits + 1)
            for known in self._by_length.get(length, ())
        ]
        matches = process.extract(word, candidates, scorer=OSA.distance, score_cutoff=edits, limit=None)
        return [known for known, distance, _ in matches if distance == edits]


def nearest_word(word: str, vocabularies: Iterable[Vocabulary], frequency: Callable[[str], int]) -> str | None:
    """Return the word of `vocabularies` nearest to the folded `word`, None when none is near enough.

    The distance is optimal string alignment (insertion, deletion, substitution, transposition): at most 1, or 2 from
    _TWO_EDITS_LENGTH letters on. The smallest distance wins, then the highest `frequency` (0 excludes a word; it is
    multiplied by _OTHER_INITIAL_FACTOR when the first letter differs), then alphabetical order. Words with digits or
    under _MIN_LENGTH letters are not corrected.
    """
    if not word.isalpha() or len(word) < _MIN_LENGTH:
        return None
    searched = tuple(vocabularies)
    for edits in range(1, 3 if len(word) >= _TWO_EDITS_LENGTH else 2):
        candidates = {
            candidate
            for vocabulary in searched
            for candidate in vocabulary.at_distance(word, edits)
            if candidate[0] == word[0] or len(word) >= _ANY_INITIAL_LENGTH
        }
        ranked = [
            (-count if candidate[0] == word[0] else -count * _OTHER_INITIAL_FACTOR, candidate)
            for candidate in candidates
            if (count := frequency(candidate))
        ]
        if ranked:
            return min(ranked)[1]
    return None
