"""The search in a frame: its height follows its content, it handles no messages, and its URL sets its options."""

from collections.abc import Iterator
from html import unescape
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from tests.visiting import Visit, wait_until
from tests.web.hosting import HostSite, run_host_site


@pytest.fixture
def visit(browser: Browser, host: HostSite) -> Iterator[Visit]:
    visit = Visit(browser, host.page(""), viewport={"width": 700, "height": 900})
    yield visit
    assert visit.console_errors == []
    visit.context.close()


def open_frame(visit: Visit, host: HostSite, server: str, query: str = "") -> FrameLocator:
    tags = (
        f'<iframe src="{server}/embed{query}" title="Recherche" width="100%" height="200"></iframe>'
        f'<script type="module" src="{server}/iframe.js"></script>'
    )
    visit.page.goto(host.page(tags))
    return visit.page.frame_locator("iframe")


def height(page: Page) -> int:
    return int(page.locator("iframe").evaluate("frame => frame.clientHeight"))


def test_a_frame_is_as_high_as_what_is_in_it(visit: Visit, host: HostSite, server: str) -> None:
    frame = open_frame(visit, host, server, "?par-page=10")
    expect(frame.get_by_role("status")).to_have_text("24 résultats")
    wait_until(visit.page, "document.querySelector('iframe').clientHeight > 1200")
    inside = frame.locator("html")
    assert inside.evaluate("page => page.scrollHeight <= page.clientHeight")
    tall = height(visit.page)
    frame.get_by_label("Rechercher une action").fill("permaculture")
    expect(frame.get_by_role("status")).to_have_text("1 résultat")
    wait_until(visit.page, f"document.querySelector('iframe').clientHeight < {tall - 500}")
    assert visit.foreign_origins == {server}


def test_suggestions_have_room_in_a_frame_without_results(visit: Visit, host: HostSite, server: str) -> None:
    frame = open_frame(visit, host, server, "?q=permaculture&facettes=")
    expect(frame.get_by_role("status")).to_have_text("1 résultat")
    frame.get_by_label("Rechercher une action").fill("ce")
    last = frame.get_by_role("option").last
    expect(last).to_be_visible()
    box = last.bounding_box()
    frame_box = visit.page.locator("iframe").bounding_box()
    assert box is not None
    assert frame_box is not None
    assert box["y"] + box["height"] <= frame_box["y"] + frame_box["height"]


def test_records_open_in_a_new_tab_without_a_way_back(visit: Visit, host: HostSite, server: str) -> None:
    frame = open_frame(visit, host, server, "?departement=59&lien=https%3A%2F%2Fmairie.example%2F%7Bid%7D")
    link = frame.get_by_role("link", name="Jardin partagé (nouvel onglet)")
    expect(link).to_have_attribute("href", "https://mairie.example/jardin-partage-1e0605")
    expect(link).to_have_attribute("target", "_blank")
    expect(link).to_have_attribute("rel", "noopener")


def test_a_page_listens_to_frames_of_the_catalogue_alone(visit: Visit, host: HostSite, server: str) -> None:
    open_frame(visit, host, server)
    page = visit.page
    wait_until(page, "document.querySelector('iframe').clientHeight > 300")
    before = height(page)
    forged = {"type": "actions-recherche:hauteur", "hauteur": 7}
    page.evaluate("message => postMessage(message, '*')", forged)  # from the window and origin of the page
    frame = next(frame for frame in page.frames if "/embed" in frame.url)
    for wrong in ({"hauteur": 7}, {**forged, "hauteur": "7px; color: red"}, {**forged, "hauteur": -7}, None, "hauteur"):
        frame.evaluate("message => parent.postMessage(message, '*')", wrong)
    frame.evaluate("message => parent.postMessage(message, '*')", {**forged, "hauteur": 1e9})
    wait_until(page, "document.querySelector('iframe').clientHeight === 20000")
    frame.evaluate("message => parent.postMessage(message, '*')", {**forged, "hauteur": before})
    wait_until(page, f"document.querySelector('iframe').clientHeight === {before}")


