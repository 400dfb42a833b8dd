"""The guide for webmasters is complete, and its recipes work unchanged under the policy that it recommends."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from app.web.assets import assets
from app.web.embed_options import ELEMENT_ONLY, LOCKED_FILTERS, OPTIONS
from tests.visiting import Visit, wait_until
from tests.web.hosting import HostSite, run_host_site

_ROOT = Path(__file__).parents[2]
_GUIDE = (_ROOT / "docs" / "integration.md").read_text(encoding="utf-8")
_ELEMENT = assets()["widget.js"].body.decode()
_EXAMPLE = "https://catalogue.example"
_README = (_ROOT / "README.md").read_text(encoding="utf-8").replace("http://127.0.0.1:8000", _EXAMPLE)


def sections(document: str) -> dict[str, str]:
    return dict(re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", document, re.DOTALL | re.MULTILINE))


_SECTIONS = sections(_GUIDE)
_RECIPES = {title: text for title, text in (sections(_README) | _SECTIONS).items() if "```html" in text}

# The status lines of each recipe with the sample catalogue.
_FOUND = {
    "Toute la recherche": ["24 résultats"],
    "Un seul département": ["3 résultats"],
    "Une seule dimension": ["18 résultats"],
    "À vos couleurs": ["24 résultats"],
    "Au plus près de votre charte": ["24 résultats"],
    "WordPress": ["3 résultats"],
    "Dans un cadre (iframe)": ["3 résultats"],
    "Vos propres fiches": ["24 résultats"],
    "Réagir à ce qui est cherché": ["24 résultats"],
    "Deux recherches dans une page": ["3 résultats", "24 résultats"],
    "Put the search on a site": ["3 résultats"],
}


def blocks(text: str, language: str) -> str:
    return "\n".join(re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL))


def names(section: str, column: int = 0) -> set[str]:
    """Return the code spans in a column of the table of a section."""
    rows = [line.strip("|").split("|") for line in _SECTIONS[section].splitlines() if line.startswith("| ")]
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row[column])}


@pytest.fixture(scope="module")
def site(server: str) -> Iterator[HostSite]:
    """A site with the policy that the guide recommends."""
    policy = blocks(_SECTIONS["Politique de sécurité de votre page (CSP)"], "text").strip()
    with run_host_site(server, f"default-src 'none'; {policy.replace(_EXAMPLE, server)}") as site:
        yield site


@pytest.mark.parametrize("recipe", _RECIPES)
def test_each_recipe_works_on_a_page_of_another_origin(
    browser: Browser, site: HostSite, server: str, recipe: str
) -> None:
    visit = _visit_recipe(browser, site, server, recipe)
    scope: Page | FrameLocator = visit.page
    if "<iframe" in _RECIPES[recipe]:
        scope = visit.page.frame_locator("iframe")
        wait_until(visit.page, "document.querySelector('iframe').clientHeight !== 900")
    expect(scope.get_by_role("status")).to_have_text(_FOUND[recipe])
    assert visit.console_errors == []
    assert visit.foreign_origins == {server}
    visit.context.close()


def _visit_recipe(browser: Browser, site: HostSite, server: str, recipe: str) -> Visit:
    text = _RECIPES[recipe]
    site.files["/charte.css"] = blocks(text, "css")
    site.files["/recherche.js"] = blocks(text, "js")
    return Visit(browser, site.page(blocks(text, "html").replace(_EXAMPLE, server)))


@pytest.mark.parametrize("recipe", [title for title, text in _RECIPES.items() if "<a " in text])
def test_each_recipe_leads_to_the_catalogue_where_scripts_are_off(
    browser: Browser, site: HostSite, recipe: str, server: str
) -> None:
    address = re.findall(r'<a href="([^"]*)"', _RECIPES[recipe])[0].replace(_EXAMPLE, server).replace("&amp;", "&")
    visit = Visit(browser, address, java_script_enabled=False)
    expect(visit.page.locator("#resultats")).to_have_text(re.compile(_FOUND[recipe][0].partition(" ")[0]))
    visit.context.close()


def test_the_recipe_of_a_house_style_looks_as_it_says(browser: Browser, site: HostSite, server: str) -> None:
    visit = _visit_recipe(browser, site, server, "Au plus près de votre charte")
    title = visit.page.locator("actions-recherche h3").first
    look = "(e) => ['fontWeight', 'fontFamily', 'color'].map((name) => getComputedStyle(e)[name])"
    assert title.evaluate(look)[:2] == ["400", "Georgia, serif"]
    assert title.locator("a").evaluate(look)[2] == "rgb(138, 28, 74)"
    visit.context.close()


def test_the_recipe_of_events_says_what_was_searched_and_chosen(browser: Browser, site: HostSite, server: str) -> None:
    visit = _visit_recipe(browser, site, server, "Réagir à ce qui est cherché")
    chosen = visit.page.locator("#choix")
    expect(chosen).to_have_text("24 actions répondent à «  ».")
    visit.page.get_by_role("link", name="Jardin partagé").click()
    expect(chosen).to_have_text("Vous avez choisi « Jardin partagé ».")
    visit.context.close()


def test_the_recipe_of_own_pages_leads_to_them(browser: Browser, site: HostSite, server: str) -> None:
    visit = _visit_recipe(browser, site, server, "Vos propres fiches")
    link = visit.page.get_by_role("link", name="Jardin partagé")
    expect(link).to_have_attribute("href", f"{site.base}/nos-actions?id=jardin-partage-1e0605")
    visit.context.close()


def test_the_guide_names_every_attribute_and_no_other() -> None:
    assert names("Attributs") == {*LOCKED_FILTERS, *OPTIONS, *ELEMENT_ONLY}


def test_the_guide_names_every_property_and_no_other() -> None:
    assert names("Propriétés") == set(re.findall(r"var\((--actions-[\w-]+)", _ELEMENT))


def test_the_guide_names_every_part_and_no_other() -> None:
    assert names("Parties") == set(re.findall(r'\bpart: "([\w-]+)"', _ELEMENT))


def test_the_guide_names_every_event_and_no_other() -> None:
    assert names("Événements") == set(re.findall(r'#emit\("(\w+)"', _ELEMENT))
