"""The API explorers in a browser: they work under their content policy and load nothing from other hosts."""

from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser

from tests.api.editor import Editor
from tests.visiting import Visit

_WRITE = """([name, text]) => {
  const written = document.createElement(name); written.textContent = text; document.body.append(written) }"""


def operations(client: httpx.Client) -> list[dict[str, Any]]:
    paths = client.get("/openapi.json").json()["paths"]
    return [operation for path in paths.values() for operation in path.values()]


def try_out(visit: Visit, operation: str, status: int = 200, **given: str) -> str:
    """Execute an operation as it is filled in, but for what is `given`; return the address that was asked.

    Waits for the answer of that `status`.
    """
    block = visit.page.locator(f".opblock[id$='-{operation}']")
    block.locator(".opblock-summary-control").click()
    for name, value in given.items():
        block.locator(f"tr[data-param-name='{name}'] input").fill(value)
    block.locator("button.execute").click()
    block.locator(".live-responses-table .response-col_status").filter(has_text=str(status)).wait_for()
    asked = block.locator(".request-url pre").inner_text()
    block.locator(".opblock-summary-control").click()  # the page gets slower with each that stays open
    return asked


@pytest.mark.long
def test_docs_shows_every_operation_and_tries_each_reading_one_out_and_on_by_a_cursor(
    browser: Browser, client: httpx.Client, server: str
) -> None:
    visit = Visit(browser, f"{server}/docs")
    shown = visit.page.locator(".opblock")
    shown.first.wait_for()
    assert shown.count() == len(operations(client))

    reading = [
        path["get"]["operationId"] for path in client.get("/openapi.json").json()["paths"].values() if "get" in path
    ]
    assert len(reading) >= 11
    for operation in reading:
        asked = try_out(visit, operation)
        assert client.get(asked).status_code == 200, operation

    # Cursors of earlier responses are valid.
    cursor = client.get("/actions?per_page=20").json()["next_cursor"]
    rest = client.get(try_out(visit, "listerActions", q="", cursor=cursor)).json()
    assert len(rest["items"]) == rest["total"] - 20
    since = client.get("/changes").json()["cursor"]
    assert client.get(try_out(visit, "suivreChangements", since=since)).json()["items"] == []
    assert visit.console_errors == []
    assert visit.foreign_origins == set()


def test_docs_fills_in_what_the_served_catalogue_holds(browser: Browser, editor: Editor) -> None:
    empty = Visit(browser, f"{editor.client.base_url}/docs")
    empty.page.locator(".opblock").first.wait_for()
    assert urlsplit(try_out(empty, "listerActions")).query.startswith("per_page=")

    path, _ = editor.created("Sortie à vélo", mots_cles=["Mobilité douce"])
    visit = Visit(browser, f"{editor.client.base_url}/docs")
    visit.page.locator(".opblock").first.wait_for()

    assert urlsplit(try_out(visit, "lireAction")).path == path
    assert urlsplit(try_out(visit, "lireStructure")).path == "/structures/centre-social-des-tilleuls-nord"
    assert "q=Mobilit%C3%A9%20douce" in try_out(visit, "suggerer")


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
@pytest.mark.parametrize("question", ["url", "configUrl", "spec-url", "urls.primaryName"])
def test_a_link_cannot_make_a_page_show_the_api_of_somebody_else(
    browser: Browser, server: str, path: str, question: str
) -> None:
    visit = Visit(browser, f"{server}{path}?{question}=http://localhost:1/openapi.json")
    visit.page.get_by_role("heading", name="Les actions des centres sociaux").first.wait_for()

    assert visit.foreign_origins == set()
    assert visit.console_errors == []


def test_redoc_shows_every_operation_and_finds_one(browser: Browser, client: httpx.Client, server: str) -> None:
    visit = Visit(browser, f"{server}/redoc")
    for operation in operations(client):
        visit.page.get_by_role("heading", name=operation["summary"]).first.wait_for()
    visit.page.get_by_role("textbox").first.fill("structures")
    visit.page.locator('[data-role="search:results"]').wait_for()

    assert visit.page.locator("style").count() == 2
    assert visit.console_errors == []
    assert visit.foreign_origins == set()


def test_a_page_may_not_run_what_is_written_into_it(browser: Browser, server: str) -> None:
    visit = Visit(browser, f"{server}/docs")
    for name, text in (("script", "window.ran = true"), ("style", "body { color: red }")):
        visit.page.evaluate(_WRITE, [name, text])

    assert visit.page.evaluate("window.ran") is None
    assert {complaint.split()[1] for complaint in visit.console_errors if complaint.startswith("policy")} == {
        "script-src-elem",
        "style-src-elem",
    }


def test_docs_tries_writing_out_with_a_key(browser: Browser, editor: Editor) -> None:
    visit = Visit(browser, f"{editor.client.base_url}/docs")
    visit.page.locator("button.authorize").first.click()
    visit.page.locator(".auth-container input").fill(editor.client.headers["authorization"].removeprefix("Bearer "))
    visit.page.locator(".auth-btn-wrapper button.authorize").click()
    visit.page.locator(".auth-btn-wrapper button.btn-done").click()

    try_out(visit, "creerAction", 201)
    (identifier,) = editor.found('"réparent ensemble leurs vélos"')
    path = f"/actions/{identifier}"
    for operation, status in (("modifierAction", 200), ("remplacerAction", 200), ("supprimerAction", 204)):
        seen = {"id": identifier, "If-Match": editor.client.get(path).headers["etag"]}
        assert urlsplit(try_out(visit, operation, status, **seen)).path == path
    assert editor.client.get(path).status_code == 410
    assert len(editor.client.get(f"{path}/history").json()["items"]) == 4
    assert visit.console_errors == []
