"""Pages ignore the tracking parameters of social networks, search engines and newsletters; the API refuses them."""

import httpx
import pytest

from app.web.tracking_parameters import strip_tracking_parameters

SHARED = "fbclid=IwAR0x&utm_source=lettre&gclid=1&gad_source=2&mtm_campaign=3&at_medium=4&_ga=5"
RECORD = "jardin-partage-1e0605"


@pytest.mark.parametrize(
    "path",
    [
        "/?q=jardin",
        f"/fiches/{RECORD}",
        f"/comparer?fiche={RECORD}",
        "/integration?departement=59",
        "/embed?departement=59",
        "/statistiques?departement=59",
        "/docs",
        "/redoc",
    ],
)
def test_a_page_that_was_shared_opens_as_it_is(client: httpx.Client, path: str) -> None:
    shared = client.get(f"{path}{'&' if '?' in path else '?'}{SHARED}")

    assert shared.status_code == 200
    assert shared.text == client.get(path).text
    assert "fbclid" not in shared.text


@pytest.mark.parametrize("path", ["/", "/integration", "/embed", "/statistiques", "/comparer"])
def test_what_nobody_adds_is_still_refused(client: httpx.Client, path: str) -> None:
    assert client.get(f"{path}?departements=59").status_code == 400


def test_the_api_takes_none_of_them(client: httpx.Client) -> None:
    for path in ("/actions", "/stats", "/facets"):
        assert client.get(f"{path}?fbclid=x").status_code == 400


def test_a_parameter_of_ours_is_never_taken_for_one_of_theirs() -> None:
    ours = [("q", "jardin"), ("public", "Adultes"), ("partenaire", "Caf"), ("page", "2"), ("par-page", "5")]
    assert strip_tracking_parameters([*ours, ("yclid", "1")]) == ours
