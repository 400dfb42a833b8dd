"""Lists of actions over HTTP: filters, search, facets, order."""

import re
from typing import Any

import httpx
import pytest

from app.api.schemas import actions as schemas
from app.catalogue.facets import FACETS
from app.catalogue.fields import FIELDS
from app.catalogue.sorting import SORTS
from app.catalogue.text import collation_key

Params = list[tuple[str, str]]


def ask(client: httpx.Client, path: str = "/actions", **params: Any) -> dict[str, Any]:
    answer = client.get(path, params=params)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def titles(document: dict[str, Any]) -> list[str]:
    return [item["titre"] for item in document["items"]]


def test_a_filter_gives_the_right_sixteen_actions(client: httpx.Client) -> None:
    document = ask(client, dimension="Citoyenneté")

    assert document["total"] == len(document["items"]) == 16
    assert {item["dimension"] for item in document["items"]} == {"Citoyenneté"}


def test_case_and_accents_do_not_matter_and_filters_narrow(client: httpx.Client) -> None:
    document = ask(client, dimension="citoyennete", statut="Terminée")

    assert document["total"] == 6
    assert {item["statut"] for item in document["items"]} == {"Terminée"}


def test_a_repeated_filter_is_or_and_not_excludes(client: httpx.Client) -> None:
    either = ask(client, dimension=["Services", "Accompagnement de projets"])
    neither = ask(client, dimension__not=["Services", "Accompagnement de projets"])

    assert either["total"] == 7
    assert neither["total"] == 17


def test_a_misspelt_word_is_corrected_and_the_answer_says_so(client: httpx.Client) -> None:
    corrected, meant = ask(client, q="Violense"), ask(client, q="violence")

    assert corrected["suggestion"] == "violence"
    assert titles(corrected) == titles(meant) != []
    assert meant["suggestion"] is None
    assert ask(client, q='"violense"')["total"] == 0


def test_what_comes_near_follows_the_matches_and_is_counted_apart(client: httpx.Client) -> None:
    document = ask(client, q="jardin trampoline", facet="dimension")
    alone = ask(client, q="jardin")

    assert (document["relaxed"], document["full_matches"]) == (True, 0)
    assert titles(document) == titles(alone)
    assert document["total"] == alone["total"] == alone["full_matches"]
    assert not alone["relaxed"]
    assert sum(value["count"] for value in document["facets"]["dimension"]) == document["total"]


def test_pages_and_cursors_walk_through_matches_and_what_comes_near(client: httpx.Client) -> None:
    whole = titles(ask(client, q="jardin école logement", per_page=100))
    walked, cursor = [], None
    while True:
        page = ask(client, q="jardin école logement", per_page=4, **({"cursor": cursor} if cursor else {}))
        assert page["relaxed"]
        walked += titles(page)
        cursor = page["next_cursor"]
        if not cursor:
            break
    assert walked == whole


def test_an_acronym_finds_its_long_form_and_is_marked(client: httpx.Client) -> None:
    document = ask(client, q="QPV", full="true")

    assert document["total"] > 0
    marked = [text for item in document["items"] for found in item["highlights"].values() for text in found]
    assert any("<mark>prioritaire" in text for text in marked)


def test_absence_can_be_asked_for(client: httpx.Client) -> None:
    assert ask(client, dimension__isnull="true")["total"] == 1
    assert ask(client, dimension__isnull="false")["total"] == 23


@pytest.mark.parametrize("place", [{"departement": "59"}, {"departement": "nord"}, {"region": "32"}])
def test_places_are_found_by_code_or_name(client: httpx.Client, place: dict[str, str]) -> None:
    document = ask(client, **place)

    assert {item["structure"]["departement"]["nom"] for item in document["items"]} == {"Nord"}


def test_a_structure_is_found_by_identifier_or_name(client: httpx.Client) -> None:
    structure = ask(client, q="emploi")["items"][0]["structure"]

    assert ask(client, structure=structure["id"])["total"] == ask(client, structure=structure["nom"].lower())["total"]


def test_a_value_that_nobody_uses_gives_nothing_and_names_the_nearest(client: httpx.Client) -> None:
    document = ask(client, dimension="Citoyenetté")

    assert document["total"] == 0
    assert document["items"] == []
    assert document["warnings"] == [
        {
            "parameter": "dimension",
            "message": "Aucune action n'a la valeur « Citoyenetté ». Vouliez-vous dire « Citoyenneté » ?",
            "value": "Citoyenetté",
            "nearest": "Citoyenneté",
        }
    ]


def test_a_code_that_nobody_uses_is_no_slip_for_another_one(client: httpx.Client) -> None:
    (warning,) = ask(client, departement="1")["warnings"]

    assert (warning["value"], warning["nearest"]) == ("1", None)


def test_a_text_is_answered_however_long_it_is_and_says_what_was_left_out(client: httpx.Client) -> None:
    whole = ask(client, q="jardin " + "potager " * 80)
    cut = ask(client, q="jardin " + "potager " * 80 + "-jardin")

    assert whole["total"] == cut["total"] > 0
    assert [warning["parameter"] for warning in whole["warnings"]] == ["q"]
    assert "500 caractères" in cut["warnings"][0]["message"]
    assert not ask(client, q="jardin")["warnings"]


def test_facets_are_disjunctive_and_say_what_is_selected(client: httpx.Client) -> None:
    document = ask(client, dimension="Citoyenneté", facet=["dimension", "departement"])
    dimensions = {value["value"]: (value["count"], value["selected"]) for value in document["facets"]["dimension"]}
    places = {value["value"]: (value["label"], value["count"]) for value in document["facets"]["departement"]}

    assert dimensions == {
        "Citoyenneté": (16, True),
        "Accompagnement de projets": (5, False),
        "Services": (2, False),
    }
    assert places["58"] == ("Nièvre", 2)
    assert sum(count for _, count in places.values()) == 16


