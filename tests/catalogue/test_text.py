import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalogue.text import canonical_text, collation_key, digest, fold, shorten, slug


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Citoyenneté", "CITOYENNETE"),
        ("cœur", "coeur"),
        ("L’Atelier", "l'atelier"),
        ("Île-de-France", "ile-de-france"),
        ("e\u0301te\u0301", "été"),
        ("deux  mots", " deux mots "),
    ],
)
def test_values_that_differ_by_case_accents_or_typography_fold_to_the_same(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_words_that_differ_do_not_fold_to_the_same() -> None:
    assert fold("parent") != fold("partent")


def test_collation_ignores_case_accents_and_leading_punctuation() -> None:
    titles = ["Zèbre", "« Été »", "abri", '"promenons-nous"', "École"]

    assert sorted(titles, key=collation_key) == ["abri", "École", "« Été »", '"promenons-nous"', "Zèbre"]


def test_canonical_text_keeps_everything_but_line_ends_and_last_blank_lines() -> None:
    assert canonical_text("\n - a  \r\n-\r\rb\t\n\n \n") == "\n - a\n-\n\nb"


@given(st.text())
def test_canonical_text_is_its_own_canonical_form(text: str) -> None:
    once = canonical_text(text)

    assert canonical_text(once) == once


@given(st.text())
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_slugs_are_cut_after_a_word() -> None:
    assert slug("SOLID'ÂGES : Solitaire ou Solidaire") == "solid-ages-solitaire-ou-solidaire"
    assert slug("un jardin partagé au pied des tours", max_length=15) == "un-jardin"
    assert slug("anticonstitutionnellement", max_length=5) == "antic"
    assert slug("日本") == ""


def test_a_slug_of_exactly_the_longest_length_is_whole_and_a_longer_word_is_left_out() -> None:
    assert slug("un jardin", max_length=9) == "un-jardin"
    assert slug("un jardin partagé", max_length=9) == "un-jardin"
    assert slug("un jardin partagé", max_length=8) == "un"
    assert slug("un x partagé", max_length=3) == "un"
    assert slug("mot " * 20) == "-".join(["mot"] * 15)
    assert len(slug("a" * 100)) == 60


def test_a_message_quotes_sixty_characters_and_marks_the_cut() -> None:
    assert shorten("a" * 60) == "a" * 60
    assert shorten("a" * 61) == f"{'a' * 60}…"


def test_a_digest_is_half_a_sha_256_and_tells_where_its_parts_end() -> None:
    assert digest("a", "b") == hashlib.sha256(b"a\x00b").hexdigest()[:32]
    assert digest("ab", "") != digest("a", "b")


def test_canonical_text_keeps_its_last_letters() -> None:
    assert canonical_text("Rayon X \n\n") == "Rayon X"
