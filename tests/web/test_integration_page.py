"""The page that configures an embedded search, without scripts and with them."""

import re
from collections.abc import Iterator
from html import unescape

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from app.catalogue.facets import FACETS
from tests.visiting import Visit
from tests.web.hosting import HostSite, expect_status, search_element


def code_of(client: httpx.Client, query: str) -> str:
    """Return the HTML that the page shows for a submitted form."""
    answer = client.get(f"/integration?{query}")
    assert answer.status_code == 200
    return unescape(answer.text.partition("<code>")[2].partition("</code>")[0])


@pytest.fixture(scope="module")
def visit(browser: Browser, server: str) -> Iterator[Visit]:
    visit = Visit(browser, f"{server}/integration", viewport={"width": 1200, "height": 900})
    yield visit
    assert visit.console_errors == []
    assert visit.foreign_origins == set()
    visit.context.close()


def code(page: Page) -> str:
    return page.locator("[data-code] code").inner_text()


def test_the_code_for_no_wish_at_all_is_the_shortest(client: httpx.Client, server: str) -> None:
    assert code_of(client, "") == (
        f'<script type="module" src="{server}/widget.js"></script>\n'
        "<actions-recherche>\n"
        f'  <a href="{server}/">Chercher une action des centres sociaux</a>\n'
        "</actions-recherche>"
    )


def test_wishes_become_attributes_and_a_link_that_asks_the_same(client: httpx.Client, server: str) -> None:
    query = "departement=59&dimension=Services&par-page=5&facettes=&facettes=public&couleurs=oui&couleur=%238a1c4a"
    assert code_of(client, query).splitlines()[1:3] == [
        '<actions-recherche departement="59" dimension="Services" par-page="5" couleur="#8a1c4a" facettes="public">',
        f'  <a href="{server}/?departement=59&amp;dimension=Services">Chercher une action des centres sociaux</a>',
    ]


def test_a_value_with_a_bar_in_it_is_locked_as_one(client: httpx.Client, server: str) -> None:
    lines = code_of(client, "partenaire=Caf+%7C+ville&partenaire=B").splitlines()
    assert lines[1] == r'<actions-recherche partenaire="Caf \| ville|B">'
    assert f"{server}/?partenaire=Caf+%7C+ville&amp;partenaire=B" in lines[2]
    assert "partenaire=Caf+%7C+ville" in code_of(client, "forme=cadre&partenaire=Caf+%7C+ville")


def test_what_is_usual_is_left_out(client: httpx.Client) -> None:
    query = "par-page=10&couleur=%238a1c4a&lien=&titre=&statut=&facettes=&facettes=mot_cle&facettes=departement"
    assert code_of(client, f"{query}&facettes=dimension") == code_of(client, "")
    assert 'facettes=""' in code_of(client, "facettes=")


def test_a_frame_says_the_same_in_its_address(client: httpx.Client, server: str) -> None:
    written = code_of(client, "forme=cadre&departement=59&couleurs=oui&fond=%23fffaf5&titre=Le+%22Nord%22").splitlines()
    address = re.findall(r'src="([^"]*)"', written[0])[0]
    assert unescape(address) == f"{server}/embed?departement=59&fond=%23fffaf5&titre=Le+%22Nord%22"
    assert client.get(unescape(address)).status_code == 200
    assert 'title="Le &#34;Nord&#34;"' in written[0]
    assert written[1] == f'<script type="module" src="{server}/iframe.js"></script>'


def test_hostile_wishes_stay_text(client: httpx.Client) -> None:
    titre = "%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E%7B%7B7*7%7D%7D"
    page = client.get(f"/integration?titre={titre}").text
    assert "<script>alert" not in page
    written = code_of(client, f"titre={titre}")
    assert '<actions-recherche titre="&#34;&gt;&lt;script&gt;alert(1)&lt;/script&gt;{{7*7}}">' in written


def test_what_cannot_be_is_said_beside_its_field_and_left_out(client: httpx.Client) -> None:
    answer = client.get("/integration?lien=javascript:alert(1)&departement=59")
    assert answer.status_code == 422
    assert 'id="erreur-lien"' in answer.text
    assert 'departement="59"' in answer.text
    assert 'lien="javascript' not in answer.text


def test_a_name_that_is_too_long_is_said_beside_its_field(client: httpx.Client) -> None:
    answer = client.get("/integration", params={"titre": "a" * 400})
    assert answer.status_code == 422
    assert 'id="erreur-titre"' in answer.text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("q", "x"),
        ("tri", "titres"),
        ("titre", "a" * 301),
        ("lien", "javascript:{id}"),
        ("par-page", "0"),
        ("facettes", "dimensions"),
        ("couleurs", "non"),
        ("forme", "rond"),
        ("fond", "url(x)"),
        *((name, "x") for name in FACETS),
    ],
)
def test_every_setting_has_a_place_for_what_is_wrong_with_it(client: httpx.Client, name: str, value: str) -> None:
    times = 101 if name in FACETS else 2 if name == "q" else 1  # any text can be searched, but only one
    answer = client.get("/integration", params=[(name, value)] * times)
    place = re.findall(f'<div aria-live="polite" data-live="{name}">(.*?)</div>', answer.text)

    assert answer.status_code == 422
    assert re.fullmatch(f'<p class="error" id="erreur-{name}">.+</p>', place[0])
    assert answer.text.count('class="error"') == 1
    assert "<title>Réglages à corriger" in answer.text
    if name not in {"facettes", "couleurs", "forme"}:
        assert re.search(f'<(input|select)[^>]* name="{name}"[^>]* aria-describedby="[^"]*erreur-{name}"', answer.text)


