"""Highlights: passages with the matched words marked."""

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalogue.fields import FIELDS, Field, FieldKind
from app.search.engine import HighlightTerms, Hit, MatchOffset
from app.search.highlighting import FRAGMENT_LENGTH, find_match_offsets, highlight, highlights_for_hit
from app.search.interpretation import interpret
from app.search.query_language import parse_text
from app.search.thesaurus import EMPTY_THESAURUS, Thesaurus
from tests.factories import make_record

FILLER = "Une phrase qui ne dit rien de plus. " * 10


class EveryWord:
    """A lexicon that contains every word, so that nothing is corrected."""

    def contains(self, word: str) -> bool:
        return True

    def nearest(self, word: str) -> str | None:
        return None

    def surface_form(self, word: str) -> str:
        return word


def shown(query: str, thesaurus: Thesaurus = EMPTY_THESAURUS, **values: str | list[str] | None) -> dict[str, list[str]]:
    return highlight(
        values, find_match_offsets(values, interpret(query, parse_text(query), EveryWord(), thesaurus).highlight_terms)
    )


def plain(fragment: str) -> str:
    return unescape(re.sub("</?mark>", "", fragment)).strip("…")


def test_whole_words_are_marked_whatever_their_ending_case_and_accents() -> None:
    assert shown("jardin ecole", titre="Les JARDINS de l'École") == {
        "titre": ["Les <mark>JARDINS</mark> de l&#x27;<mark>École</mark>"]
    }


def test_everything_else_is_escaped() -> None:
    assert shown("jardin", titre='<script>"jardin" & co</script>') == {
        "titre": ["&lt;script&gt;&quot;<mark>jardin</mark>&quot; &amp; co&lt;/script&gt;"]
    }


def test_fields_without_a_match_are_left_out() -> None:
    assert shown("jardin", titre="École", resume="", fichiers=None, mots_cles=[]) == {}


def test_fields_that_are_not_searched_are_left_out() -> None:
    assert shown("jardin", statut="Jardin", titre="Jardin") == {"titre": ["<mark>Jardin</mark>"]}


def test_a_word_wanted_in_one_field_is_marked_there_only() -> None:
    assert list(shown("titre:jardin", titre="Jardin", resume="Jardin")) == ["titre"]


def test_excluded_words_and_no_query_mark_nothing() -> None:
    assert shown("-jardin", titre="Jardin") == {}
    assert find_match_offsets({"titre": "Jardin"}, HighlightTerms()) == {}


def test_a_phrase_is_marked_where_its_words_stand_side_by_side() -> None:
    assert shown('"jardin partagé"', titre="Un jardin, des outils partagés, des jardins partagés") == {
        "titre": ["Un jardin, des outils partagés, des <mark>jardins</mark> <mark>partagés</mark>"]
    }
    assert shown('"jardin partagé"', titre="Un jardin", resume="Partager un jardin") == {}


def test_a_phrase_of_one_field_is_marked_there_only() -> None:
    assert list(shown('titre:"jardin partagé"', titre="Jardin partagé", resume="Jardin partagé")) == ["titre"]


def test_synonyms_are_marked_several_words_as_a_phrase() -> None:
    thesaurus = Thesaurus.parse(["CAF = caisse d'allocations familiales"])

    assert shown("caf", thesaurus, finances="La caisse d'allocations familiales, et les vacances familiales") == {
        "finances": [
            "La <mark>caisse</mark> d&#x27;<mark>allocations</mark> <mark>familiales</mark>, et les vacances familiales"
        ]
    }
    assert shown("caisse allocations familiales", thesaurus, titre="Avec la CAF") == {
        "titre": ["Avec la <mark>CAF</mark>"]
    }


def test_a_list_gives_the_values_that_match() -> None:
    assert shown("sport", mots_cles=["Jardin", "Sport pour tous", "Culture"]) == {
        "mots_cles": ["<mark>Sport</mark> pour tous"]
    }


def test_a_prefix_marks_the_whole_word() -> None:
    assert shown("jar*", titre="Jardinage au jardin") == {"titre": ["<mark>Jardinage</mark> au <mark>jardin</mark>"]}


