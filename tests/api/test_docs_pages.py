"""The pages that explore the API, in a real browser: they work under their policy and fetch nothing from elsewhere."""

from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser

from tests.visiting import Visit

_WRITE = """([name, text]) => {
  const written = document.createElement(name); written.textContent = text; document.body.append(written) }"""


def operations(client: httpx.Client) -> list[dict[str, Any]]:
    paths = client.get("/openapi.json").json()["paths"]
    return [operation for path in paths.values() for operation in path.values()]


def test_docs_shows_every_operation_and_tries_one_out(browser: Browser, client: httpx.Client, server: str) -> None:
    visit = Visit(browser, f"{server}/docs")
    shown = visit.page.locator(".opblock")
    shown.first.wait_for()
    assert shown.count() == len(operations(client))

    first = visit.page.locator("#operations-Actions-listerActions")
    first.locator(".opblock-summary-control").click()
    first.locator("button.execute").click()
    first.locator(".live-responses-table .response-col_status").filter(has_text="200").wait_for()

    assert visit.complaints == []
    assert visit.elsewhere == set()
    assert any(urlsplit(address).path == "/actions" for address in visit.fetched)


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
@pytest.mark.parametrize("question", ["url", "configUrl", "spec-url", "urls.primaryName"])
def test_a_link_cannot_make_a_page_show_the_api_of_somebody_else(
    browser: Browser, server: str, path: str, question: str
) -> None:
    visit = Visit(browser, f"{server}{path}?{question}=http://localhost:1/openapi.json")
    visit.page.get_by_role("heading", name="Les actions des centres sociaux").first.wait_for()

    assert visit.elsewhere == set()
    assert visit.complaints == []


def test_redoc_shows_every_operation_and_finds_one(browser: Browser, client: httpx.Client, server: str) -> None:
    visit = Visit(browser, f"{server}/redoc")
    for operation in operations(client):
        visit.page.get_by_role("heading", name=operation["summary"]).first.wait_for()
    visit.page.get_by_role("textbox").first.fill("structures")
    visit.page.locator('[data-role="search:results"]').wait_for()

    assert visit.page.locator("style").count() == 2
    assert visit.complaints == []
    assert visit.elsewhere == set()


def test_a_page_may_not_run_what_is_written_into_it(browser: Browser, server: str) -> None:
    visit = Visit(browser, f"{server}/docs")
    for name, text in (("script", "window.ran = true"), ("style", "body { color: red }")):
        visit.page.evaluate(_WRITE, [name, text])

    assert visit.page.evaluate("window.ran") is None
    assert {complaint.split()[1] for complaint in visit.complaints if complaint.startswith("policy")} == {
        "script-src-elem",
        "style-src-elem",
    }
