"""The page of a record: complete, accessible, on small screens and paper, with metadata."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser

from app.catalogue.fields import FIELDS, FieldKind
from app.web.schema_org import json_ld
from tests.in_process import create_key_secret, run_actions, running_server
from tests.visiting import Visit

HOSTILE = "\"</script><script>alert(1)</script><img src=x onerror=alert(2)> & '\\u003c"


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory, sample_export: Path) -> Path:
    """A catalogue of its own, since these tests create records."""
    directory = tmp_path_factory.mktemp("records")
    assert run_actions(directory, "import", sample_export).returncode == 0
    return directory


@pytest.fixture(scope="module")
def editor(data_dir: Path) -> Iterator[httpx.Client]:
    """A client with a write key."""
    key = create_key_secret(data_dir)
    with (
        running_server(data_dir) as base,
        httpx.Client(base_url=base, headers={"Authorization": f"Bearer {key}"}) as client,
    ):
        yield client


def complete_action(mark: str) -> dict[str, Any]:
    """Return an action with `mark` and the name of the field in every field."""
    body: dict[str, Any] = {}
    for field in FIELDS:
        said = f"{field.key} {mark}"
        text = f"{said}\n- premier {said}\n- second\n\n-\nDernière ligne de {field.key} : fin"
        body[field.key] = [said, f"autre {said}"] if field.kind is FieldKind.MULTI else said
        if field.kind is FieldKind.TEXT:
            body[field.key] = text
    return {**body, "structure": {"nom": f"Centre {mark}", "departement": "59"}}


def create_record(editor: httpx.Client, body: dict[str, Any]) -> str:
    """Create an action; return the identifier of its record."""
    answer = editor.post("/actions", json=body)
    assert answer.status_code == 201, answer.text
    identifier: str = answer.json()["id"]
    return identifier


def words(text: str) -> list[str]:
    return text.split()


def lines_of(body: dict[str, Any]) -> list[str]:
    """Return every line of the values of `body`, without list bullets."""
    values = [value for key, value in body.items() if key != "structure"]
    lines = [
        line
        for value in values
        for text in ([value] if isinstance(value, str) else value)
        for line in text.splitlines()
    ]
    return [line for line in (re.sub(r"^- ", "", line) for line in lines) if line not in {"", "-"}]


@pytest.fixture(scope="module")
def full(editor: httpx.Client) -> str:
    """The identifier of a record with every field, each with a hostile text."""
    return create_record(editor, complete_action(HOSTILE))


@pytest.fixture(scope="module")
def bare(editor: httpx.Client) -> str:
    """The identifier of a record with a title and a structure only."""
    return create_record(editor, {"titre": "Zumba", "structure": {"nom": "Foyer", "departement": None}})


@pytest.fixture(scope="module")
def long_one(client: httpx.Client) -> str:
    """The identifier of a long record of the sample."""
    identifier: str = client.get("/actions", params={"q": "bien sous son toit", "per_page": 1}).json()["items"][0]["id"]
    return identifier


def test_every_word_of_a_record_is_on_its_page_and_none_of_it_is_markup(
    editor: httpx.Client, full: str, browser: Browser
) -> None:
    visit = Visit(browser, f"{editor.base_url}/fiches/{full}", java_script_enabled=True)
    shown = " ".join(words(visit.page.inner_text("main")))

    for line in lines_of(complete_action(HOSTILE)):
        assert " ".join(words(line)) in shown
    assert visit.page.locator("main img, main script").count() == 0
    assert visit.page.locator("main .points li").count() >= 2 * sum(field.kind is FieldKind.TEXT for field in FIELDS)
    assert (visit.console_errors, visit.foreign_origins) == ([], set())
    assert visit.accessibility_violations() == []


def test_linked_data_survives_hostile_text_and_is_allowed_by_the_policy(
    editor: httpx.Client, full: str, browser: Browser
) -> None:
    visit = Visit(browser, f"{editor.base_url}/fiches/{full}")
    data = visit.page.evaluate("JSON.parse(document.querySelector('script[type=\"application/ld+json\"]').textContent)")

    assert data["@type"] == "CreativeWork"
    assert data["name"] == f"titre {HOSTILE}"
    assert data["author"]["name"] == f"Centre {HOSTILE}"
    assert data["spatialCoverage"]["name"] == "Nord"
    assert data["keywords"] == [f"mots_cles {HOSTILE}", f"autre mots_cles {HOSTILE}"]
    assert data["url"] == visit.page.get_attribute("link[rel=canonical]", "href") == visit.page.url
    assert visit.console_errors == []


def test_no_text_ends_the_script_that_it_is_written_in() -> None:
    assert "<" not in json_ld({"name": "</script><!--"})


def test_a_record_that_says_little_has_no_empty_parts(editor: httpx.Client, bare: str, browser: Browser) -> None:
    visit = Visit(browser, f"{editor.base_url}/fiches/{bare}")

    assert visit.page.locator("main dd").all_inner_texts() == ["Foyer"]
    assert visit.page.locator(".texts section").count() == 0
    assert "None" not in visit.page.inner_text("main")
    assert "renseigné" not in visit.page.inner_text("main")
    assert (visit.console_errors, visit.accessibility_violations()) == ([], [])


def test_a_fact_leads_to_the_actions_that_share_it(server: str, long_one: str, browser: Browser) -> None:
    visit = Visit(browser, f"{server}/fiches/{long_one}", java_script_enabled=False)
    visit.page.get_by_role("link", name="Bailleur social").click()

    assert visit.page.url == f"{server}/?partenaire=Bailleur+social"
    assert visit.page.locator(".hits > li").count() > 0


def test_neighbours_are_shown_with_what_ties_them_and_can_be_compared(
    server: str, client: httpx.Client, long_one: str, browser: Browser
) -> None:
    near = client.get(f"/actions/{long_one}/similar").json()["items"]
    visit = Visit(browser, f"{server}/fiches/{long_one}", java_script_enabled=False)
    cards = visit.page.locator(".cards > li")

    assert cards.locator("h3").all_inner_texts() == [one["titre"] for one in near]
    assert near[0]["shared"][0] in cards.first.inner_text()
    cards.first.get_by_role("link", name="Comparer").click()
    assert visit.page.url == f"{server}/comparer?fiche={long_one}&fiche={near[0]['id']}"


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("telephone", {"viewport": {"width": 320, "height": 640}}),
        ("sombre", {"color_scheme": "dark"}),
        ("zoom-200", {"viewport": {"width": 640, "height": 400}, "device_scale_factor": 2}),
        ("sans-script", {"java_script_enabled": False}),
        ("large", {"viewport": {"width": 1280, "height": 900}}),
    ],
)
def test_a_record_can_be_read_however_it_is_looked_at(
    server: str, long_one: str, browser: Browser, name: str, options: dict[str, Any]
) -> None:
    visit = Visit(browser, f"{server}/fiches/{long_one}", **options)
    visit.screenshot(f"fiche-{name}")

    assert (visit.console_errors, visit.foreign_origins) == ([], set())
    if options.get("java_script_enabled", True):
        assert not visit.overflows()
        assert visit.accessibility_violations() == []
        assert visit.page.evaluate("new Set([...document.querySelectorAll('[id]')].map((one) => one.id)).size") == (
            visit.page.locator("[id]").count()
        )
    visit.context.close()


def test_words_wider_than_a_phone_need_no_sideways_scrolling(editor: httpx.Client, browser: Browser) -> None:
    wide = "M" * 300
    body = {"titre": wide, "structure": {"nom": wide}, "mots_cles": [wide], "resume": f"https://mairie.example/{wide}"}
    identifier = create_record(editor, body)
    organiser = editor.get(f"/actions/{identifier}").json()["structure"]["id"]
    paths = (f"/fiches/{identifier}", f"/structures/{organiser}/fiche", f"/?q={wide}", f"/?dimension={wide}")
    visit = Visit(browser, "about:blank", viewport={"width": 320, "height": 640})
    for path in paths:
        visit.page.goto(f"{str(editor.base_url).rstrip('/')}{path}")
        assert not visit.overflows(), path
    visit.context.close()
    assert editor.delete(f"/actions/{identifier}", headers={"If-Match": "*"}).status_code == 204


def test_only_those_with_scripts_have_a_button_that_prints(server: str, long_one: str, browser: Browser) -> None:
    with_scripts = Visit(browser, f"{server}/fiches/{long_one}")
    with_scripts.page.evaluate("window.print = () => { document.title = 'printed' }")
    with_scripts.page.get_by_role("button", name="Imprimer").click()
    without = Visit(browser, f"{server}/fiches/{long_one}", java_script_enabled=False)

    assert with_scripts.page.title() == "printed"
    assert not without.page.get_by_text("Imprimer la fiche").is_visible()


def test_paper_has_the_record_its_address_and_nothing_to_click(server: str, long_one: str, browser: Browser) -> None:
    visit = Visit(browser, f"{server}/fiches/{long_one}")
    visit.page.emulate_media(media="print", color_scheme="dark")
    visit.screenshot("fiche-papier")
    page = visit.page

    for hidden in ("header.site nav", "footer.site", ".back", ".near-by", ".contents", "[data-print]"):
        assert not page.locator(hidden).first.is_visible(), hidden
    for shown in ("h1", ".who", ".facts", ".texts section", "time"):
        assert page.locator(shown).first.is_visible(), shown
    assert page.locator(".only-print").inner_text() == f"{server}/fiches/{long_one}"
    for white in ("body", "header.site", ".brief"):
        assert page.locator(white).evaluate("(one) => getComputedStyle(one).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.querySelector('.texts h2')).color") == "rgb(0, 0, 0)"
    assert page.evaluate("getComputedStyle(document.querySelector('.texts h2')).breakAfter") == "avoid"
    assert page.pdf(format="A4").startswith(b"%PDF")


def test_the_way_back_leads_to_the_results_one_came_from(server: str, browser: Browser) -> None:
    visit = Visit(browser, f"{server}/?q=logement")
    visit.page.locator(".hits h3 a").first.click()
    visit.page.wait_for_url("**/fiches/*")
    visit.page.get_by_role("link", name="Retour à la recherche").click()
    visit.page.wait_for_url(f"{server}/?q=logement")
    elsewhere = Visit(
        browser, f"{server}/fiches/{visit.page.locator('.hits h3 a').first.get_attribute('href').split('/')[-1]}"
    )

    assert elsewhere.page.get_by_role("link", name="Retour à la recherche").get_attribute("href") == "/"


def test_a_keyboard_skips_to_the_text_and_sees_where_it_is(server: str, long_one: str, browser: Browser) -> None:
    page = Visit(browser, f"{server}/fiches/{long_one}").page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate("document.activeElement.getBoundingClientRect().top") >= 0
    page.keyboard.press("Enter")
    names = []
    for _ in range(4):
        page.keyboard.press("Tab")
        names.append(page.evaluate("document.activeElement.innerText"))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"

    assert names[0] == "Retour à la recherche"
    assert names[1:3] == ["CENTRE SOCIAL CAF LA CLAIRIERE"] * 2
    assert names[3] == "Meurthe-et-Moselle"


def test_a_page_that_has_not_changed_is_not_sent_again(editor: httpx.Client, bare: str) -> None:
    address = f"/fiches/{bare}"
    first = editor.get(address)
    again = editor.get(address, headers={"If-None-Match": first.headers["ETag"]})
    head = editor.head(address)
    create_record(editor, {"titre": "Zumba du soir", "structure": {"nom": "Foyer", "departement": None}})
    later = editor.get(address, headers={"If-None-Match": first.headers["ETag"]})

    assert (first.status_code, again.status_code, again.content, later.status_code) == (200, 304, b"", 200)
    assert (head.status_code, head.content, head.headers["ETag"]) == (200, b"", first.headers["ETag"])
    assert "Zumba du soir" in later.text
    assert first.headers["Cache-Control"] == "public, max-age=0, must-revalidate"


def test_a_page_names_its_other_forms_and_its_picture(client: httpx.Client, server: str, long_one: str) -> None:
    page = client.get(f"/fiches/{long_one}", params={"fbclid": "added by others"}).text
    forms = dict(re.findall(r'<link rel="alternate" type="([^"]+)" href="([^"]+)"', page))
    picture = re.findall(r'<meta property="og:image" content="([^"]+)"', page)[0]

    assert client.get(forms["application/json"]).json()["id"] == long_one
    assert client.get(forms["text/plain"]).text.startswith("Actions\n")
    assert f'<meta property="og:url" content="{server}/fiches/{long_one}">' in page
    assert '<meta property="og:type" content="article">' in page
    assert picture.startswith(server)
    assert client.get(picture).headers["content-type"] == "image/png"
    assert len(client.get(picture).content) < 40_000


def test_a_deleted_record_is_gone_for_people_and_programs_alike(editor: httpx.Client, browser: Browser) -> None:
    identifier = create_record(editor, {"titre": "Éphémère", "structure": {"nom": "Foyer", "departement": None}})
    tag = editor.get(f"/actions/{identifier}").headers["ETag"]
    assert editor.delete(f"/actions/{identifier}", headers={"If-Match": tag}).status_code == 204
    page = editor.get(f"/fiches/{identifier}", headers={"If-None-Match": "*"})
    visit = Visit(browser, f"{editor.base_url}/fiches/{identifier}")

    assert page.status_code == 410
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert visit.page.inner_text("h1") == "Cette fiche a été supprimée"
    assert visit.accessibility_violations() == []