def test_a_decomposed_word_is_marked_exactly() -> None:
    assert shown("ete", titre="L'e\u0301te\u0301 !") == {"titre": ["L&#x27;<mark>e\u0301te\u0301</mark> !"]}


def test_a_short_text_is_whole_and_on_one_line() -> None:
    assert shown("jardin", resume="- Un jardin\n\n- Une cour") == {"resume": ["- Un <mark>jardin</mark> - Une cour"]}


def test_a_long_text_is_cut_between_words_around_the_match() -> None:
    [fragment] = shown("jardin", resume=FILLER + "Le jardin ouvre. " + FILLER)["resume"]
    assert fragment.startswith("…")
    assert fragment.endswith("…")
    assert "Le <mark>jardin</mark> ouvre." in fragment
    assert FRAGMENT_LENGTH / 2 < len(plain(fragment)) <= FRAGMENT_LENGTH
    assert f" {plain(fragment)} " in f" {FILLER}Le jardin ouvre. {FILLER} "


def test_the_passage_with_most_of_the_words_is_chosen() -> None:
    text = "Un jardin. " + FILLER + "Le jardin de l'école. " + FILLER + "Un jardin."
    assert len(shown("jardin ecole", resume=text)["resume"]) == 1
    assert "<mark>école</mark>" in shown("jardin ecole", resume=text)["resume"][0]


def test_a_second_passage_shows_a_word_that_the_first_does_not() -> None:
    first, second = shown("jardin ecole", resume=f"L'école. {FILLER} Le jardin. {FILLER} L'école.")["resume"]
    assert "<mark>école</mark>" in first
    assert "<mark>jardin</mark>" in second


def test_two_passages_do_not_repeat_each_other() -> None:
    text = "Début. " + "mot " * 30 + "jardin " + "suite " * 36 + "école " + "fin " * 60
    first, second = (plain(fragment) for fragment in shown("jardin ecole", resume=text)["resume"])
    assert text.index(first) + len(first) <= text.index(second, text.index(first))


@pytest.mark.parametrize("text", ["x" * 1000 + "-jardin-" + "y" * 1000, "jardin" + "-" * 1000])
def test_a_text_without_spaces_is_cut_at_the_word(text: str) -> None:
    [fragment] = shown("jardin", resume=text)["resume"]
    assert plain(fragment) == "jardin"


def test_a_field_of_a_longer_registry_is_highlighted() -> None:
    lieu = Field(
        key="lieu", label="- Lieu", kind=FieldKind.ONE, caption="Lieu", description="", example="Salle", weight=1.0
    )
    fields, values = (*FIELDS, lieu), {"lieu": "Salle"}
    spots = find_match_offsets(values, HighlightTerms({"": frozenset({"sall"})}), fields)
    assert highlight(values, spots, fields) == {"lieu": ["<mark>Salle</mark>"]}


@given(st.text("jardin école <&>\"' \n…é\u0301", max_size=900), st.sampled_from(["jardin", "jardin ecole", "j* e*"]))
def test_a_passage_is_a_piece_of_the_text_and_safe_html(text: str, query: str) -> None:
    line = " ".join(text.split())
    for fragment in shown(query, resume=text).get("resume", ()):
        without_marks = re.sub("</?mark>", "", fragment)
        assert not re.search("[<>\"']", without_marks)
        assert unescape(without_marks).strip("…") in line
        assert fragment.count("<mark>") == fragment.count("</mark>") > 0


@pytest.mark.parametrize("field", ["titre", "resume", "mots_cles"])
def test_words_that_stand_beyond_a_text_are_looked_for_in_it(field: str) -> None:
    record = make_record(1, "Un compost", resume="Un compost", mots_cles=["Un", "compost"])
    elsewhere = {field: [MatchOffset(900, 907, "compost")]}
    hit = Hit(record.id, record.version, 1.0, (1.0, record.id), elsewhere)

    found = highlights_for_hit(hit, record, HighlightTerms({"": ("compost",)}, {}, {}))

    assert found["titre"] == ["Un <mark>compost</mark>"]
    assert found["resume"] == ["Un <mark>compost</mark>"]
    assert found["mots_cles"] == ["<mark>compost</mark>"]
