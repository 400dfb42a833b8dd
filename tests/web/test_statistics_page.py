"""The page of statistics in a real browser: content, accessibility, every width, paper, weight."""

import re
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, expect

from app.catalogue.facets import FACETS
from tests.visiting import Visit

PAGE = "/statistiques"
PHONE = {"width": 320, "height": 640}
_MAX_BYTES = 100_000  # bytes of all requests of the page
STATES = {
    "statistiques": PAGE,
    "statistiques-filtrees": f"{PAGE}?dimension=Citoyennet%C3%A9&q=habitants",
    "statistiques-vides": f"{PAGE}?dimension=Inconnue",
}


def rows(visit: Visit, title: str) -> dict[str, int]:
    """Return the labels and numbers in the table of the chart `title`."""
    card = visit.page.get_by_role("heading", name=title, exact=True).locator("xpath=..")
    card.get_by_text("Les nombres").click()
    found = {}
    for line in card.locator("tbody tr").all():
        found[line.locator("th").inner_text()] = int(line.locator("td").first.inner_text())
    return found


@pytest.mark.parametrize("state", STATES)
def test_every_state_is_accessible_in_both_colour_schemes_and_on_a_phone(
    browser: Browser, server: str, state: str
) -> None:
    visit = Visit(browser, server + STATES[state])
    visit.page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
    visit.screenshot(state)
    assert visit.accessibility_violations() == []
    visit.page.set_viewport_size(PHONE)
    visit.page.emulate_media(color_scheme="dark")
    visit.screenshot(f"{state}-320-sombre")
    assert not visit.overflows()
    assert visit.accessibility_violations() == []
    assert visit.console_errors == []
    assert visit.foreign_origins == set()
    visit.context.close()


def test_each_chart_has_its_table_with_the_numbers_of_the_api(
    browser: Browser, server: str, client: httpx.Client
) -> None:
    counted = client.get("/stats?facet_size=15").json()["facettes"]
    visit = Visit(browser, server + PAGE, java_script_enabled=False)

    for name in FACETS.keys() - {"departement"}:
        shown = rows(visit, FACETS[name].caption)
        without = counted[name]["sans_valeur"]
        expected = {value["libelle"]: value["nombre"] for value in counted[name]["valeurs"]}
        assert shown == {**expected, **({"Sans valeur": without} if without else {})}, name


def test_a_number_leads_to_its_actions(browser: Browser, server: str) -> None:
    visit = Visit(browser, server + PAGE, java_script_enabled=False)
    assert rows(visit, "Dimension")["Sans valeur"] == 1
    visit.page.get_by_role("link", name="Citoyenneté", exact=True).click()

    assert visit.page.get_by_role("heading", name="16 résultats").is_visible()


def test_every_number_that_leads_somewhere_leads_to_as_many_actions(client: httpx.Client) -> None:
    page = client.get(f"{PAGE}?mot_cle=Environnement").text
    lines = re.findall(r'<a href="/(\?[^"]+)" rel="nofollow">[^<]+</a></th><td>(\d+)<', page)

    assert len(lines) > 10
    for query, number in lines[::3]:
        assert client.get(f"/actions{query.replace('&amp;', '&')}").json()["total"] == int(number), query


def test_what_is_chosen_is_told_and_can_be_widened(browser: Browser, server: str) -> None:
    page = Visit(browser, server + STATES["statistiques-filtrees"]).page
    href = page.get_by_role("link", name="cette recherche").get_attribute("href") or ""
    assert urlsplit(href).query == urlsplit(STATES["statistiques-filtrees"]).query.replace("+", "%20")
    page.get_by_role("link", name="Compter tout le catalogue").click()

    expect(page).to_have_url(server + PAGE)
    assert page.locator(".totals dd").all_inner_texts() == ["24", "23", "19", "12"]


