"""Exports over HTTP: all matches as a file, with name and tag, streamed, with errors reported."""

import csv
import gzip
import io
import json
import re
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import feedparser
import httpx
import pytest
from openpyxl import load_workbook

from tests.in_process import run_actions
from tests.processes import ROOT

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/x-ndjson; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "atom": "application/atom+xml; charset=utf-8",
}
_UNCOMPRESSED = "xlsx"
FORMATS = pytest.mark.parametrize("name", TYPES)
BROWSERS = [{"Sec-Fetch-Mode": "navigate"}, {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}]


def table(answer: httpx.Response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"), newline="")))


def lines(answer: httpx.Response) -> list[dict[str, object]]:
    return [json.loads(line) for line in answer.text.splitlines()]


def sheet(answer: httpx.Response) -> list[tuple[object, ...]]:
    return list(load_workbook(io.BytesIO(answer.content))["Actions"].iter_rows(values_only=True))


def entries(answer: httpx.Response) -> list[str]:
    """Return the identifiers in the links of a feed's entries."""
    found = feedparser.parse(answer.content)
    assert not found.bozo
    return [entry.link.rpartition("/")[2] for entry in found.entries]


def listed(client: httpx.Client, query: str) -> list[str]:
    """Return the identifiers of the list for `query`, in its order."""
    return [item["id"] for item in client.get(f"/actions?per_page=100&{query}").json()["items"]]


@FORMATS
def test_an_export_says_what_it_is_and_how_to_call_it(client: httpx.Client, name: str) -> None:
    answer = client.get(f"/actions.{name}")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == TYPES[name]
    how = "inline" if name == "atom" else "attachment"
    named = how + r'; filename="actions-centres-sociaux-\d{4}-\d{2}-\d{2}\.' + name + '"'
    assert re.fullmatch(named, answer.headers["content-disposition"])
    assert answer.headers["cache-control"] == "public, max-age=0, must-revalidate"


@pytest.mark.parametrize(
    "query",
    [
        "",
        "q=jardin",
        "dimension=citoyennete&public__not=familles",
        "sort=-modifie_le,titre",
        "q=logement&sort=-titre",
        "departement=morbihan&departement=59",
        "dimension__isnull=true",
        "q=introuvable-tout-a-fait",
        "utm_source=x&_=1",
    ],
)
def test_an_export_holds_every_match_of_the_list_in_its_order(client: httpx.Client, query: str) -> None:
    expected = listed(client, query)

    assert [row["id"] for row in table(client.get(f"/actions.csv?{query}"))] == expected
    assert [item["id"] for item in lines(client.get(f"/actions.jsonl?{query}"))] == expected
    assert [row[0] for row in sheet(client.get(f"/actions.xlsx?fields=id&{query}"))[1:]] == expected


def test_columns_and_keys_can_be_chosen(client: httpx.Client) -> None:
    rows = client.get("/actions.csv?fields=region_code,region,titre&departement=56").text.splitlines()
    items = lines(client.get("/actions.jsonl?fields=structure,id&departement=56"))

    assert rows[0] == "region_code,region,titre"
    assert rows[1].startswith("53,Bretagne,")
    assert [list(item) for item in items] == [["structure", "id"]] * len(items)
    assert items[0]["structure"]["departement"] == {"code": "56", "nom": "Morbihan"}  # type: ignore[index]


@pytest.mark.parametrize(
    ("query", "status", "named"),
    [
        ("couleur=bleu", 400, "couleur"),
        ("page=2", 400, "page"),
        ("fields=titre,resum", 422, "fields"),
        ("sort=couleur", 422, "sort"),
        ("dimension__isnull=peut-etre", 422, "dimension__isnull"),
    ],
)
@FORMATS
def test_what_cannot_be_understood_is_a_problem(
    client: httpx.Client, name: str, query: str, status: int, named: str
) -> None:
    if (name, named) == ("atom", "fields"):
        status = 400  # a feed leaves no choice
    answer = client.get(f"/actions.{name}?{query}", headers={"Origin": "https://mairie.example"})

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "content-disposition" not in answer.headers
    assert [error["parameter"] for error in answer.json()["errors"]] == [named]


@FORMATS
@pytest.mark.parametrize("validator", [("etag", "If-None-Match"), ("last-modified", "If-Modified-Since")])
def test_who_has_the_export_already_gets_304(client: httpx.Client, name: str, validator: tuple[str, str]) -> None:
    given, sent = validator
    first = client.get(f"/actions.{name}")
    again = client.get(f"/actions.{name}", headers={sent: first.headers[given]})

    assert (again.status_code, again.content) == (304, b"")
    for header in ("etag", "last-modified"):
        assert again.headers[header] == first.headers[header]
    assert set(again.headers["vary"].split(", ")) >= set(first.headers.get("vary", "Accept-Encoding").split(", "))


@FORMATS
def test_a_tag_decides_before_a_date(client: httpx.Client, name: str) -> None:
    date = client.get(f"/actions.{name}").headers["last-modified"]
    both = {"If-Modified-Since": date, "If-None-Match": '"another"'}

    assert client.get(f"/actions.{name}", headers=both).status_code == 200
    assert client.get(f"/actions.{name}", headers={"If-Modified-Since": "Tue, 01 Jan 2030 00:00:00 GMT"}).content


def test_the_date_is_that_of_the_last_change(client: httpx.Client) -> None:
    changes = client.get("/changes?limit=500").json()["items"]
    dated = parsedate_to_datetime(client.get("/actions.csv").headers["last-modified"])

    assert dated.isoformat()[:19] == changes[-1]["time"][:19]


@FORMATS
@pytest.mark.parametrize("coding", ["gzip", "br", "zstd", "identity"])
def test_head_is_the_get_without_its_body(client: httpx.Client, name: str, coding: str) -> None:
    asked = {"Accept-Encoding": coding, "Origin": "https://mairie.example"}
    head, get = client.head(f"/actions.{name}", headers=asked), client.get(f"/actions.{name}", headers=asked)
    own = {"date", "x-request-id", "transfer-encoding"}

    assert head.content == b""
    assert {k: v for k, v in head.headers.items() if k not in own} == {
        k: v for k, v in get.headers.items() if k not in own
    }
    # The Brotli encoder takes too much memory for each stream.
    compressed = name == "atom" or (name != _UNCOMPRESSED and coding != "br")
    assert ("content-encoding" in get.headers) is (compressed and coding != "identity")


@pytest.mark.parametrize(
    ("accepted", "coding"), [("gzip, deflate, br", "gzip"), ("br, zstd;q=0.5", "zstd"), ("*", "zstd"), ("br", "")]
)
def test_a_stream_is_never_compressed_by_brotli(client: httpx.Client, accepted: str, coding: str) -> None:
    answer = client.head("/actions.csv", headers={"Accept-Encoding": accepted})

    assert answer.headers.get("content-encoding", "") == coding


@pytest.mark.parametrize("name", [name for name in TYPES if name != _UNCOMPRESSED])
def test_exports_are_compressed_on_the_way(client: httpx.Client, name: str) -> None:
    plain = client.get(f"/actions.{name}", headers={"Accept-Encoding": "identity"}).content
    with client.stream("GET", f"/actions.{name}", headers={"Accept-Encoding": "gzip"}) as answer:
        raw = b"".join(answer.iter_raw())

    assert len(raw) < len(plain) / 2
    assert gzip.decompress(raw) == plain


@pytest.mark.parametrize("query", ["", "dimension=services", "q=jardin"])
def test_a_feed_begins_with_what_was_modified_last(client: httpx.Client, query: str) -> None:
    assert entries(client.get(f"/actions.atom?{query}")) == listed(client, f"{query}&sort=-modifie_le")


@pytest.mark.parametrize("order", ["titre", "-departement,titre", "pertinence"])
def test_a_feed_takes_another_order(client: httpx.Client, order: str) -> None:
    assert entries(client.get(f"/actions.atom?q=jardin&sort={order}")) == listed(client, f"q=jardin&sort={order}")


def test_a_feed_leads_to_itself_and_to_what_it_answers(client: httpx.Client) -> None:
    one = feedparser.parse(client.get("/actions.atom?q=jardin+%C3%A0&dimension=&_=3&statut=en+cours").content).feed
    other = feedparser.parse(client.get("/actions.atom?statut=en+cours&q=jardin+%C3%A0").content).feed
    links = {link.rel: link.href for link in one.links}

    assert links["self"] == f"{client.base_url}/actions.atom?q=jardin+%C3%A0&statut=en+cours"
    assert one.id == other.id != feedparser.parse(client.get("/actions.atom").content).feed.id
    assert client.get(links["self"]).status_code == client.get(links["related"]).status_code == 200
    assert links["license"] == "https://spdx.org/licenses/etalab-2.0.html"
    assert one.title.endswith(" : jardin à")


def test_a_workbook_holds_the_rows_of_the_table_with_their_types(client: httpx.Client) -> None:
    header, *rows = sheet(client.get("/actions.xlsx?departement=56&fields=titre,region,region_code,version,cree_le"))
    row = dict(zip(header, rows[0], strict=True))

    assert (row["region"], row["region_code"], row["version"]) == ("Bretagne", "53", 1)
    assert isinstance(row["cree_le"], datetime)


def test_the_mark_of_utf_8_is_for_browsers_and_for_who_asks(client: httpx.Client) -> None:
    def begins_with_a_mark(query: str = "", **headers: str) -> bool:
        return client.get(f"/actions.csv{query}", headers=headers).content.startswith(b"\xef\xbb\xbf")

    assert not begins_with_a_mark()
    assert begins_with_a_mark("?bom=true")
    for browser in BROWSERS:
        assert begins_with_a_mark(**browser)
        assert not begins_with_a_mark("?bom=false", **browser)


def test_what_decides_on_the_mark_is_said_and_has_a_tag_of_its_own(client: httpx.Client) -> None:
    plain = client.get("/actions.csv")
    tags = {plain.headers["etag"], *(client.get("/actions.csv", headers=one).headers["etag"] for one in BROWSERS)}

    assert len(tags) == 2
    assert set(plain.headers["vary"].lower().split(", ")) >= {"accept", "sec-fetch-mode", "accept-encoding"}
    for browser in BROWSERS:
        again = client.get("/actions.csv", headers={**browser, "If-None-Match": plain.headers["etag"]})
        assert again.status_code == 200


def test_pages_of_other_sites_may_read_the_name_of_the_file(client: httpx.Client) -> None:
    answer = client.get("/actions.csv", headers={"Origin": "https://mairie.example"})

    assert answer.headers["access-control-allow-origin"] == "*"
    assert "Content-Disposition" in answer.headers["access-control-expose-headers"]


def test_an_import_takes_the_lines_back_as_they_are(client: httpx.Client, tmp_path: Path) -> None:
    exported = tmp_path / "actions.jsonl"
    exported.write_bytes(client.get("/actions.jsonl").content)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    done = run_actions(elsewhere, "import", exported, "--json")

    assert json.loads(done.stdout)["created"] == 24
    assert json.loads(done.stdout)["warnings"] == []
    again = run_actions(elsewhere, "export", "--format", "jsonl", "--sort", "titre").stdout
    assert _without_dates(again) == _without_dates(exported.read_text(encoding="utf-8"))


def _without_dates(text: str) -> list[dict[str, object]]:
    items = [json.loads(line) for line in text.splitlines()]
    return [{key: value for key, value in item.items() if key not in {"cree_le", "modifie_le"}} for item in items]


def test_the_command_line_writes_the_same(client: httpx.Client, catalogue_dir: Path, tmp_path: Path) -> None:
    asked = ["--dimension", "Services", "--sort", "-titre", "--fields", "id,region,mots_cles"]
    done = run_actions(catalogue_dir, "export", "--format", "csv", "--bom", "false", *asked)
    answer = client.get("/actions.csv?dimension=Services&sort=-titre&fields=id,region,mots_cles")

    assert done.stdout.splitlines() == answer.text.splitlines()
    asked = ["--format", "xlsx", "--sort", "titre", "--fields", "titre,region", "--output", str(tmp_path / "a.xlsx")]
    assert run_actions(catalogue_dir, "export", *asked).returncode == 0
    rows = list(load_workbook(tmp_path / "a.xlsx")["Actions"].iter_rows(values_only=True))
    assert rows == sheet(client.get("/actions.xlsx?fields=titre,region"))
    refused = run_actions(catalogue_dir, "export", "--format", "texte", "--fields", "titre")
    assert (refused.returncode, "--fields" in refused.stderr) == (2, True)


@pytest.mark.parametrize(
    ("options", "query"),
    [
        ([], ""),
        (["--q", "jardin à", "--statut", "En cours", "--sort", "titre"], "q=jardin+%C3%A0&statut=En+cours&sort=titre"),
    ],
)
def test_the_command_line_writes_the_same_feed(
    client: httpx.Client, catalogue_dir: Path, options: list[str], query: str
) -> None:
    done = run_actions(catalogue_dir, "export", "--format", "atom", *options, ACTIONS_PUBLIC_URL=str(client.base_url))

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == client.get(f"/actions.atom?{query}").text


def test_the_guide_tells_of_every_format(client: httpx.Client) -> None:
    guide = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")

    for name in TYPES:
        assert f"/actions.{name}" in guide
