"""Text analysis: tokens, folding, stems and offsets."""

import sys
import threading
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.search.analysis import STOP_WORDS, fold_word, stem, surface_form, tokens

ANY_TEXT = st.text(st.characters(), max_size=80) | st.text("aéœ'’-l d\u0301\u00ad*\"", max_size=40)


def words(text: str) -> list[str]:
    return [token.word for token in tokens(text)]


def stems(text: str) -> list[str]:
    return [token.stem for token in tokens(text)]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("l'habitat", "habitat"),
        ("l’habitat", "habitat"),
        ("lʼhabitat", "habitat"),
        ("ainés", "aînés"),
        ("AÎNÉ", "aînés"),
        ("jardins partages", "jardin partagé"),
        ("jardinière partagée", "jardinières partagées"),
        ("personnes agees", "personne âgée"),
        ("retraitées", "retraités"),
        ("coeur", "cœur"),
        ("CŒURS", "cœur"),
        ("bien être", "bien-être"),
        ("ÉTÉ", "été"),
        ("événements", "évènement"),
        ("journaux sociaux locaux", "journal social local"),
        ("eaux", "eau"),
        ("noyaux", "noyau"),
        ("jeux lieux enjeux voeux", "jeu lieu enjeu vœu"),
        ("vélos euros apéros", "vélo euro apéro"),
        ("potagers étrangers foyers petits réflexions", "potager étranger foyer petit réflexion"),
        ("aujourd’hui", "AUJOURD'HUI"),
        ("ﬁnances", "finance"),
    ],
)
def test_two_ways_to_write_the_same_are_one(typed: str, meant: str) -> None:
    assert stems(typed) == stems(meant)


@pytest.mark.parametrize(
    ("one", "other"), [("habitat", "habitant"), ("travaux", "travail"), ("été", "est"), ("partage", "parti")]
)
def test_words_with_another_meaning_stay_apart(one: str, other: str) -> None:
    assert stems(one) != stems(other)


def test_a_decomposed_text_has_the_words_of_the_composed_one_at_their_places() -> None:
    text = "Les e\u0301ve\u0300nements"
    last = list(tokens(text))[-1]
    assert (last.word, text[last.start : last.end]) == ("evenements", "e\u0301ve\u0300nements")


def test_an_acronym_with_dots_is_one_word() -> None:
    assert words("La C.A.F. et le c.c.a.s, l'A.L.S.H.") == ["la", "caf", "et", "le", "ccas", "alsh"]
    assert words("p. 3. M. Durand, etc. 1.2.3. www.a.b.fr") == [
        *("p", "3", "m", "durand", "etc", "1", "2", "3", "www", "a", "b", "fr"),
    ]


def test_elided_words_are_left_out_only_before_another_word() -> None:
    assert words("L'accueil d’enfants jusqu'à 6 ans, lorsqu'il pleut, qu'importe") == (
        ["accueil", "enfants", "a", "6", "ans", "il", "pleut", "importe"]
    )
    assert words("plan d' plan l") == ["plan", "d", "plan", "l"]


def test_aujourdhui_is_one_word_and_its_neighbours_are_not_drawn_in() -> None:
    assert words("aujourd'hui l'aujourd’hui aujourd'huissier") == (["aujourdhui", "aujourdhui", "aujourd", "huissier"])


def test_numbers_are_words() -> None:
    assert words("3 000 € en 2024, 2e année") == ["3", "000", "en", "2024", "2e", "annee"]


def test_whatever_is_used_for_an_apostrophe_elides() -> None:
    assert words("l'école l’école lʼécole l‘école l´école l`école l′école") == ["ecole"] * 7


@pytest.mark.parametrize(
    "forms",
    [
        "emploi emplois",
        "revenu revenus",
        "individu individus",
        "reçu reçus",
        "premier première premiers premières",
        "étranger étrangère étrangères",
        "régulier régulière",
        "actif active actifs actives",
        "sportif sportives",
        "petit petite petits petites",
        "matériau matériaux",
        "lieu lieux",
        "trou trous",
        "café cafés CAFÉ",
        "aîné aînée aînés aînées ainé",
    ],
)
def test_forms_that_the_stemmer_would_tell_apart_have_one_stem(forms: str) -> None:
    assert len(set(stems(forms))) == 1


@pytest.mark.parametrize(
    "words_apart", ["café CAF", "aîné Ain", "travaux travail", "bus bu", "actif activité", "classe CLAS", "mère mer"]
)
def test_other_words_keep_apart(words_apart: str) -> None:
    one, other = stems(words_apart)
    assert one != other


def test_a_word_is_shown_in_lower_case_with_its_accents() -> None:
    assert [surface_form(raw) for raw in ("ÉCOLE", "e\u0301cole", "bien\u00advenue", "aujourd'hui")] == [
        "école",
        "école",
        "bienvenue",
        "aujourd'hui",
    ]


def test_summer_is_no_stop_word_and_question_words_are() -> None:
    assert "ete" not in STOP_WORDS
    assert {"quel", "comment", "combien", "pourquoi"} <= STOP_WORDS
    assert all(fold_word(word) == word for word in STOP_WORDS)


def test_a_word_that_is_none_is_kept_as_it_is() -> None:
    assert stems("é" * 5000) == ["e" * 5000]


@given(ANY_TEXT)
def test_a_token_is_what_stands_at_its_place(text: str) -> None:
    end = 0
    for token in tokens(text):
        assert token.start >= end
        assert fold_word(text[token.start : token.end]) == token.word
        assert token.word.isalnum()
        assert token.stem == stem(token.word)
        end = token.end


@given(st.text("aàâcçeéèêëiîïoôœuùûün'’- ADLQUÉŒ", max_size=40))
def test_case_and_composition_do_not_matter(text: str) -> None:
    assert words(text.upper()) == words(unicodedata.normalize("NFD", text)) == words(text)


def test_threads_get_the_same_stems() -> None:
    vocabulary = [
        f"{start}{end}" for start in ("jardin", "partag", "habit", "anim") for end in ("ages", "euses", "ation")
    ]
    expected = {word: stem(word) for word in vocabulary}
    fresh = [f"{word}{number}" for number in range(50) for word in vocabulary]
    found: list[dict[str, str]] = []
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [
            threading.Thread(target=lambda: found.append({word: stem(word) for word in [*fresh, *vocabulary]}))
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert all(result.items() >= expected.items() for result in found)
    assert all(result == found[0] for result in found)
