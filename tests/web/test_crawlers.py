"""Sitemaps, robots.txt, OpenSearch and the icon."""

import json
import re
from pathlib import Path
from urllib.parse import quote
from xml.etree.ElementTree import Element, fromstring

import httpx
import pytest
from playwright.sync_api import Browser

from app.web.crawlers import SITEMAP_PAGES
from tests.in_process import running_server
from tests.visiting import Visit

MAPS = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
SEARCH = "{http://a9.com/-/spec/opensearch/1.1/}"


def read_xml(client: httpx.Client, address: str) -> Element:
    """Return the XML document at `address`, a path."""
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/")
    return fromstring(answer.text)


def urls_of(document: Element) -> list[str]:
    """Return the URLs of a sitemap or a sitemap index."""
    return [one.text or "" for one in document.iter(f"{MAPS}loc")]


def test_the_maps_lead_to_every_record_and_every_structure(client: httpx.Client, server: str) -> None:
    maps = urls_of(read_xml(client, "/sitemap.xml"))
    pages = [page for one in maps for page in urls_of(read_xml(client, one))]
    records = client.get("/actions", params={"per_page": 100}).json()
    structures = client.get("/structures", params={"per_page": 100}).json()

    assert set(pages) >= {record["links"]["html"] for record in records["items"]}
    assert set(pages) >= {f"{server}/structures/{one['id']}/fiche" for one in structures["items"]}
    assert len(pages) == len(set(pages)) == records["total"] + structures["total"] + len(SITEMAP_PAGES)
    for page in pages:
        answer = client.get(page)
        assert answer.status_code == 200
        assert f'<link rel="canonical" href="{page}">' in answer.text


def test_the_maps_say_when_a_page_last_changed(client: httpx.Client) -> None:
    record = client.get("/actions", params={"sort": "-modifie_le", "per_page": 1}).json()["items"][0]
    document = read_xml(client, "/sitemap/fiches-1.xml")
    changed = {one.findtext(f"{MAPS}loc"): one.findtext(f"{MAPS}lastmod") or "" for one in document.iter(f"{MAPS}url")}

    assert changed[record["links"]["html"]][:19] == record["modifie_le"][:19]
    assert len(read_xml(client, "/sitemap.xml").findall(f"{MAPS}sitemap/{MAPS}lastmod")) == 2


@pytest.mark.parametrize(
    "name",
    ["fiches-2", "structures-0", "autres-1", "fiches-x", "fiches--1", f"fiches-{10**20}", f"fiches-{'9' * 5000}"],
)
def test_a_map_that_does_not_exist_is_not_found(client: httpx.Client, name: str) -> None:
    answer = client.get(f"/sitemap/{name}.xml")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_a_map_that_has_not_changed_is_not_sent_again(client: httpx.Client) -> None:
    tag = client.get("/sitemap.xml").headers["ETag"]

    assert client.get("/sitemap.xml", headers={"If-None-Match": tag}).status_code == 304


def test_crawlers_may_read_records_but_not_questions_without_end(client: httpx.Client, server: str) -> None:
    answer = client.get("/robots.txt")
    barred = re.findall(r"^Disallow: (.+)$", answer.text, re.MULTILINE)

    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text.endswith(f"Sitemap: {server}/sitemap.xml")
    for path in ("/?dimension=Services&public=Adultes", "/comparer?fiche=a", "/actions?page=2", "/facets"):
        assert any(path.startswith(rule) for rule in barred), path
    for path in ("/", "/fiches/a", "/structures/a/fiche", "/assets/style.css?v=1", "/actions/a", "/sitemap.xml"):
        assert not any(path.startswith(rule) for rule in barred), path


def test_a_browser_can_search_from_its_own_box(client: httpx.Client, server: str) -> None:
    document = read_xml(client, "/opensearch.xml")
    templates = {one.get("type"): one.get("template") or "" for one in document.iter(f"{SEARCH}Url")}
    asked = {kind: template.replace("{searchTerms}", quote("logement & toit")) for kind, template in templates.items()}

    assert len(document.findtext(f"{SEARCH}ShortName") or "") <= 16
    assert client.get(asked["text/html"]).text.count('value="logement &amp; toit"') == 1
    assert client.get(asked["application/x-suggestions+json"]).json()[0] == "logement & toit"
    assert 'href="/opensearch.xml" type="application/opensearchdescription+xml"' in client.get("/").text


def test_completions_are_a_list_of_texts_each_once(client: httpx.Client) -> None:
    answer = client.get("/suggest/opensearch", params={"q": "log"})
    typed, texts = answer.json()

    assert (typed, answer.headers["content-type"]) == ("log", "application/x-suggestions+json")
    assert "Logement" in texts
    assert len(texts) == len(set(texts))
    assert client.get("/suggest/opensearch", params={"nom": "x"}).status_code == 400


def test_addresses_for_machines_are_those_that_partners_see(catalogue_dir: Path) -> None:
    public = "https://asso.example/catalogue"
    with (
        running_server(catalogue_dir, settings={"ACTIONS_PUBLIC_URL": public}) as base,
        httpx.Client(base_url=base) as client,
    ):
        robots = client.get("/robots.txt").text
        maps = urls_of(read_xml(client, "/sitemap.xml"))
        page = client.get("/").text

    assert f"Sitemap: {public}/sitemap.xml" in robots
    assert "Disallow: /catalogue/?\n" in robots
    assert all(one.startswith(f"{public}/sitemap/") for one in maps)
    assert f'content="{public}/assets/partage.png?v=' in page


@pytest.mark.parametrize("path", ["/opensearch.xml", "/sitemap.xml", "/sitemap/fiches-1.xml"])
def test_a_host_that_is_no_xml_is_escaped(client: httpx.Client, path: str) -> None:
    answer = client.get(path, headers={"Host": "a&b.example"})

    assert "http://a&amp;b.example/" in answer.text
    assert "a&b" not in answer.text


def test_the_search_page_says_to_machines_how_it_is_searched(server: str, browser: Browser) -> None:
    visit = Visit(browser, f"{server}/")
    text = visit.page.locator("script[type='application/ld+json']").text_content()
    data = json.loads(text or "")

    assert data["@type"] == "WebSite"
    assert data["potentialAction"]["target"]["urlTemplate"] == f"{server}/?q={{search_term_string}}"
    assert visit.console_errors == []
    assert "ld+json" not in httpx.get(f"{server}/?q=logement").text


def test_the_icon_is_where_browsers_look_for_it_unasked(client: httpx.Client) -> None:
    answer = client.get("/favicon.ico")

    assert answer.status_code == 200
    assert answer.headers["content-type"] in {"image/x-icon", "image/vnd.microsoft.icon"}
    assert answer.content.startswith(b"\0\0\1\0\1\0")
