"""Completion and similar actions over HTTP."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from app.api.schemas import actions as schemas
from app.catalogue.facets import FACETS
from app.catalogue.parameters import SIMILAR_PARAMETERS, SUGGEST_PARAMETERS
from app.catalogue.request import LISTED_KEYS
from app.service import CatalogueService
from tests.in_process import running_server
from tests.processes import ROOT, default_settings


def suggest(client: httpx.Client, **params: str) -> list[dict[str, Any]]:
    answer = client.get("/suggest", params=params)
    assert answer.status_code == 200, answer.text
    schemas.SuggestionList.model_validate_json(answer.content)
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def address(client: httpx.Client, **params: str) -> str:
    """Return the path of the actions similar to the first match of those parameters."""
    return f"/actions/{client.get('/actions', params=params).json()['items'][0]['id']}/similar"


def similar(client: httpx.Client, path: str, **params: str) -> list[dict[str, Any]]:
    answer = client.get(path, params=params)
    assert answer.status_code == 200, answer.text
    schemas.SimilarList.model_validate_json(answer.content)
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def test_words_are_completed_with_keywords_titles_structures_and_places(client: httpx.Client) -> None:
    assert {"text": "Logement", "kind": "mot_cle", "id": "Logement", "count": 4} in suggest(client, q="log")
    assert "Information Collective Logement" in [item["text"] for item in suggest(client, q="log")]
    assert suggest(client, q="hauts-de-f")[0] == {"text": "Hauts-de-France", "kind": "region", "id": "32", "count": 3}
    assert suggest(client, q="armand l")[0]["kind"] == "structure"
    assert suggest(client, q="NIEV")[0]["id"] == "58"


@pytest.mark.parametrize("text", ["demo", "centre", "haute", "parent", "de"])
def test_a_completion_leads_to_as_many_actions_as_it_says(client: httpx.Client, text: str) -> None:
    items = suggest(client, q=text, size="20")

    assert items
    for item in items:
        if item["kind"] == "titre":
            assert client.get(f"/actions/{item['id']}").json()["titre"] == item["text"]
        else:
            assert FACETS[item["kind"]].suggested
            assert client.get("/actions", params={item["kind"]: item["id"]}).json()["total"] == item["count"]


def test_a_slip_of_the_finger_is_forgiven(client: httpx.Client) -> None:
    assert suggest(client, q="logemnt")[0]["text"] == "Logement"


def test_the_caller_says_how_many_completions(client: httpx.Client) -> None:
    assert len(suggest(client, q="de", size="3")) == 3
    assert len(suggest(client, q="de")) == 8
    assert len(suggest(client, q="de", size="20")) > 8


@pytest.mark.parametrize("params", [{}, {"q": ""}, {"q": " "}, {"q": "l"}, {"q": "l'"}, {"q": "🙂"}, {"q": "zzzz"}])
def test_too_little_or_unknown_words_are_completed_with_nothing(client: httpx.Client, params: dict[str, str]) -> None:
    assert suggest(client, **params) == []


@pytest.mark.parametrize("text", ['"', "-*", "titre:", "a\x00b", "((((", "مرحبا", "é" * 501, "x y " * 250, " " * 600])
def test_anything_that_a_person_types_is_answered(client: httpx.Client, text: str) -> None:
    suggest(client, q=text)


@pytest.mark.parametrize(
    ("params", "parameter"),
    [({"size": "0"}, "size"), ({"size": "21"}, "size"), ({"size": "x"}, "size")],
)
def test_values_beyond_their_bounds_are_refused(client: httpx.Client, params: dict[str, str], parameter: str) -> None:
    answer = client.get("/suggest", params=params)

    assert answer.status_code == 422
    assert [error["parameter"] for error in answer.json()["errors"]] == [parameter]


def test_near_actions_are_list_items_with_their_reason(client: httpx.Client) -> None:
    path = address(client, q="titre:jeunesse")
    items = similar(client, path)

    assert 0 < len(items) <= 5
    for item in items:
        listed = client.get("/actions", params={"structure": item["structure"]["id"]}).json()["items"]
        expected = next(found for found in listed if found["id"] == item["id"])
        assert set(item) == {*LISTED_KEYS, "shared"} - {"highlights"}
        assert {key: item[key] for key in item if key not in {"score", "shared"}} == {
            key: value for key, value in expected.items() if key not in {"score", "highlights"}
        }
        assert item["score"] > 0
        assert 0 < len(item["shared"]) <= 8


def test_near_actions_come_nearest_first_and_never_hold_the_action_itself(client: httpx.Client) -> None:
    for action in client.get("/actions", params={"per_page": "100"}).json()["items"]:
        items = similar(client, f"/actions/{action['id']}/similar", size="20")
        scores = [item["score"] for item in items]
        assert scores == sorted(scores, reverse=True)
        assert action["id"] not in {item["id"] for item in items}


def test_the_shared_words_stand_in_the_action_that_was_asked_for(client: httpx.Client) -> None:
    path = address(client, q="titre:jardin")
    words = client.get(path.removesuffix("/similar") + ".txt").text.lower()

    for item in similar(client, path, size="20"):
        assert all(word in words for word in item["shared"])


def test_the_caller_says_how_many_near_actions(client: httpx.Client) -> None:
    path = address(client, q="habitants")

    assert len(similar(client, path, size="2")) == 2
    assert len(similar(client, path)) == len(similar(client, path, size="")) == 5
    assert client.get(path, params={"size": "21"}).status_code == 422


def test_what_is_near_an_unknown_action_is_not_found(client: httpx.Client) -> None:
    for headers in ({}, {"If-None-Match": "*"}):
        answer = client.get("/actions/inconnue/similar", headers=headers)
        assert (answer.status_code, answer.json()["title"]) == (404, "Introuvable")


def test_what_is_near_a_deleted_action_is_gone(filled: Path) -> None:
    with CatalogueService.open(default_settings(filled)) as catalogue:
        deleted, *_ = catalogue.store.records()
        with catalogue.store.write() as writer:
            writer.delete(deleted.number, author="test")
    with running_server(filled) as base:
        assert httpx.get(f"{base}/actions/{deleted.id}/similar").status_code == 410


def test_both_refuse_unknown_parameters(client: httpx.Client) -> None:
    for path in ("/suggest", address(client)):
        answer = client.get(path, params={"sise": "3"})
        assert answer.status_code == 400
        assert "« size »" in answer.json()["detail"]
        assert client.get(path, params={"utm_source": "lettre", "_": "1"}).status_code == 200


def test_both_are_not_sent_again_while_the_catalogue_stays_the_same(client: httpx.Client) -> None:
    for path in ("/suggest?q=log", address(client)):
        first = client.get(path)
        assert first.headers["etag"].startswith('W/"')
        assert first.headers["cache-control"] == "public, max-age=0, must-revalidate"
        again = client.get(path, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


def test_the_examples_of_their_parameters_are_accepted_and_the_guide_names_them(client: httpx.Client) -> None:
    guide = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")

    for path, known in (("/suggest", SUGGEST_PARAMETERS), (address(client), SIMILAR_PARAMETERS)):
        for name, parameter in known.items():
            assert client.get(path, params={name: parameter.example}).status_code == 200
            assert f"`{name}`" in guide