def test_the_map_is_darkest_where_there_are_most_actions(browser: Browser, server: str) -> None:
    page = Visit(browser, server + PAGE).page
    darkness = page.locator(".map > path").evaluate_all(
        "all => Object.fromEntries(all.map(one => [one.id, getComputedStyle(one).fill]))"
    )

    assert len(darkness) == 101
    assert page.locator("#d59 title").text_content() == "Nord (59)\N{NO-BREAK SPACE}: 3 actions"
    assert len({darkness[code] for code in ("d59", "d58", "d974", "d01")}) == 4
    assert page.locator(".legend li").all_inner_texts() == ["aucune", "1", "2", "3"]
    assert page.get_by_text("CC BY 4.0").is_visible()


def test_on_paper_every_table_is_open(browser: Browser, server: str) -> None:
    page = Visit(browser, server + PAGE).page
    page.emulate_media(media="print")

    assert page.get_by_role("row", name="Citoyenneté").first.is_visible()
    assert not page.get_by_text("Les nombres").first.is_visible()


def test_the_page_weighs_less_than_100_kb_in_all(browser: Browser, server: str) -> None:
    visit = Visit(browser, "about:blank")
    network = visit.context.new_cdp_session(visit.page)
    network.send("Network.enable")
    sizes: list[int] = []
    network.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    visit.page.goto(server + PAGE, wait_until="networkidle")

    assert len(sizes) >= 2
    assert sum(sizes) < _MAX_BYTES


def test_the_page_is_not_sent_again_while_nothing_has_changed(client: httpx.Client) -> None:
    first = client.get(PAGE)
    again = client.get(PAGE, headers={"If-None-Match": first.headers["etag"]})

    assert again.status_code == httpx.codes.NOT_MODIFIED


def test_the_page_has_no_inline_style_or_script(client: httpx.Client) -> None:
    answer = client.get(PAGE)

    assert not re.findall(r"<[^>]+ style=|<script|<[^>]+ on\w+=", answer.text)
    assert "'unsafe" not in answer.headers["content-security-policy"]


def test_what_the_page_does_not_know_is_refused(client: httpx.Client) -> None:
    assert client.get(f"{PAGE}?couleur=bleu").status_code == httpx.codes.BAD_REQUEST


def test_the_numbers_are_offered_to_machines_under_the_same_question(client: httpx.Client) -> None:
    (address,) = re.findall(r'href="(/stats[^"]*)"', client.get(STATES["statistiques-filtrees"]).text)
    document = client.get(address.replace("&amp;", "&")).json()

    assert document["total"] == client.get("/actions?dimension=Citoyennet%C3%A9&q=habitants").json()["total"]


def test_an_unknown_value_is_reported_with_the_nearest_one(client: httpx.Client) -> None:
    page = client.get(f"{PAGE}?dimension=Citoyennt%C3%A9").text

    assert "Vouliez-vous dire «\N{NO-BREAK SPACE}Citoyenneté\N{NO-BREAK SPACE}»" in page
    assert "ne contient aucun mot" in client.get(f"{PAGE}?q=%3F").text


def test_the_search_leads_to_the_statistics_of_what_it_found(client: httpx.Client) -> None:
    (address,) = re.findall(r'href="(/statistiques[^"]+)"', client.get("/?q=habitants&dimension=Citoyennet%C3%A9").text)

    assert "cette recherche" in client.get(address.replace("&amp;", "&")).text


def test_the_legend_keeps_its_colours_where_the_system_forces_its_own(browser: Browser, server: str) -> None:
    page = Visit(browser, server + PAGE, forced_colors="active").page
    grounds = page.locator(".legend .key").evaluate_all("all => all.map(one => getComputedStyle(one).backgroundColor)")

    assert len(set(grounds)) == len(grounds) == 4


def test_no_label_of_a_chart_is_cut_off_by_its_edge(browser: Browser, server: str) -> None:
    visit = Visit(browser, server + PAGE)
    beyond = """all => all.filter((one) => {
      return one.getBoundingClientRect().left < one.closest(".chart").getBoundingClientRect().left
    }).map((one) => one.textContent)"""

    assert visit.page.locator(".chart span").evaluate_all(beyond) == []
