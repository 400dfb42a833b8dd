"""The search page with its script: same URLs, instant results, robust against a slow or failing network."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.visiting import Visit, wait_until


@pytest.fixture
def visit(browser: Browser, server: str) -> Iterator[Visit]:
    """The search page, without console errors and without requests to other origins."""
    visit = Visit(browser, f"{server}/")
    yield visit
    assert visit.console_errors == []
    assert visit.foreign_origins == set()
    visit.context.close()


def expect_heading(page: Page, text: str) -> None:
    """Wait until the heading of the results is `text`."""
    expect(page.locator("#resultats")).to_have_text(text)


def search_field(page: Page) -> Locator:
    return page.get_by_label("Un thème, un public, une structure, un lieu")


def query_of(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def test_results_follow_what_is_typed_and_back_leads_to_before(visit: Visit) -> None:
    page = visit.page
    search_field(page).press_sequentially("logement", delay=20)
    expect_heading(page, "6 résultats")
    assert query_of(page) == {"q": ["logement"]}
    expect(page).to_have_title("« logement » : 6 résultats · Les actions des centres sociaux")
    expect(page.get_by_role("status")).to_have_text("6 résultats")
    page.go_back()
    expect_heading(page, "24 actions")
    expect(search_field(page)).to_have_value("")
    page.go_forward()
    expect_heading(page, "6 résultats")
    expect(search_field(page)).to_have_value("logement")


def test_back_leaves_the_focus_where_someone_types(visit: Visit) -> None:
    page = visit.page
    search_field(page).fill("logement")
    expect_heading(page, "6 résultats")
    page.go_back()
    expect_heading(page, "24 actions")
    expect(search_field(page)).to_be_focused()
    expect(search_field(page)).to_have_value("")
    expect(page.get_by_role("listbox")).to_be_hidden()


def test_a_number_that_is_the_same_as_before_is_said_again(visit: Visit) -> None:
    page = visit.page
    said = []
    for text in ("permaculture", "permacultures"):
        search_field(page).fill(text)
        expect(page).to_have_title(f"« {text} » : 1 résultat · Les actions des centres sociaux")
        said.append(page.get_by_role("status").text_content())
    assert [str(text).strip() for text in said] == ["1 résultat"] * 2
    assert len(set(said)) == 2


def test_a_facet_is_applied_in_place_and_keeps_the_focus(visit: Visit) -> None:
    page = visit.page
    page.evaluate("window.same = true")
    page.get_by_role("link", name="Citoyenneté 16 actions").press("Enter")
    expect_heading(page, "16 résultats")
    assert page.evaluate("document.activeElement.dataset.key") == "dimension:Citoyenneté"
    assert page.evaluate("document.activeElement.getAttribute('aria-current')") == "true"
    page.get_by_role("link", name="Dimension : Citoyenneté , retirer ce filtre").press("Enter")
    expect_heading(page, "24 actions")
    assert page.evaluate("document.activeElement.id") == "resultats"
    assert page.evaluate("window.same")


def test_the_next_page_begins_at_its_results(visit: Visit) -> None:
    page = visit.page
    page.goto(f"{page.url}?per_page=5")
    page.get_by_role("link", name="Page 2", exact=True).click()
    expect(page.get_by_role("link", name="Page 2", exact=True)).to_have_attribute("aria-current", "page")
    assert page.evaluate("document.activeElement.id") == "resultats"
    assert query_of(page)["page"] == ["2"]


def test_back_from_a_record_comes_to_the_same_place(visit: Visit) -> None:
    page = visit.page
    page.get_by_role("link", name="Citoyenneté 16 actions").click()
    expect_heading(page, "16 résultats")
    last = page.locator(".hits h3 a").last
    last.scroll_into_view_if_needed()
    before = page.evaluate("scrollY")
    last.click()
    page.wait_for_url("**/fiches/*")
    page.go_back()
    expect_heading(page, "16 résultats")
    wait_until(page, "before => Math.abs(scrollY - before) < 50", before)


def test_a_suggestion_is_chosen_by_keyboard_alone(visit: Visit) -> None:
    page = visit.page
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # the link that skips the navigation
    for _ in range(9):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "q":
            break
    page.keyboard.type("environ", delay=20)
    option = page.get_by_role("option", name="Environnement Mots clés")
    expect(option).to_be_visible()
    assert visit.accessibility_violations() == []
    visit.screenshot("suggestions")
    while option.get_attribute("aria-selected") != "true":
        page.keyboard.press("ArrowDown")
    expect(search_field(page)).to_have_value("environ")
    page.keyboard.press("Enter")
    expect_heading(page, "5 résultats")
    assert query_of(page) == {"mot_cle": ["Environnement"]}
    expect(search_field(page)).to_have_value("")


def test_enter_searches_what_was_typed_when_no_suggestion_is_chosen(visit: Visit) -> None:
    page = visit.page
    search_field(page).fill("environnement")
    expect(page.get_by_role("listbox")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Pertinence")).to_be_visible()
    assert query_of(page) == {"q": ["environnement"]}


def test_what_was_asked_before_is_never_shown_after(browser: Browser, server: str) -> None:
    page = Visit(browser, f"{server}/").page
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(lambda address: "q=jardin" in address, hold)
    search_field(page).fill("jardin")
    expect(page.locator("[data-swap]")).to_have_attribute("aria-busy", "true")
    page.wait_for_timeout(300)
    search_field(page).fill("logement")
    expect_heading(page, "6 résultats")
    assert held
    for route in held:
        route.fulfill(status=200, content_type="text/html", body="<p data-swap>périmé</p>")
    page.wait_for_timeout(300)
    expect_heading(page, "6 résultats")


def test_a_failing_network_leaves_the_results_and_says_so(browser: Browser, server: str) -> None:
    visit = Visit(browser, f"{server}/")
    page = visit.page
    visit.context.set_offline(True)
    search_field(page).fill("logement")
    expect(page.get_by_role("status")).to_contain_text("La connexion a échoué")
    expect_heading(page, "24 actions")
    visit.screenshot("hors-ligne")
    visit.context.set_offline(False)
    page.get_by_role("button", name="Rechercher").click()
    expect_heading(page, "6 résultats")


def test_a_busy_service_is_asked_again_when_it_says(browser: Browser, server: str) -> None:
    page = Visit(browser, f"{server}/").page
    refused: list[str] = []

    def refuse_once(route: Route) -> None:
        if refused:
            route.continue_()
        else:
            refused.append(route.request.url)
            route.fulfill(status=429, headers={"Retry-After": "1"}, body="{}")

    page.route(lambda address: "q=logement" in address, refuse_once)
    search_field(page).fill("logement")
    expect_heading(page, "6 résultats")
    assert refused


def test_folded_filters_stay_as_they_were(browser: Browser, server: str) -> None:
    page = Visit(browser, f"{server}/", viewport={"width": 390, "height": 800}).page
    page.get_by_text("Filtrer", exact=True).click()
    page.get_by_role("link", name="Citoyenneté 16 actions").click()
    expect_heading(page, "16 résultats")
    expect(page.get_by_role("link", name="Services 2 actions")).to_be_visible()


def test_nothing_moves_while_results_come(browser: Browser, server: str) -> None:
    page = Visit(browser, "about:blank").page
    page.add_init_script(
        "window.shifts = 0; new PerformanceObserver((list) => { for (const one of list.getEntries())"
        " window.shifts += one.value }).observe({type: 'layout-shift', buffered: true})"
    )
    page.goto(f"{server}/?q=logement")
    page.wait_for_timeout(500)
    assert page.evaluate("window.shifts") < 0.01
