"""The search page without scripts: complete, accessible, at every width."""

import re
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser

from tests.visiting import Visit

PHONE = {"width": 320, "height": 640}
STATES = {
    "accueil": "/",
    "recherche": "/?q=logement",
    "approchants": "/?q=jardin+logement+culture",
    "filtres": "/?dimension=Citoyennet%C3%A9&statut__not=Termin%C3%A9e&public__isnull=false",
    "corrigee": "/?q=logemnt",
    "aucun-resultat": "/?q=xyzzyx&dimension=Services",
    "valeur-inconnue": "/?dimension=Citoyennet",
    "page-2": "/?per_page=5&page=2",
}


def visit_without_scripts(browser: Browser, address: str) -> Visit:
    """Open `address` without scripts."""
    return Visit(browser, address, java_script_enabled=False)


def test_a_facet_narrows_and_its_chip_widens_again(browser: Browser, server: str) -> None:
    visit = visit_without_scripts(browser, server)
    page = visit.page
    page.get_by_role("link", name="Citoyenneté 16 actions").click()
    assert page.get_by_role("heading", name="16 résultats").is_visible()
    assert page.locator(".hits li h3").count() == 16
    page.get_by_role("link", name="Terminée").click()
    assert page.get_by_role("heading", name="6 résultats").is_visible()
    # Disjunctive: the other values of a facet keep their own counts.
    assert page.get_by_role("link", name="En cours 10 actions").is_visible()
    page.get_by_role("link", name="Statut : Terminée , retirer ce filtre").click()
    assert page.get_by_role("heading", name="16 résultats").is_visible()
    assert visit.console_errors == []
    assert visit.foreign_origins == set()


def test_typing_in_the_form_keeps_the_filters(browser: Browser, server: str) -> None:
    page = visit_without_scripts(browser, f"{server}/?dimension=Citoyennet%C3%A9&sort=-modifie_le").page
    page.get_by_role("searchbox").fill("logement")
    page.get_by_role("button", name="Rechercher").click()
    assert page.get_by_role("heading", name="1 résultat", exact=True).is_visible()
    assert page.locator(".hits mark").first.inner_text().lower().startswith("logement")
    assert "sort=-modifie_le" in page.url


def test_pages_lead_on_and_back(browser: Browser, server: str) -> None:
    page = visit_without_scripts(browser, f"{server}/?per_page=5").page
    first = page.locator(".hits h3").all_inner_texts()
    page.get_by_role("navigation", name="Pages de résultats").get_by_role("link", name="2", exact=False).first.click()
    second = page.locator(".hits h3").all_inner_texts()
    assert len(first) == len(second) == 5
    assert not set(first) & set(second)
    assert page.get_by_role("link", name="Page 2").get_attribute("aria-current") == "page"
    page.go_back()
    assert page.locator(".hits h3").all_inner_texts() == first


def test_all_results_can_be_taken_along(browser: Browser, server: str, client: httpx.Client) -> None:
    page = visit_without_scripts(browser, f"{server}/?dimension=Services&per_page=1").page
    for name in ("CSV", "Excel", "JSON", "flux Atom"):
        href = page.get_by_role("link", name=name, exact=True).get_attribute("href") or ""
        assert client.get(href).status_code == httpx.codes.OK
    assert len(client.get("/actions.jsonl?dimension=Services").text.splitlines()) == 2


def test_a_record_is_reached_by_its_title(browser: Browser, server: str) -> None:
    page = visit_without_scripts(browser, server).page
    link = page.locator(".hits h3 a").first
    href = link.get_attribute("href") or ""
    assert re.fullmatch(r"/fiches/[a-z0-9-]+", href)
    with page.expect_response(f"{server}{href}") as answered:
        link.click()
    assert answered.value.ok


def test_the_order_is_chosen_by_a_link(browser: Browser, server: str) -> None:
    page = visit_without_scripts(browser, f"{server}/?q=habitants").page
    assert page.get_by_role("link", name="Pertinence").get_attribute("aria-current") == "true"
    page.get_by_role("link", name="Titre", exact=True).click()
    titles = page.locator(".hits h3").all_inner_texts()
    assert page.get_by_role("link", name="Titre", exact=True).get_attribute("aria-current") == "true"
    assert len(titles) > 1


