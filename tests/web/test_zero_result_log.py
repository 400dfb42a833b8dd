"""The log of searches without results: finished searches, not the prefixes that the user types."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.processes import default_settings
from tests.visiting import Visit
from tests.web.hosting import HostSite, hold_requests, search_element


def logged_searches(catalogue_dir: Path, prefix: str) -> list[str]:
    """Return the logged searches that begin with `prefix`, in the order of the log."""
    path = default_settings(catalogue_dir).zero_result_file
    texts = [json.loads(line)["q"] for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []
    return [text for text in texts if text.startswith(prefix)]


def wait_for_logged_searches(catalogue_dir: Path, prefix: str) -> list[str]:
    """Return the same as soon as there is at least one."""
    deadline = time.monotonic() + 10
    while not logged_searches(catalogue_dir, prefix) and time.monotonic() < deadline:
        time.sleep(0.05)
    return logged_searches(catalogue_dir, prefix)


@pytest.mark.parametrize("path", ["/", "/actions"])
def test_a_search_that_says_it_is_being_typed_is_answered_alike_but_not_noted(
    client: httpx.Client, catalogue_dir: Path, path: str
) -> None:
    text = f"wxqz{len(path)}"
    typed = client.get(path, params={"q": text, "_saisie": "1"})
    assert logged_searches(catalogue_dir, text) == []
    searched = client.get(path, params={"q": text})
    assert logged_searches(catalogue_dir, text) == [text]
    assert typed.text == searched.text


@pytest.fixture(params=["page", "element"])
def field(request: pytest.FixtureRequest, browser: Browser, server: str, host: HostSite) -> Iterator[Locator]:
    """The field of the search page, or of an element on a host page, after its first results."""
    visit = Visit(browser, f"{server}/" if request.param == "page" else host.element(server, ""))
    if request.param == "element":
        expect(search_element(visit.page).get_by_role("status")).to_have_text("24 résultats")
    name = "Un thème, un public, une structure, un lieu" if request.param == "page" else "Rechercher une action"
    yield visit.page.get_by_label(name)
    visit.context.close()


def status(field: Locator) -> Locator:
    return field.page.get_by_role("status")


def test_half_a_word_is_not_noted_and_the_whole_one_is_when_it_is_sent(
    field: Locator, catalogue_dir: Path, request: pytest.FixtureRequest
) -> None:
    word = f"wqxkj{request.node.callspec.params['field'][:1]}"
    for end in ("gh", "ghjk"):
        field.fill(word + end)
        with field.page.expect_response(lambda answer: "_saisie" in answer.url):
            pass
        expect(status(field)).to_contain_text("Aucun résultat")
    assert logged_searches(catalogue_dir, word) == []
    field.press("Enter")

    assert wait_for_logged_searches(catalogue_dir, word) == [f"{word}ghjk"]


def test_what_was_left_in_the_field_for_a_while_counts_as_searched_once(
    field: Locator, catalogue_dir: Path, request: pytest.FixtureRequest
) -> None:
    word = f"zkwqv{request.node.callspec.params['field'][:1]}"
    field.fill(word)
    assert wait_for_logged_searches(catalogue_dir, word) == [word]
    field.press("Enter")
    field.page.wait_for_load_state("networkidle")

    assert logged_searches(catalogue_dir, word) == [word]


def test_an_answer_that_comes_while_someone_types_on_brings_no_old_text_back(field: Locator) -> None:
    field.page.clock.install()
    waiting = hold_requests(field.page, "**/*q=qwzx&*_saisie=1")
    field.fill("qwzx")
    field.page.clock.run_for(400)
    field.page.wait_for_timeout(50)
    field.fill("qwzxk")
    for route in waiting:
        route.continue_()
    expect(status(field)).to_contain_text("Aucun résultat")
    field.fill("logement")
    field.page.clock.run_for(400)

    expect(status(field)).to_have_text("6 résultats")
    assert len(waiting) == 1