def test_a_cut_facet_says_so_and_keeps_what_is_selected(client: httpx.Client) -> None:
    document = ask(client, mot_cle="Logement", facet="mot_cle", facet_size="1")

    assert document["facets_truncated"] == ["mot_cle"]
    assert any(value["value"] == "Logement" and value["selected"] for value in document["facets"]["mot_cle"])


def test_a_selected_value_that_nobody_uses_is_shown_with_no_action(client: httpx.Client) -> None:
    shown = ask(client, public="Martiens", facet="public")["facets"]["public"]

    assert shown[-1] == {"value": "Martiens", "label": "Martiens", "count": 0, "selected": True}
    assert sum(value["count"] for value in shown) == 24


def test_facets_alone_count_every_facet_by_default(client: httpx.Client) -> None:
    document = ask(client, "/facets", q="logement")

    assert set(document["facets"]) == set(FACETS)
    assert document["total"] == ask(client, q="logement")["total"]
    assert list(ask(client, "/facets", facet="public")["facets"]) == ["public"]


def test_a_search_ranks_by_score_and_marks_what_it_found(client: httpx.Client) -> None:
    document = ask(client, q="logement")
    scores = [item["score"] for item in document["items"]]

    assert scores == sorted(scores, reverse=True)
    assert any("logement" in title.lower() for title in titles(document)[:3])
    marked = " ".join(mark for item in document["items"] for marks in item["highlights"].values() for mark in marks)
    assert re.search(r"<mark>[Ll]ogement", marked)


def test_without_a_search_there_is_neither_score_nor_highlight(client: httpx.Client) -> None:
    item = ask(client)["items"][0]

    assert item["score"] is None
    assert item["highlights"] == {}
    assert ask(client, q="logement", highlight="false")["items"][0]["highlights"] == {}


def test_phrases_exclusions_fields_and_prefixes_are_understood(client: httpx.Client) -> None:
    everything = ask(client, q="jardin")["total"]

    assert 0 < ask(client, q="titre:jardin")["total"] < everything
    assert ask(client, q='"jardin partagé"')["total"] <= everything
    assert ask(client, q="jardin -titre:jardin")["total"] == everything - ask(client, q="titre:jardin")["total"]
    assert ask(client, q="jardi*")["total"] >= everything


@pytest.mark.parametrize("text", ['"', "-", "*", "titre:", '"jardin', "🙂", "a*", "-jardin", "مرحبا", "a\x00b", "(("])
def test_anything_that_a_person_types_is_answered(client: httpx.Client, text: str) -> None:
    ask(client, q=text)


@pytest.mark.parametrize("text", ["🙂", "…"])
def test_a_search_without_any_word_restricts_nothing_and_says_so(client: httpx.Client, text: str) -> None:
    document = ask(client, q=text)

    assert document["total"] == 24
    assert document["warnings"][0]["parameter"] == "q"
    assert ["ne contient aucun mot" in warning["message"] for warning in document["warnings"]] == [True]
    assert set(titles(document)) <= set(titles(ask(client, per_page="100")))


@pytest.mark.parametrize("name", list(SORTS))
def test_every_sort_goes_both_ways_with_absent_values_last(client: httpx.Client, name: str) -> None:
    up = ask(client, sort=name, per_page="100")["items"]
    down = ask(client, sort=f"-{name}", per_page="100")["items"]

    assert {item["id"] for item in up} == {item["id"] for item in down}
    for items, direction in ((up, 1), (down, -1)):
        values = [_sort_value(item, name) for item in items]
        present = [value for value in values if value]
        assert present == sorted(present)[::direction]
        assert values[len(present) :] == [""] * (len(values) - len(present))


def _sort_value(item: dict[str, Any], name: str) -> str:
    if name in {"departement", "region"}:
        return collation_key(item["structure"][name]["nom"])
    value = item["structure"]["nom"] if name == "structure" else item[name]
    return value if name in {"cree_le", "modifie_le"} else collation_key(value or "")


def test_several_sort_keys_apply_in_turn(client: httpx.Client) -> None:
    items = ask(client, sort="statut,-titre", per_page="100")["items"]
    keys = [(item["statut"], collation_key(item["titre"])) for item in items]

    assert keys == sorted(sorted(keys, key=lambda key: key[1], reverse=True), key=lambda key: key[0])


def test_the_caller_chooses_the_keys_of_an_item(client: httpx.Client) -> None:
    assert set(ask(client, fields="titre,resume")["items"][0]) == {"titre", "resume"}
    listed = {field.key for field in FIELDS if field.listed}
    assert set(ask(client)["items"][0]) == listed | {
        "id", "version", "cree_le", "modifie_le", "links", "score", "highlights",
    }  # fmt: skip
    assert {field.key for field in FIELDS} <= set(ask(client, full="true")["items"][0])


def test_a_list_has_the_declared_shape(client: httpx.Client) -> None:
    for params in ({}, {"full": "true", "q": "jardin", "facet": list(FACETS)}, {"fields": "titre"}):
        schemas.ActionList.model_validate_json(client.get("/actions", params=params).content)
    schemas.FacetList.model_validate_json(client.get("/facets").content)


def test_json_is_utf_8_and_unescaped(client: httpx.Client) -> None:
    answer = client.get("/actions", params={"dimension": "Citoyenneté"})

    assert answer.headers["content-type"] == "application/json"
    assert "Citoyenneté".encode() in answer.content
    assert re.search(rb'"cree_le":"[0-9T:.-]+Z"', answer.content)
