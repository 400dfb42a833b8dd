"""The interface for host pages: attributes, colours, links, events, several elements."""

import json
from typing import Any

from playwright.sync_api import Page, expect

from app.catalogue.facets import FACETS
from app.web.embed_options import DEFAULT_EMBED_PER_PAGE, DEFAULT_FACETS, ELEMENT_ONLY, LOCKED_FILTERS, OPTIONS
from tests.web.hosting import EmbeddedPages, expect_status, query_of, search_element, search_field, titles

_LISTEN = """() => { window.heard = [];
  for (const name of ["recherche", "selection"]) document.addEventListener(name, (event) => {
    heard.push([name, event.detail]); if (window.staying) event.preventDefault() }) }"""


def events_of(page: Page, name: str) -> list[dict[str, Any]]:
    return [detail for event, detail in page.evaluate("window.heard") if event == name]


def test_locked_filters_hold_and_are_not_shown(embedded: EmbeddedPages) -> None:
    search = search_element(embedded.open('departement="59" facettes="departement dimension" tri="-titre"'))
    expect_status(search, "3 résultats")
    assert titles(search) == sorted(titles(search), reverse=True)
    expect(search.get_by_role("group", name="Dimension")).to_be_visible()
    expect(search.get_by_role("group", name="Département")).to_have_count(0)


def test_several_values_of_a_locked_filter_are_either(embedded: EmbeddedPages) -> None:
    search = search_element(embedded.open('dimension="services | accompagnement de projets"'))
    expect_status(search, "7 résultats")


def test_a_locked_value_that_nobody_uses_is_said_with_the_nearest_one(embedded: EmbeddedPages) -> None:
    search = search_element(embedded.open('departement="Nrod"'))
    expect_status(search, "Aucun résultat")
    expect(search.get_by_text("Vouliez-vous dire « Nord » ?")).to_be_visible()


def test_two_elements_of_a_page_have_a_state_each(embedded: EmbeddedPages) -> None:
    page = embedded.open('etat-url="a-" departement="59" titre="Nord"', 'etat-url="b-" titre="Partout"')
    north, everywhere = search_element(page), search_element(page, 1)
    expect_status(north, "3 résultats")
    expect_status(everywhere, "24 résultats")
    search_field(everywhere).fill("logement")
    search_field(everywhere).press("Enter")
    expect_status(everywhere, "6 résultats")
    search_field(north).fill("jardin")
    search_field(north).press("Enter")
    expect_status(north, "1 résultat")
    assert query_of(page) == {"b-q": ["logement"], "a-q": ["jardin"]}
    page.go_back()
    expect_status(north, "3 résultats")
    expect_status(everywhere, "6 résultats")


def test_attributes_that_change_are_followed_by_one_search(embedded: EmbeddedPages) -> None:
    page = embedded.open('departement="59"')
    search = search_element(page)
    expect_status(search, "3 résultats")
    before = len(embedded.visit.requested_urls)
    search.evaluate(
        "e => { e.removeAttribute('departement'); e.setAttribute('dimension', 'Services'); e.titre = 0;"
        " e.setAttribute('facettes', 'public'); e.setAttribute('q', 'logement') }"
    )
    expect_status(search, "1 résultat")
    expect(search_field(search)).to_have_value("logement")
    expect(search.get_by_role("group", name="Public")).to_be_visible()
    assert len(embedded.visit.requested_urls) == before + 1


def test_the_page_hears_of_searches_and_selections_and_can_keep_its_visitor(
    embedded: EmbeddedPages, server: str
) -> None:
    page = embedded.open('departement="59" lien="/nos-actions?id={id}"')
    page.evaluate(_LISTEN)
    page.evaluate("window.staying = true")
    search = search_element(page)
    search_field(search).fill("jardin")
    search_field(search).press("Enter")
    expect_status(search, "1 résultat")
    assert events_of(page, "recherche")[-1] == {"q": "jardin", "filters": {"departement": ["59"]}, "total": 1}
    address = page.url
    search.get_by_role("link", name="Jardin partagé").click()
    own = f"{address}nos-actions?id=jardin-partage-1e0605"
    assert events_of(page, "selection") == [{"id": "jardin-partage-1e0605", "titre": "Jardin partagé", "url": own}]
    search_field(search).fill("jardin p")
    search.get_by_role("option", name="Jardin partagé").click()
    assert len(events_of(page, "selection")) == 2
    assert page.url == address


