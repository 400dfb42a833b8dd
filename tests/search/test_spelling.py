"""Nearest known words of misspelled ones."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.search.spelling import Vocabulary, nearest_word

USED = {
    "jardin": 5,
    "jargon": 9,
    "habitat": 3,
    "habitant": 7,
    "cantine": 4,
    "vantine": 30,
    "rue": 9,
    "citoyennete": 2,
    "h2o": 1,
    "ruche": 2,
}


def near(word: str, used: Mapping[str, int] = USED) -> str | None:
    return nearest_word(word, [Vocabulary(used)], lambda near: used[near])


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("jarddin", "jardin"),
        ("jadin", "jardin"),
        ("jarbin", "jardin"),
        ("jadrin", "jardin"),
        ("sjardin", "jardin"),
        ("ajrdin", "jardin"),
        ("ruches", "ruche"),
        ("rruche", "ruche"),
        ("ruchhe", "ruche"),
        ("citoyenett", "citoyennete"),
        ("ciotyennetee", "citoyennete"),
    ],
)
def test_a_slip_is_a_letter_more_less_other_or_swapped_and_two_are_forgiven_in_long_words(
    typed: str, meant: str
) -> None:
    assert near(typed) == meant


@pytest.mark.parametrize("typed", ["jarrdinn", "jdin", "jxxdin", "citoyente", "ciotyentee", "xylophone", "jardinieres"])
def test_what_is_further_away_stands_for_nothing(typed: str) -> None:
    assert near(typed) is None


@pytest.mark.parametrize("typed", ["", "r", "ru", "rux", "h2p", "jard1n", "2024", "j" * 64])
def test_short_words_and_those_with_digits_are_left_as_they_are(typed: str) -> None:
    assert near(typed) is None


def test_three_letters_may_be_what_four_stand_for_and_digits_never_are() -> None:
    assert near("ruee") == "rue"
    assert near("hzoo", {"h2oo": 3, "hzo": 0}) is None


def test_fewer_slips_come_before_more_use() -> None:
    assert near("habitanx", {"habitant": 1, "habita": 50}) == "habitant"


def test_of_as_many_slips_the_most_used_word_is_meant_then_the_first_of_the_alphabet() -> None:
    assert near("habitamt", {"habitait": 2, "habitant": 7}) == "habitant"
    assert near("habitamt", {"habitait": 7, "habitant": 2}) == "habitait"
    assert near("habitamt", {"habitant": 2, "habitait": 2}) == "habitait"


def test_another_first_letter_counts_a_tenth() -> None:
    assert near("cantime", {"cantine": 3, "vantime": 29}) == "cantine"
    assert near("cantime", {"cantine": 3, "vantime": 31}) == "vantime"


def test_a_word_that_nothing_holds_any_more_is_not_meant() -> None:
    assert near("jardim", {"jardin": 0, "jardit": 1}) == "jardit"
    assert near("jardim", {"jardin": 0}) is None


def test_two_slips_are_looked_for_when_one_leads_to_no_held_word() -> None:
    assert near("formatrices", {"formatrice": 0, "formatives": 4}) == "formatives"


def test_a_vocabulary_may_be_empty_or_say_a_word_twice() -> None:
    assert near("jardin", {}) is None
    assert nearest_word("jardim", [Vocabulary(["jardin", "jardin"]), Vocabulary(["jardin"])], lambda _: 1) == "jardin"


def _distance(one: str, other: str) -> int:
    """Optimal string alignment distance, by definition."""
    if not one or not other:
        return len(one) + len(other)
    choices = [
        _distance(one[:-1], other) + 1,
        _distance(one, other[:-1]) + 1,
        _distance(one[:-1], other[:-1]) + (one[-1] != other[-1]),
    ]
    if one[-2:] == other[-2:][::-1] and len(one) > 1 < len(other):
        choices.append(_distance(one[:-2], other[:-2]) + 1)
    return min(choices)


LETTERS = st.text("abc", min_size=3, max_size=6)


@given(st.dictionaries(LETTERS, st.integers(0, 3), max_size=8), LETTERS)
def test_the_nearest_word_is_the_one_that_the_definition_names(used: dict[str, int], typed: str) -> None:
    close = [
        word
        for word, count in used.items()
        if len(typed) > 3 and count and _distance(typed, word) == 1 and (word[0] == typed[0] or len(typed) > 5)
    ]
    best = min(close, key=lambda word: (-used[word] * (1 if word[0] == typed[0] else 0.1), word), default=None)
    assert near(typed, used) == best
