"""`GET /stats` over HTTP."""

from typing import Any

import httpx

from app.api.schemas.statistics import StatisticsDocument
from app.catalogue.facets import FACETS
from app.catalogue.fields import FIELDS


def ask(client: httpx.Client, **params: Any) -> dict[str, Any]:
    answer = client.get("/stats", params=params)
    assert answer.status_code == 200, answer.text
    StatisticsDocument.model_validate_json(answer.content)
    document: dict[str, Any] = answer.json()
    return document


def numbers(breakdown: dict[str, Any]) -> dict[str, int]:
    return {value["libelle"]: value["nombre"] for value in breakdown["valeurs"]}


def records(client: httpx.Client) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = client.get("/actions", params={"per_page": 100, "full": "true"}).json()["items"]
    return items


def test_the_totals_are_those_of_the_lists(client: httpx.Client) -> None:
    document = ask(client)

    assert document["total"] == client.get("/actions").json()["total"] == 24
    assert document["structures"] == client.get("/structures").json()["total"]
    places = {code["code"] for item in records(client) if (code := item["structure"]["departement"])}
    assert document["departements"] == len(places)
    assert document["regions"] == document["facettes"]["region"]["distinctes"]


def test_every_facet_is_counted_as_facets_are(client: httpx.Client) -> None:
    document = ask(client)
    facets = client.get("/facets").json()["facets"]

    assert list(document["facettes"]) == list(FACETS)
    for name, breakdown in document["facettes"].items():
        assert numbers(breakdown) == {value["label"]: value["count"] for value in facets[name]}
    assert document["facettes"]["dimension"]["sans_valeur"] == 1


def test_every_declared_field_has_its_completeness(client: httpx.Client) -> None:
    found = {field["cle"]: field for field in ask(client)["completude"]}
    items = records(client)

    assert list(found) == [field.key for field in FIELDS]
    for key, field in found.items():
        assert field["nombre"] == sum(1 for item in items if item[key]), key
        assert field["part"] == round(field["nombre"] / 24, 4)


def test_pairs_of_keywords_lead_to_as_many_actions(client: httpx.Client) -> None:
    pairs = ask(client)["paires_mots_cles"]

    assert pairs == sorted(pairs, key=lambda pair: -pair["nombre"])
    for pair in pairs[:5]:
        held = [item for item in records(client) if set(pair["mots_cles"]) <= set(item["mots_cles"])]
        assert len(held) == pair["nombre"] > 0


def test_years_are_those_of_entry(client: httpx.Client) -> None:
    years = {item["cree_le"][:4] for item in records(client)}
    document = ask(client, facet_size=1)

    assert {year["valeur"] for year in document["annees"]["valeurs"]} == years
    assert sum(numbers(document["annees"]).values()) == 24


def test_filters_and_text_choose_what_is_counted(client: httpx.Client) -> None:
    document = ask(client, dimension="citoyennete", q="habitants")

    assert (
        document["total"]
        == client.get("/actions", params={"dimension": "citoyennete", "q": "habitants"}).json()["total"]
    )
    assert numbers(document["facettes"]["dimension"]) == {"Citoyenneté": document["total"]}


def test_what_nobody_has_counts_nothing_and_is_named(client: httpx.Client) -> None:
    document = ask(client, dimension="citoyennté")

    assert (document["total"], document["annees"]["valeurs"], document["paires_mots_cles"]) == (0, [], [])
    assert {field["part"] for field in document["completude"]} == {0.0}
    assert document["warnings"][0]["nearest"] == "Citoyenneté"


def test_a_corrected_text_is_reported(client: httpx.Client) -> None:
    assert ask(client, q="logemnt")["suggestion"] == "logement"


def test_values_beyond_the_size_are_cut_but_places_are_not(client: httpx.Client) -> None:
    document = ask(client, facet_size=2)

    assert len(document["facettes"]["mot_cle"]["valeurs"]) == len(document["paires_mots_cles"]) == 2
    assert document["facettes"]["mot_cle"]["distinctes"] > 2
    assert len(document["facettes"]["departement"]["valeurs"]) == document["departements"] > 2


def test_what_only_pages_have_is_refused(client: httpx.Client) -> None:
    for name in ("page", "sort", "facet", "cursor"):
        refused = client.get("/stats", params={name: "1"})
        assert (refused.status_code, refused.json()["errors"][0]["parameter"]) == (400, name)


def test_statistics_that_have_not_changed_are_not_sent_again(client: httpx.Client) -> None:
    first = client.get("/stats")
    again = client.get("/stats", headers={"If-None-Match": first.headers["etag"]})

    assert first.headers["etag"] == client.get("/actions").headers["etag"]
    assert (again.status_code, again.content) == (304, b"")
