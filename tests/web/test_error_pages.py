"""Problems as HTML pages: where a browser requests a page, with a message and links."""

from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser

from app.http.context import app_context
from app.main import create_app
from app.search.whoosh_engine import WhooshEngine
from app.service import CatalogueService
from app.store.repository import Store
from app.web.problem_pages import accepted_types
from tests.apart import run_apart
from tests.in_process import running_server
from tests.processes import default_settings
from tests.visiting import Visit

HTML = "text/html; charset=utf-8"
PROBLEM = "application/problem+json"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
FAILED = "Failed to load resource"


@pytest.mark.parametrize(
    ("path", "accept", "status", "kind"),
    [
        ("/fiches/rien", "*/*", 404, HTML),
        ("/fiches/rien", BROWSER, 404, HTML),
        ("/fiches/rien", "application/json", 404, PROBLEM),
        ("/fiches/rien", "application/problem+json, */*;q=0.1", 404, PROBLEM),
        ("/?dimensio=x", "*/*", 400, HTML),
        ("/?dimensio=x", "application/json", 400, PROBLEM),
        ("/nulle/part", "*/*", 404, PROBLEM),
        ("/nulle/part", BROWSER, 404, HTML),
        ("/nulle/part", "text/html;q=0, */*", 404, PROBLEM),
        ("/actions/rien", BROWSER, 404, PROBLEM),
        ("/actions?dimensio=x", BROWSER, 400, PROBLEM),
        ("/structures/rien", BROWSER, 404, PROBLEM),
        ("/assets/rien.css", "text/css,*/*;q=0.1", 404, PROBLEM),
        ("/assets/rien.css", BROWSER, 404, HTML),
        ("/assets/%00", BROWSER, 404, HTML),
    ],
)
def test_a_page_is_shown_to_those_who_asked_for_one(
    client: httpx.Client, path: str, accept: str, status: int, kind: str
) -> None:
    answer = client.get(path, headers={"Accept": accept})
    of_data = path.startswith(("/actions", "/structures"))

    assert (answer.status_code, answer.headers["content-type"]) == (status, kind)
    assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert ("Accept" in answer.headers.get("vary", "").replace("Accept-Encoding", "")) != of_data


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/?dimensio=x", 400, "Vouliez-vous dire « dimension »"),
        ("/?page=zéro", 422, "nombre entier"),
        ("/fiches/personne", 404, "« personne »"),
        ("/nulle/part", 404, "Rien ne se trouve à cette adresse"),
        (f"/?x={'a' * 8001}", 414, "8000 octets"),
    ],
)
def test_a_page_says_what_is_wrong_and_offers_a_way_on(
    server: str, browser: Browser, path: str, status: int, said: str
) -> None:
    visit = Visit(browser, server + path, viewport={"width": 320, "height": 640})
    page = visit.page
    visit.screenshot(f"erreur-{status}")

    assert said in page.inner_text("main").replace("\N{NO-BREAK SPACE}", " ")
    assert page.title().startswith(page.inner_text("h1"))
    assert [one for one in visit.console_errors if FAILED not in one] == []
    assert (visit.foreign_origins, visit.accessibility_violations(), visit.overflows()) == (set(), [], False)
    page.get_by_role("searchbox").fill("logement")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{server}/?q=logement")
    page.go_back()
    page.get_by_role("link", name="Parcourir tout le catalogue").click()
    page.wait_for_url(f"{server}/")


def test_several_errors_are_a_list_and_hostile_ones_no_markup(client: httpx.Client) -> None:
    answer = client.get("/", params={"<script>": "1", "autre": "1"})

    assert answer.text.count("Paramètre inconnu") == 2
    assert "&lt;script&gt;" in answer.text
    assert "<script>" not in answer.text


def test_a_method_that_is_not_taken_is_said_with_those_that_are(client: httpx.Client) -> None:
    answer = client.post("/fiches/personne")

    assert (answer.status_code, answer.headers["content-type"], answer.headers["allow"]) == (405, HTML, "GET, HEAD")
    assert "Cette page ne fait que se lire" in answer.text


def test_a_head_of_a_page_that_is_not_there_has_no_body(client: httpx.Client) -> None:
    answer = client.head("/fiches/personne")

    assert (answer.status_code, answer.headers["content-type"], answer.content) == (404, HTML, b"")


@pytest.fixture(scope="module")
def hurried(catalogue_dir: Path) -> Iterator[str]:
    """A server that allows a burst of five requests and one a second."""
    with running_server(catalogue_dir, settings={"ACTIONS_RATE_LIMIT": "1"}) as base:
        yield base


def test_who_asks_too_often_is_told_when_to_come_back(hurried: str, browser: Browser) -> None:
    refused = _first_refusal(f"{hurried}/")
    visit = Visit(browser, f"{hurried}/comparer")

    assert refused.headers["content-type"] == HTML
    assert (refused.headers["retry-after"], refused.headers["cache-control"]) == ("1", "no-store")
    assert "ratelimit" in refused.headers
    assert "Réessayez dans 1 seconde." in refused.text
    assert _first_refusal(f"{hurried}/actions").headers["content-type"] == PROBLEM
    assert visit.page.inner_text("h1")


def _first_refusal(address: str) -> httpx.Response:
    """Request until the rate limit refuses; return the refusal."""
    return next(
        answer for _ in range(100) if (answer := httpx.get(address)).status_code == HTTPStatus.TOO_MANY_REQUESTS
    )


@pytest.mark.parametrize("path", ["/fiches/x", "/structures/x/fiche", "/comparer?fiche=x"])
def test_a_catalogue_that_cannot_answer_is_a_page_that_needs_none(tmp_path: Path, path: str) -> None:
    nowhere = Store(f"sqlite:///{tmp_path / 'missing' / 'actions.db'}")
    answer = response_of_app(CatalogueService(nowhere, WhooshEngine(tmp_path / "index")), tmp_path, path)

    assert (answer.status_code, answer.headers["content-type"], answer.headers["retry-after"]) == (503, HTML, "5")
    assert "Le service est momentanément indisponible" in answer.text
    assert "Réessayez dans 5 secondes." in answer.text
    assert answer.headers["x-request-id"] in answer.text


def test_an_error_of_ours_is_a_page_that_tells_nothing_but_its_number(tmp_path: Path) -> None:
    answer = response_of_app("no catalogue at all", tmp_path, "/comparer?fiche=x")

    assert (answer.status_code, answer.headers["content-type"]) == (500, HTML)
    assert "Quelque chose s’est cassé chez nous" in answer.text
    assert answer.headers["x-request-id"] in answer.text
    assert "attribute" not in answer.text


def response_of_app(catalogue: object, data_dir: Path, path: str) -> httpx.Response:
    """Return the response of an application with this catalogue, without its start-up."""
    app = create_app(default_settings(data_dir))
    app_context(app).service_holder.service = catalogue

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.get(path)

    return run_apart(ask())


def test_what_is_accepted_is_read_as_browsers_and_programs_write_it() -> None:
    assert accepted_types(["text/html, APPLICATION/JSON ;q=0.5", "a/b;q=0.0"]) == {"text/html", "application/json"}
    assert accepted_types([]) == frozenset()
