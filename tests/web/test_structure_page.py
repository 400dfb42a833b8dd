"""The page of a structure: its territory, its actions, and the link to the search."""

import json
import re
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser

from tests.visiting import Visit


@pytest.fixture(scope="module")
def structure(client: httpx.Client) -> dict[str, Any]:
    """The structure with most actions, as a document of the API."""
    items = client.get("/structures", params={"per_page": 100}).json()["items"]
    most = max(items, key=lambda one: one["nombre_actions"])
    document: dict[str, Any] = client.get(f"/structures/{most['id']}").json()
    return document


def test_it_says_who_they_are_where_and_what_they_do(server: str, structure: dict[str, Any], browser: Browser) -> None:
    visit = Visit(browser, f"{server}/structures/{structure['id']}/fiche", java_script_enabled=False)
    page = visit.page

    assert page.inner_text("h1") == structure["nom"]
    assert page.locator(".place dd").all_inner_texts() == [structure["departement"]["nom"], structure["region"]["nom"]]
    assert page.locator(".hits h3").all_inner_texts() == [one["titre"] for one in structure["actions"]]
    page.get_by_role("link", name="dans la recherche").click()
    assert page.url == f"{server}/?structure={structure['id']}"
    assert page.locator(".hits > li").count() == len(structure["actions"])


@pytest.mark.parametrize(
    ("name", "options"),
    [("telephone", {"viewport": {"width": 320, "height": 640}}), ("sombre", {"color_scheme": "dark"}), ("large", {})],
)
def test_it_can_be_read_however_it_is_looked_at(
    server: str, structure: dict[str, Any], browser: Browser, name: str, options: dict[str, Any]
) -> None:
    visit = Visit(browser, f"{server}/structures/{structure['id']}/fiche", **options)
    visit.screenshot(f"structure-{name}")

    assert (visit.console_errors, visit.foreign_origins, visit.accessibility_violations(), visit.overflows()) == (
        [],
        set(),
        [],
        False,
    )
    visit.context.close()


def test_machines_are_told_what_it_is(client: httpx.Client, server: str, structure: dict[str, Any]) -> None:
    address = f"{server}/structures/{structure['id']}/fiche"
    page = client.get(address)
    data = json.loads(re.findall(r'<script type="application/ld\+json">(.*?)</script>', page.text)[0])

    assert (data["@type"], data["name"], data["url"]) == ("Organization", structure["nom"], address)
    assert data["location"]["containedInPlace"]["name"] == structure["region"]["nom"]
    assert f'<link rel="canonical" href="{address}">' in page.text
    assert client.get(address, headers={"If-None-Match": page.headers["ETag"]}).status_code == 304


def test_a_structure_without_actions_is_not_found(client: httpx.Client) -> None:
    answer = client.get("/structures/personne/fiche")

    assert answer.status_code == 404
    assert "Cette page n’existe pas" in answer.text
    assert client.get("/structures/personne").headers["content-type"] == "application/problem+json"