def test_results_lead_to_web_pages_alone(embedded: EmbeddedPages, server: str) -> None:
    links = (
        "javascript:alert(1)//{id}",
        " JavaScript:alert(1)//{id}",
        "data:text/html,{id}",
        "https://",
        "/nulle-part",
    )
    page = embedded.open(*(f'lien="{link}" par-page="1"' for link in links))
    for place in range(len(links)):
        expect_status(search_element(page, place), "24 résultats")
    addresses = page.locator("actions-recherche h3 a").evaluate_all("links => links.map((link) => link.href)")
    assert len(addresses) == len(links)
    assert all(address.startswith(f"{server}/fiches/") for address in addresses)


def test_results_open_in_a_new_tab_when_asked_and_say_so(embedded: EmbeddedPages) -> None:
    search = search_element(embedded.open("nouvel-onglet"))
    link = search.get_by_role("link", name="Jardin partagé (nouvel onglet)")
    expect(link).to_have_attribute("target", "_blank")
    expect(link).to_have_attribute("rel", "noopener")


def test_an_element_that_is_moved_goes_on(embedded: EmbeddedPages) -> None:
    page = embedded.open("")
    search = search_element(page)
    expect_status(search, "24 résultats")
    search.evaluate("element => { element.remove(); document.body.append(element) }")
    search_field(search).fill("logement")
    expect_status(search, "6 résultats")


def test_colours_of_attributes_hold_and_nothing_else_gets_in_by_them(embedded: EmbeddedPages) -> None:
    page = embedded.open(
        'couleur="rgb(138 28 74)" fond="#fffaf5" texte="darkslategray"', 'couleur="red; display: none" fond="url(x)"'
    )
    first, second = search_element(page), search_element(page, 1)
    expect_status(second, "24 résultats")
    look = "(e) => [getComputedStyle(e).backgroundColor, getComputedStyle(e).color]"
    assert first.evaluate(look) == ["rgb(255, 250, 245)", "rgb(47, 79, 79)"]
    assert second.evaluate(look) == ["rgb(255, 255, 255)", "rgb(23, 38, 44)"]
    button = first.get_by_role("button", name="Rechercher")
    assert button.evaluate("(e) => getComputedStyle(e).backgroundColor") == "rgb(138, 28, 74)"


def test_a_word_for_any_value_is_no_colour(embedded: EmbeddedPages) -> None:
    page = embedded.open('couleur="inherit"')
    search = search_element(page)
    expect_status(search, "24 résultats")
    button = search.get_by_role("button", name="Rechercher")
    assert button.evaluate("(e) => getComputedStyle(e).backgroundColor") == "rgb(11, 92, 99)"


def test_attributes_are_those_that_are_declared(embedded: EmbeddedPages) -> None:
    page = embedded.open("")
    expect_status(search_element(page), "24 résultats")
    observed = page.evaluate("customElements.get('actions-recherche').observedAttributes")
    assert set(observed) == {*LOCKED_FILTERS, *OPTIONS, *ELEMENT_ONLY}
    captions = page.evaluate(
        "import(document.querySelector('script').src).then((module) => JSON.stringify(module.FACET_LABELS))"
    )
    assert json.loads(captions) == {name: facet.caption for name, facet in FACETS.items()}
    assert len(titles(search_element(page))) == DEFAULT_EMBED_PER_PAGE
    shown = page.locator("actions-recherche legend").all_inner_texts()
    assert shown == [FACETS[name].caption for name in DEFAULT_FACETS]
