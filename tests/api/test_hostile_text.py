"""Injection: text of clients and files in logs, headers, pages and terminals."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from app.importing.text_format import render_export
from app.service import CatalogueService
from tests.api.listening import connect, rest_of
from tests.factories import make_action
from tests.in_process import run_actions
from tests.processes import ROOT, default_settings, running_server

_ESCAPE = "\x1b]0;title\x07\x1b[2J"
_FORGED = '\n{"event":"request","path":"/forged"}\n'
_HOSTILE = [_FORGED, _ESCAPE, "\r\nX-Forged: 1", "\x7f", "\u009b31m", "\u202egnp.exe", "\u2028", "\x00", "\U000e0041"]
_SCRIPT = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def hostile_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A catalogue with a record whose texts are code unless they are escaped."""
    directory = tmp_path_factory.mktemp("hostile")
    titre = f'../../etc/passwd"; filename="x {_SCRIPT} {{{{7*7}}}} \u202e'
    text = f"jardin {_SCRIPT} ]]> & {_ESCAPE}"
    action = make_action(resume=text, mots_cles=[_SCRIPT]).model_copy(update={"titre": titre})  # as 0.1.0 stored it
    with CatalogueService.open(default_settings(directory)) as catalogue, catalogue.store.write() as writer:
        writer.create(action, author="import export.txt")
    return directory


@pytest.fixture(scope="module")
def base(hostile_dir: Path) -> Iterator[str]:
    with running_server(hostile_dir) as base:
        yield base


def log_of(directory: Path, request_id: str) -> bytes:
    """Return the log once it contains the line of a request."""
    log = directory / "server.log"
    deadline = time.monotonic() + 30
    while request_id.encode() not in log.read_bytes():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return log.read_bytes()


@pytest.mark.parametrize("text", _HOSTILE)
def test_a_path_cannot_forge_log_lines_nor_command_terminals(base: str, hostile_dir: Path, text: str) -> None:
    request_id = f"path-{_HOSTILE.index(text)}"
    assert httpx.get(f"{base}/actions/{quote(text)}", headers={"X-Request-Id": request_id}).status_code == 404
    log = log_of(hostile_dir, request_id).decode()

    assert all(line.isprintable() for line in log.removesuffix("\n").split("\n"))
    noted = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    assert [line["path"] for line in noted if line.get("request_id") == request_id] == [f"/actions/{text}"]
    assert "/forged" not in [line.get("path") for line in noted]


def test_questions_identifiers_and_agents_are_not_logged(base: str, hostile_dir: Path) -> None:
    headers = {"User-Agent": "agent-secret", "Referer": "referer-secret", "Authorization": "Bearer key-secret"}
    httpx.get(f"{base}/actions?q=query-secret", headers=headers)
    with connect(base) as connection:
        odd = b"User-Agent: a\x1b[2Jagent-secret\r\nX-Request-Id: id\x1b[2J-secret\r\n"
        connection.sendall(b"GET /actions?q=query-secret HTTP/1.1\r\nHost: x\r\n" + odd + b"Connection: close\r\n\r\n")
        answer = rest_of(connection)
    httpx.get(f"{base}/health/live", headers={"X-Request-Id": "after-secrets"})
    log = log_of(hostile_dir, "after-secrets")

    assert b"\x1b" not in answer
    assert b"-secret" not in log.replace(b"after-secrets", b"")
    assert b"\x1b" not in log


@pytest.mark.parametrize("text", _HOSTILE)
def test_no_text_becomes_a_header_of_an_answer(base: str, text: str) -> None:
    for path in (f"/fiches/{quote(text)}", f"/actions?q={quote(text)}", f"/actions/{quote(text)}", f"/{quote(text)}"):
        answer = httpx.get(base + path, headers={"Origin": "https://mairie.example"})
        assert answer.status_code in {200, 307, 404}
        assert "x-forged" not in answer.headers
        assert all(value.isascii() and value.isprintable() for value in answer.headers.values())


@pytest.mark.parametrize(
    "path", ["/ailleurs/{}", "/actions/{}", "/actions?{}=1", "/actions?sort={}", "/docs?{}", "/redoc?{}", "/fiches/{}"]
)
def test_no_text_of_an_address_becomes_html(base: str, path: str) -> None:
    answer = httpx.get(base + path.format(quote(_SCRIPT)))

    assert answer.headers["x-content-type-options"] == "nosniff"
    if answer.headers.get("content-type", "").startswith("text/html"):
        assert "alert(1)" not in answer.text
    else:
        assert answer.status_code == 307 or answer.headers["content-type"] == "application/problem+json"


def test_what_a_list_gives_for_pages_has_no_tag_but_its_own(base: str) -> None:
    item = httpx.get(f"{base}/actions?q=jardin").json()["items"][0]

    assert "&lt;script&gt;" in item["highlights"]["resume"][0]
    assert re.findall(r"<[^>]*>", item["highlights"]["resume"][0]) == ["<mark>", "</mark>"]


def test_identifiers_are_fit_for_addresses_and_file_names(base: str) -> None:
    identifier = httpx.get(f"{base}/actions").json()["items"][0]["id"]
    answers = [httpx.get(f"{base}/actions/{identifier}{ending}") for ending in ("", ".txt")]

    assert re.fullmatch(r"[a-z0-9][a-z0-9-]*", identifier)
    for answer in answers:
        assert answer.status_code == 200
        assert "content-disposition" not in answer.headers
        assert not answer.headers["content-type"].startswith("text/html")


def test_a_file_cannot_command_the_terminal_of_who_imports_it(tmp_path: Path) -> None:
    export = tmp_path / "export.txt"
    action = make_action().model_copy(update={"structure": f"Centre{_ESCAPE} - Nulle part"})
    export.write_text("".join(render_export([action])).replace("- Public\n", f"- Public{_ESCAPE}\n"), encoding="utf-8")
    for arguments in (("import", export), ("import", tmp_path / f"absent{_ESCAPE}"), ("check",)):
        done = run_actions(tmp_path, *arguments)
        assert done.stderr or done.stdout
        assert all(line.isprintable() for line in (done.stderr + done.stdout).split("\n")), arguments


def test_lines_of_libraries_are_as_harmless_as_our_own() -> None:
    script = (
        "import logging, structlog, sys; from app.logs import configure_logs; configure_logs('INFO')\n"
        "text = sys.argv[1]\n"
        "logging.getLogger('library').warning('%s', text)\n"
        "structlog.get_logger('ours').warning('event', text=text)\n"
        "try: raise ValueError(text)\n"
        "except ValueError: structlog.get_logger('ours').exception('failed')\n"
    )
    text = "".join(_HOSTILE).replace("\x00", "")
    done = subprocess.run([sys.executable, "-c", script, text], cwd=ROOT, capture_output=True, check=True, timeout=60)
    lines = done.stderr.decode().removesuffix("\n").split("\n")
    read = [json.loads(line) for line in lines]

    assert all(line.isprintable() for line in lines)
    assert [line["event"] for line in read] == [text, "event", "failed"]
    assert read[1]["text"] == text
    assert read[2]["exception"][0]["exc_value"] == text