def test_a_text_and_an_order_can_be_chosen(client: httpx.Client) -> None:
    written = code_of(client, "q=jardin&tri=-modifie_le").splitlines()[1]
    assert written == '<actions-recherche q="jardin" tri="-modifie_le">'
    page = client.get("/integration?tri=-titre,structure").text
    assert '<option value="-titre,structure" selected>' in page
    assert page.count(" selected>-titre") == 1
    assert client.get("/embed?tri=titres").status_code == 422


def test_every_facet_of_the_catalogue_can_be_locked_and_shown(client: httpx.Client) -> None:
    page = client.get("/integration").text
    for name in FACETS:
        assert f'<select id="filtre-{name}" name="{name}">' in page
        assert f'name="facettes" value="{name}"' in page
    assert '<option value="59">Nord (59)</option>' in page


def test_without_a_script_the_form_leads_to_the_code(browser: Browser, server: str) -> None:
    visit = Visit(browser, f"{server}/integration", java_script_enabled=False)
    page = visit.page
    page.get_by_label("Département").first.select_option(label="Nord (59)")
    page.get_by_label("Cadre (iframe)").check()
    page.get_by_role("button", name="Écrire le code").click()
    assert "/embed?departement=59" in code(page)
    expect(page.get_by_role("button", name="Copier le code")).to_have_count(0)
    expect(page.get_by_label("Département").first).to_have_value("59")
    visit.context.close()


def test_the_code_and_its_preview_follow_the_form(visit: Visit, server: str) -> None:
    page = visit.page
    page.goto(f"{server}/integration")
    search = search_element(page)
    expect_status(search, "24 résultats")
    page.get_by_label("Département").first.select_option("59")
    expect_status(search, "3 résultats")
    assert 'departement="59"' in code(page)
    page.get_by_label("Employer mes couleurs").check()
    page.get_by_label("Liens et boutons").fill("#ffcc00")
    expect(page.get_by_text("Les liens se lisent mal sur le fond : contraste de 1,5")).to_be_visible()
    expect(search).to_have_attribute("couleur", "#ffcc00")
    page.get_by_label("Adresse de vos propres fiches").fill("nulle part")
    expect(page.locator("#erreur-lien")).to_be_visible()
    expect(page.get_by_label("Adresse de vos propres fiches")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Adresse de vos propres fiches")).to_have_accessible_description(re.compile("nulle part"))
    page.get_by_label("Adresse de vos propres fiches").fill("/fiche?id={id}")
    expect(page.locator("#erreur-lien")).to_have_count(0)
    expect(page.get_by_label("Adresse de vos propres fiches")).not_to_have_attribute("aria-invalid", "true")
    expect(search.get_by_role("link").first).to_have_attribute("href", re.compile(r"/fiche\?id="))
    page.reload()
    expect(page.get_by_label("Employer mes couleurs")).to_be_checked()
    assert 'couleur="#ffcc00"' in code(page)
    # The browser logs the 422 response.
    visit.console_errors[:] = [said for said in visit.console_errors if "422" not in said]


def test_what_is_wrong_is_told_where_assistive_technology_listens(visit: Visit, server: str) -> None:
    page = visit.page
    page.goto(f"{server}/integration")
    page.evaluate("document.querySelectorAll('[data-live]').forEach((place) => { place.known = true })")
    named = page.get_by_label("Nom de la recherche")
    named.evaluate("field => field.removeAttribute('maxlength')")
    named.fill("a" * 301)
    place = page.locator("[aria-live=polite]", has_text="300 caractères")
    expect(place).to_be_visible()
    assert place.evaluate("place => place.known")
    expect(named).to_have_accessible_description(re.compile("300 caractères"))
    expect(page).to_have_title(re.compile("Réglages à corriger"))
    named.fill("Jardins")
    expect(place).to_have_count(0)
    expect(search_element(page)).to_have_attribute("titre", "Jardins")
    visit.console_errors[:] = [said for said in visit.console_errors if "422" not in said]


def test_the_code_is_copied(visit: Visit, server: str) -> None:
    visit.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit.page.goto(f"{server}/integration?departement=59")
    visit.page.get_by_role("button", name="Copier le code").press("Enter")
    expect(visit.page.get_by_text("Le code est copié.")).to_be_visible()
    assert visit.page.evaluate("navigator.clipboard.readText()") == code(visit.page)


@pytest.mark.parametrize("form", ["balise", "cadre"])
def test_the_code_works_on_a_page_of_another_origin(
    browser: Browser, client: httpx.Client, host: HostSite, form: str
) -> None:
    visit = Visit(browser, host.page(code_of(client, f"departement=59&par-page=5&forme={form}")))
    scope = visit.page if form == "balise" else visit.page.frame_locator("iframe")
    expect(scope.get_by_role("status")).to_have_text("3 résultats")
    assert visit.console_errors == []
    visit.context.close()


@pytest.mark.parametrize(
    ("look", "query", "options"),
    [
        ("clair", "", {"viewport": {"width": 1200, "height": 900}}),
        ("sombre", "departement=59", {"viewport": {"width": 1200, "height": 900}, "color_scheme": "dark"}),
        ("telephone", "lien=x&forme=cadre&couleurs=oui&par-page=5", {"viewport": {"width": 320, "height": 640}}),
    ],
)
def test_the_page_has_no_barrier(
    browser: Browser, server: str, look: str, query: str, options: dict[str, object]
) -> None:
    visit = Visit(browser, f"{server}/integration?{query}", **options)
    expect(search_element(visit.page).get_by_role("status")).to_contain_text("résultats")
    visit.screenshot(f"integration-{look}")
    assert visit.accessibility_violations() == []
    assert not visit.overflows()
    visit.context.close()