def test_near_records_follow_the_matches_and_say_so(browser: Browser, server: str, client: httpx.Client) -> None:
    answer = client.get(STATES["approchants"].replace("/?", "/actions?")).json()
    assert answer["relaxed"]
    page = visit_without_scripts(browser, server + STATES["approchants"]).page
    assert "puis" in page.locator("#resultats").inner_text()
    assert page.get_by_text("Ce qui s’en approche").is_visible()
    assert page.locator(".hits h3").count() == answer["total"]


def test_a_slip_is_corrected_and_the_page_says_what_was_searched(browser: Browser, server: str) -> None:
    page = visit_without_scripts(browser, server + STATES["corrigee"]).page
    assert page.get_by_role("link", name="« logement »").is_visible()
    assert page.locator(".hits h3").count() >= 4


def test_without_results_the_page_offers_ways_out(browser: Browser, server: str) -> None:
    page = visit_without_scripts(browser, server + STATES["aucun-resultat"]).page
    assert page.get_by_role("heading", name="Aucun résultat").is_visible()
    page.get_by_role("link", name="parcourir tout le catalogue").click()
    assert page.get_by_role("heading", name="24 actions").is_visible()


def test_a_value_that_nobody_has_leads_to_the_nearest(browser: Browser, server: str) -> None:
    page = visit_without_scripts(browser, server + STATES["valeur-inconnue"]).page
    page.get_by_role("link", name="« Citoyenneté »").click()
    assert page.get_by_role("heading", name="16 résultats").is_visible()


def test_hits_beyond_the_last_page_are_none(client: httpx.Client) -> None:
    answer = client.get("/?page=99")
    assert answer.status_code == httpx.codes.OK
    assert "24 actions" in answer.text


@pytest.mark.parametrize("state", STATES)
def test_every_state_is_accessible_in_both_colour_schemes_and_on_a_phone(
    browser: Browser, server: str, state: str
) -> None:
    visit = Visit(browser, server + STATES[state])
    visit.screenshot(state)
    assert visit.accessibility_violations() == []
    visit.page.set_viewport_size(PHONE)
    visit.page.emulate_media(color_scheme="dark")
    visit.screenshot(f"{state}-320-sombre")
    assert not visit.overflows()
    assert visit.accessibility_violations() == []
    assert visit.console_errors == []
    visit.context.close()


def test_the_filters_are_folded_on_a_phone_and_open_on_request(browser: Browser, server: str) -> None:
    page = Visit(browser, server, viewport=PHONE, java_script_enabled=False).page
    value = page.get_by_role("link", name="Citoyenneté 16 actions")
    assert not value.is_visible()
    page.get_by_text("Filtrer", exact=True).click()
    assert value.is_visible()


def test_the_page_is_not_sent_again_while_nothing_has_changed(client: httpx.Client) -> None:
    first = client.get("/?q=jardin")
    again = client.get("/?q=jardin", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == httpx.codes.NOT_MODIFIED
    assert first.headers["cache-control"] == "public, max-age=0, must-revalidate"


def test_what_is_typed_is_shown_as_text(client: httpx.Client) -> None:
    page = client.get("/", params={"q": '"><script>alert(1)</script>'}).text
    assert "<script>alert" not in page


def test_assets_are_kept_forever_under_their_digest_and_never_under_another(client: httpx.Client) -> None:
    address = re.findall(r'src="(/assets/search\.js\?v=\w+)"', client.get("/").text)[0]
    assert "immutable" in client.get(address).headers["cache-control"]
    assert "immutable" not in client.get(urlsplit(address).path).headers["cache-control"]
    assert client.get("/assets/aucun.css").status_code == httpx.codes.NOT_FOUND
    tag = client.get(address).headers["etag"]
    assert client.get(address, headers={"If-None-Match": tag}).status_code == httpx.codes.NOT_MODIFIED