def test_a_frame_of_another_origin_cannot_resize_anything(visit: Visit, host: HostSite, server: str) -> None:
    script = (
        "parent.postMessage({ type: 'actions-recherche:hauteur', hauteur: 7 }, '*'); parent.postMessage('sent', '*')"
    )
    with run_host_site(server, "script-src 'self'") as stranger:
        stranger.files["/forge.js"] = script
        forging = stranger.page('<script src="/forge.js"></script>')
        host.policy, strict = f"{host.policy.replace('frame-src', f'frame-src {stranger.base}')}", host.policy
        tags = f'<script type="module" src="{server}/iframe.js"></script><iframe title="Autre" height="200"></iframe>'
        visit.page.goto(host.page(tags))
        host.policy = strict
        visit.page.evaluate(
            "address => new Promise((resolve) => {"
            " addEventListener('message', ({ data }) => data === 'sent' && resolve());"
            " document.querySelector('iframe').src = address })",
            forging,
        )
        assert height(visit.page) == 200


def test_without_scripts_a_frame_has_a_form_that_opens_the_catalogue(browser: Browser, server: str) -> None:
    visit = Visit(browser, f"{server}/embed?departement=59&q=jardin", java_script_enabled=False)
    visit.screenshot("cadre-sans-script")
    with visit.context.expect_page() as opened:
        visit.page.get_by_role("button", name="Chercher (nouvel onglet)").click()
    assert opened.value.url == f"{server}/?q=jardin&departement=59"
    visit.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_frame_has_no_barrier(browser: Browser, server: str, scheme: str) -> None:
    visit = Visit(browser, f"{server}/embed?par-page=3", color_scheme=scheme, viewport={"width": 320, "height": 700})
    expect(visit.page.get_by_role("status")).to_have_text("24 résultats")
    visit.screenshot(f"cadre-{scheme}")
    assert visit.accessibility_violations() == []
    assert not visit.overflows()
    assert visit.console_errors == []
    visit.context.close()


def test_opened_by_itself_a_frame_leads_to_the_catalogue_alone(browser: Browser, server: str) -> None:
    visit = Visit(browser, f"{server}/embed?lien=https%3A%2F%2Fmairie.example%2F%7Bid%7D")
    expect(visit.page.get_by_role("status")).to_have_text("24 résultats")
    address = visit.page.get_by_role("link").first.get_attribute("href")
    assert str(address).startswith(f"{server}/fiches/")
    visit.context.close()


def test_options_become_attributes(client: httpx.Client) -> None:
    answer = client.get(
        "/embed?par_page=5&departement=59&departement=62&facettes=&couleur=%23A00&titre=L%27%22un%22%3Cb%3E"
    )
    assert answer.status_code == 200
    tag = unescape(answer.text.partition("<actions-recherche")[2].partition("\n")[0])
    assert tag == """ nouvel-onglet par-page="5" departement="59|62" couleur="#A00" titre="L'"un"<b>" facettes="">"""


@pytest.mark.parametrize(
    "value", ["red;x", "url(x)", "#12", "var(--x)", "expression(1)", "rgb(1,2,3);", "</style>", "#0b5c63 "]
)
def test_what_is_no_colour_is_refused(client: httpx.Client, value: str) -> None:
    answer = client.get(f"/embed?fond={quote(value)}")
    assert answer.status_code == (200 if value == "#0b5c63 " else 422)


@pytest.mark.parametrize(
    "value", ["javascript:{id}", "/nos-actions/{id}", "//ailleurs/{id}", "https://mairie.example/", "https://[{id}"]
)
def test_results_in_a_frame_lead_to_whole_web_addresses_alone(client: httpx.Client, value: str) -> None:
    assert client.get(f"/embed?lien={quote(value)}").status_code == 422
    assert client.get("/embed?lien=fiche").status_code == 200


def test_a_frame_has_a_strict_policy_and_others_may_show_it(client: httpx.Client) -> None:
    headers = client.get("/embed").headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'")
    assert "unsafe" not in policy
    assert policy.endswith("frame-ancestors *")
    assert "x-frame-options" not in headers


def test_an_unknown_option_is_refused_with_the_nearest_one(client: httpx.Client) -> None:
    answer = client.get("/embed?departements=59")
    assert answer.status_code == 400
    assert "departement" in answer.text
