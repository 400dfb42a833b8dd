"""The comparison of records: one table, and help with fewer than two records."""

from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser

from app.catalogue.fields import FIELDS
from tests.visiting import Visit, wait_until


@pytest.fixture(scope="module")
def chosen(client: httpx.Client) -> list[dict[str, Any]]:
    """Four records of the sample."""
    items: list[dict[str, Any]] = client.get(
        "/actions", params={"q": "logement", "per_page": 4, "full": "true"}
    ).json()["items"]
    return items


def address(server: str, records: list[dict[str, Any]]) -> str:
    """Return the URL of the comparison of `records`."""
    return f"{server}/comparer?" + "&".join(f"fiche={record['id']}" for record in records)


def test_records_stand_side_by_side_field_by_field(server: str, chosen: list[dict[str, Any]], browser: Browser) -> None:
    visit = Visit(browser, address(server, chosen[:2]), java_script_enabled=False)
    page = visit.page

    assert page.locator("thead th[scope=col] > a:first-child").all_inner_texts() == [one["titre"] for one in chosen[:2]]
    rows = page.locator("tbody th[scope=row]").all_inner_texts()
    captions = [field.caption for field in FIELDS]
    assert [caption for caption in captions if caption in rows] == [row for row in rows if row in captions]
    for record in chosen[:2]:
        assert record["resume"].split()[0] in page.locator("tr", has_text="Résumé").first.inner_text()
    assert page.locator("tbody td:not([colspan])").count() % 2 == 0


def test_what_all_say_is_said_once_and_what_none_says_is_left_out(
    server: str, client: httpx.Client, browser: Browser
) -> None:
    pair = client.get("/actions", params={"statut": "en cours", "per_page": 2, "full": "true"}).json()["items"]
    page = Visit(browser, address(server, pair), java_script_enabled=False).page
    status = page.locator("tbody tr").filter(has=page.get_by_role("rowheader", name="Statut", exact=True))

    assert status.locator("td").all_inner_texts() == ["En cours"]
    assert status.locator("td").get_attribute("colspan") == "2"
    assert page.get_by_role("rowheader", name="Fichiers joints").count() == 0


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("telephone-2", {"viewport": {"width": 320, "height": 640}}),
        ("sombre-3", {"color_scheme": "dark"}),
        ("large-4", {"viewport": {"width": 1280, "height": 900}}),
        ("zoom-200-3", {"viewport": {"width": 640, "height": 400}, "device_scale_factor": 2}),
    ],
)
def test_it_can_be_read_however_it_is_looked_at(
    server: str, chosen: list[dict[str, Any]], browser: Browser, name: str, options: dict[str, Any]
) -> None:
    visit = Visit(browser, address(server, chosen[: int(name[-1])]), **options)
    visit.screenshot(f"comparer-{name}")

    assert (visit.console_errors, visit.foreign_origins, visit.accessibility_violations(), visit.overflows()) == (
        [],
        set(),
        [],
        False,
    )
    assert visit.page.get_attribute("meta[name=robots]", "content") == "noindex, follow"
    visit.context.close()


def test_a_keyboard_moves_along_a_table_that_is_wider_than_the_screen(
    server: str, chosen: list[dict[str, Any]], browser: Browser
) -> None:
    page = Visit(browser, address(server, chosen[:3]), viewport={"width": 320, "height": 640}).page
    region = page.get_by_role("region", name="Les rubriques de 3 actions, côte à côte")
    region.focus()
    page.keyboard.press("ArrowRight")
    wait_until(page, "document.querySelector('.scroller').scrollLeft > 0")

    assert page.locator("tbody th").first.evaluate("(one) => one.getBoundingClientRect().left") >= 0


def test_a_record_can_be_taken_out_until_there_is_nothing_to_compare(
    server: str, chosen: list[dict[str, Any]], browser: Browser
) -> None:
    page = Visit(browser, address(server, chosen[:3]), java_script_enabled=False).page
    page.get_by_role("link", name=f"Retirer « {chosen[1]['titre']} »").click()
    assert page.url == address(server, [chosen[0], chosen[2]])
    page.get_by_role("link", name="Retirer").first.click()
    assert page.locator("table").count() == 0
    assert chosen[2]["titre"] in page.inner_text("main")
    page.locator("main .plain a").first.click()
    assert page.locator("thead th").count() == 2


def test_those_who_come_without_records_are_told_where_to_find_them(server: str, browser: Browser) -> None:
    visit = Visit(browser, f"{server}/comparer")

    assert "deux fiches au moins" in visit.page.inner_text("main")
    assert (visit.console_errors, visit.accessibility_violations()) == ([], [])


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("fiche=personne&fiche=rien", 404, "« personne »"),
        ("fiche=a&fiche=b&fiche=c&fiche=d&fiche=e", 422, "4 fiches au plus"),
        ("fiches=a", 400, "« fiche »"),
    ],
)
def test_what_cannot_be_compared_is_said_on_a_page(client: httpx.Client, query: str, status: int, said: str) -> None:
    answer = client.get(f"/comparer?{query}")

    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert said in answer.text.replace("\N{NO-BREAK SPACE}", " ")


def test_the_same_record_twice_is_one_record(client: httpx.Client, chosen: list[dict[str, Any]]) -> None:
    answer = client.get("/comparer", params={"fiche": [chosen[0]["id"]] * 5})

    assert answer.status_code == 200
    assert "La comparer avec" in answer.text


def test_paper_has_the_whole_table(server: str, chosen: list[dict[str, Any]], browser: Browser) -> None:
    visit = Visit(browser, address(server, chosen[:2]), viewport={"width": 700, "height": 900})
    visit.page.emulate_media(media="print")
    visit.screenshot("comparer-papier")

    assert not visit.overflows()
    assert not visit.page.locator("header.site nav").is_visible()
    assert not visit.page.locator("thead .remove").first.is_visible()
