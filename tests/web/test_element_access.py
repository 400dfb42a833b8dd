"""Accessibility of the element: no axe violation in any state, colour scheme or width; and its size in bytes."""

import gzip
from collections.abc import Callable, Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.visiting import Visit
from tests.web.hosting import HostSite, expect_status, hold_requests, search_element, search_field

_PHONE = {"width": 320, "height": 640}
_DESK = {"width": 1100, "height": 900}
_MAX_SIZE = 15_000  # bytes


def _results(search: Locator) -> None:
    expect_status(search, "24 résultats")


def _filtered(search: Locator) -> None:
    search.get_by_label("Citoyenneté", exact=False).first.evaluate("box => box.click()")
    search_field(search).fill("jardin partage")
    search_field(search).press("Enter")
    expect(search.locator("mark").first).to_be_visible()
    expect(search.get_by_role("button", name="Retirer le filtre")).to_be_visible()


def _corrected(search: Locator) -> None:
    search_field(search).fill("jardni")
    search_field(search).press("Enter")
    expect(search.get_by_role("button", name="« jardin »")).to_be_visible()


def _suggesting(search: Locator) -> None:
    search_field(search).press_sequentially("log")
    expect(search.get_by_role("option").first).to_be_visible()
    search_field(search).press("ArrowDown")


def _nothing(search: Locator) -> None:
    search_field(search).fill('"nulle part"')
    search_field(search).press("Enter")
    expect_status(search, "Aucun résultat")


def _failing(search: Locator) -> None:
    search.page.route("**/actions?*", lambda route: route.abort())
    search_field(search).fill("panne")
    search_field(search).press("Enter")
    expect(search.get_by_role("button", name="Réessayer")).to_be_visible()


_STATES: dict[str, Callable[[Locator], None]] = {
    "resultats": _results,
    "filtres": _filtered,
    "correction": _corrected,
    "suggestions": _suggesting,
    "vide": _nothing,
    "panne": _failing,
}


@pytest.fixture(scope="module", params=["clair", "sombre", "telephone"])
def visit(request: pytest.FixtureRequest, browser: Browser, host: HostSite) -> Iterator[tuple[str, Visit]]:
    """A page in a colour scheme and width, shared by the tests with the same parameters."""
    scheme = "dark" if request.param == "sombre" else "light"
    viewport = _PHONE if request.param == "telephone" else _DESK
    visit = Visit(browser, host.page(""), color_scheme=scheme, viewport=viewport)
    yield request.param, visit
    visit.context.close()


@pytest.mark.parametrize("state", _STATES)
def test_no_state_has_a_barrier(visit: tuple[str, Visit], host: HostSite, server: str, state: str) -> None:
    look, visited = visit
    visited.page.unroute_all()
    visited.page.goto(_page_with_colour_scheme(host, server))
    search = search_element(visited.page)
    expect_status(search, "24 résultats")
    _STATES[state](search)
    visited.screenshot(f"element-{look}-{state}")
    assert visited.accessibility_violations() == []
    assert not visited.overflows()


def _page_with_colour_scheme(host: HostSite, server: str) -> str:
    """Add a page that follows the colour scheme of the visitor; return its URL."""
    host.files["/charte.css"] = ":root { color-scheme: light dark } body { font-family: sans-serif }"
    head = '<link rel="stylesheet" href="/charte.css">'
    tag = (
        f'<script type="module" src="{server}/widget.js"></script><actions-recherche par-page="4"></actions-recherche>'
    )
    return host.page(tag, head=head)


def test_while_it_waits_it_has_no_barrier_and_keeps_its_place(browser: Browser, host: HostSite, server: str) -> None:
    visit = Visit(browser, host.page(""), viewport=_DESK)
    hold_requests(visit.page, "**/actions?*")
    visit.page.goto(_page_with_colour_scheme(host, server))
    expect_status(search_element(visit.page), "Recherche en cours…")
    visit.screenshot("element-clair-attente")
    assert visit.accessibility_violations() == []
    visit.context.close()


def test_filters_fold_on_a_phone_and_every_control_is_large_enough(
    browser: Browser, host: HostSite, server: str
) -> None:
    visit = Visit(browser, _page_with_colour_scheme(host, server), viewport=_PHONE)
    search = search_element(visit.page)
    expect_status(search, "24 résultats")
    fold = search.get_by_role("button", name="Filtrer")
    expect(search.get_by_role("checkbox")).to_have_count(0)
    expect(fold).to_have_attribute("aria-expanded", "false")
    fold.press("Enter")
    expect(fold).to_have_attribute("aria-expanded", "true")
    expect(search.get_by_role("checkbox").first).to_be_visible()
    visit.screenshot("element-telephone-filtres-ouverts")
    assert visit.accessibility_violations() == []
    sizes = search.locator("button, input:not([type=checkbox]), a, label:has(input)").evaluate_all(
        "all => all.filter((one) => one.getClientRects().length).map((one) => one.getBoundingClientRect().height)"
    )
    assert min(sizes) >= 24
    visit.context.close()


def test_enlarged_twice_it_needs_no_sideways_scrolling(browser: Browser, host: HostSite, server: str) -> None:
    visit = Visit(browser, _page_with_colour_scheme(host, server), viewport={"width": 640, "height": 800})
    visit.page.add_style_tag(url=_large_text_style(host))
    expect_status(search_element(visit.page), "24 résultats")
    visit.screenshot("element-agrandi")
    assert not visit.overflows()
    visit.context.close()


def _large_text_style(host: HostSite) -> str:
    host.files["/grand.css"] = "html { font-size: 200% }"
    return f"{host.base}/grand.css"


def test_nothing_moves_for_those_who_want_no_motion(browser: Browser, host: HostSite, server: str) -> None:
    for motion, moving in (("reduce", 0), ("no-preference", 1)):
        visit = Visit(browser, _page_with_colour_scheme(host, server), reduced_motion=motion)
        search = search_element(visit.page)
        expect_status(search, "24 résultats")
        hold_requests(visit.page, "**/actions?*")
        search_field(search).fill("jardin")
        expect(search.locator("[aria-busy=true]")).to_have_count(1)
        assert _transitions(visit.page) == moving
        visit.context.close()


def _transitions(page: Page) -> int:
    """Return the number of nodes of the element with a CSS transition."""
    return int(
        page.evaluate(
            "[...document.querySelector('actions-recherche').shadowRoot.querySelectorAll('*')]"
            ".filter((one) => parseFloat(getComputedStyle(one).transitionDuration) > 0).length"
        )
    )


@pytest.mark.parametrize("coding", ["br", "gzip", "zstd"])
def test_the_element_weighs_less_than_fifteen_kilobytes(server: str, coding: str) -> None:
    with httpx.stream("GET", f"{server}/widget.js", headers={"Accept-Encoding": coding}) as answer:
        sent = sum(map(len, answer.iter_raw()))
    assert answer.headers["content-encoding"] == coding
    assert sent < _MAX_SIZE
    assert len(gzip.compress(httpx.get(f"{server}/widget.js").content)) < _MAX_SIZE
