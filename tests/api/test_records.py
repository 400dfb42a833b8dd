"""One action over HTTP, as JSON and as text."""

from pathlib import Path
from typing import Any

import httpx

from app.api.schemas import actions as schemas
from app.catalogue.fields import FIELDS


def first(client: httpx.Client, **params: str) -> dict[str, Any]:
    item: dict[str, Any] = client.get("/actions", params=params).json()["items"][0]
    return item


def test_a_record_has_every_declared_key(client: httpx.Client) -> None:
    document = client.get(f"/actions/{first(client)['id']}").json()

    assert {field.key for field in FIELDS} <= set(document)
    schemas.Action.model_validate(document)


def test_the_links_of_an_item_lead_to_the_record_and_to_something_to_read(client: httpx.Client) -> None:
    item = first(client, q="jardin")

    assert client.get(item["links"]["self"]).json()["titre"] == item["titre"]
    assert item["titre"] in client.get(item["links"]["html"], follow_redirects=True).text


def test_an_ended_action_says_why_and_another_does_not(client: httpx.Client) -> None:
    ended = client.get(first(client, statut="terminee")["links"]["self"]).json()
    ongoing = client.get(first(client, statut="en cours")["links"]["self"]).json()

    assert ended["raisons_fin"]
    assert ongoing["raisons_fin"] is None


def test_the_text_of_a_record_is_its_part_of_the_export(client: httpx.Client, sample_export: Path) -> None:
    item = first(client, q="titre:jardin")
    answer = client.get(f"/actions/{item['id']}.txt")

    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text.startswith(f"Actions\n{item['titre']}\n- Structure organisatrice\n")
    assert answer.text.rstrip("\n") in sample_export.read_text(encoding="utf-8")


def test_structures_are_listed_with_their_number_of_actions(client: httpx.Client) -> None:
    document = client.get("/structures", params={"per_page": "100"}).json()
    schemas.StructureList.model_validate(document)

    assert document["total"] == len(document["items"]) == 23
    assert sum(item["nombre_actions"] for item in document["items"]) == 24


def test_structures_are_filtered_by_place_and_paged(client: httpx.Client) -> None:
    north = client.get("/structures", params={"departement": "nord"}).json()
    first_page = client.get("/structures", params={"per_page": "10"})
    second_page = client.get(first_page.json()["links"]["next"]).json()

    assert {item["departement"]["code"] for item in north["items"]} == {"59"}
    assert client.get("/structures", params={"region": "corse"}).json()["total"] == 0
    assert client.get("/structures?page=&per_page=").json()["per_page"] == 20
    assert first_page.links["next"]["url"] == first_page.json()["links"]["next"]
    assert not {item["id"] for item in first_page.json()["items"]} & {item["id"] for item in second_page["items"]}


def test_a_place_that_does_not_exist_is_named_with_the_nearest_one(client: httpx.Client) -> None:
    document = client.get("/structures", params={"departement": "nrod", "region": "corse"}).json()

    assert document["total"] == 0
    assert [(warning["parameter"], warning["nearest"]) for warning in document["warnings"]] == [("departement", "Nord")]


def test_a_structure_comes_with_its_actions(client: httpx.Client) -> None:
    listed = client.get("/structures", params={"per_page": "100"}).json()["items"]
    busiest = max(listed, key=lambda item: item["nombre_actions"])
    document = client.get(busiest["links"]["self"]).json()
    schemas.StructureDocument.model_validate(document)

    assert len(document["actions"]) == busiest["nombre_actions"] == 2
    assert client.get(busiest["links"]["actions"]).json()["total"] == 2
