"""The example that mirrors the catalogue stays in step: under writes, killed and started again, and after a restore.

It writes a page whole or not at all, asks a busy service again, and stops where asking again is of no use.
"""

import json
import re
import runpy
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import count
from pathlib import Path

import httpx
import pytest

from tests.api.editor import Editor
from tests.clients.conftest import Service
from tests.in_process import create_key_secret
from tests.processes import ROOT, WITHOUT_COVERAGE, run_actions, running_server

MIRROR = ROOT / "examples" / "miroir.py"
_KILLS = 3
# What makes the copy refuse a part of the first page: its eleventh record, or the cursor that comes after it.
_REFUSALS = {
    "a record": "BEFORE INSERT ON actions WHEN (SELECT count(*) FROM actions) = 10",
    "the cursor": "BEFORE UPDATE OF curseur ON place",
}


def mirror(base: str, copy: Path, *options: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, MIRROR, base, copy, *options], stdout=subprocess.DEVNULL)


def finish(base: str, copy: Path) -> None:
    """Bring a copy up to date."""
    with mirror(base, copy) as process:
        assert process.wait(timeout=60) == 0


def copied(copy: Path) -> dict[str, object]:
    """Return the records of a copy by their identifiers."""
    with sqlite3.connect(copy) as opened:
        rows = opened.execute("SELECT id, fiche FROM actions").fetchall()
    opened.close()
    return {identifier: json.loads(record) for identifier, record in rows}


def held(base: str) -> dict[str, object]:
    """Return the records of a service by their identifiers."""
    with httpx.Client(base_url=base) as client:
        address, found = "/actions?fields=id&per_page=100", []
        while address:
            page = client.get(address).json()
            found += page["items"]
            address = page["links"]["next"]
        return {item["id"]: client.get(f"/actions/{item['id']}").json() for item in found}


def write(editor: Editor, enough: threading.Event) -> None:
    """Create, change and delete until it is enough."""
    for number in count():
        if enough.is_set():
            return
        path, tag = editor.created(f"Atelier {number}")
        if number % 2:
            tag = editor.patch(path, tag, resume=f"Le numéro {number}").headers["etag"]
        if number % 3 == 0:
            assert editor.delete(path, tag).status_code == 204


def until_it_grows(copy: Path, beyond: int) -> int:
    """Wait until a copy has more than so many records and return how many."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if (size := len(copied(copy))) > beyond:
            return size
        time.sleep(0.02)
    raise AssertionError("the copy does not grow")


def test_a_mirror_that_is_killed_while_others_write_ends_in_step(filled: Path) -> None:
    copy = filled / "copy.db"
    with running_server(filled, settings=WITHOUT_COVERAGE) as base, Editor(base, create_key_secret(filled)) as editor:
        finish(base, copy)
        assert copied(copy) == held(base)
        enough = threading.Event()
        writer = threading.Thread(target=write, args=[editor, enough])
        writer.start()
        size = len(copied(copy))
        for _ in range(_KILLS):
            with mirror(base, copy, "--suivre", "0") as following:
                size = until_it_grows(copy, size)
                following.kill()
        enough.set()
        writer.join(timeout=60)
        assert not writer.is_alive()

        finish(base, copy)
        records = copied(copy)
        assert len(records) >= 24 + _KILLS
        assert records == held(base)


def test_a_mirror_starts_over_when_the_catalogue_is_another_one(tmp_path: Path, sample_export: Path) -> None:
    copy = tmp_path / "copy.db"
    before, after = tmp_path / "before", tmp_path / "after"
    for directory in (before, after):
        directory.mkdir()
        assert run_actions(directory, "import", sample_export, **WITHOUT_COVERAGE).returncode == 0
    with running_server(before, settings=WITHOUT_COVERAGE) as base, Editor(base, create_key_secret(before)) as editor:
        editor.created("Il n'y est que là")
        finish(base, copy)
        assert len(copied(copy)) == 25

    with running_server(after, settings=WITHOUT_COVERAGE) as base:
        finish(base, copy)
        assert copied(copy) == held(base)


@pytest.mark.parametrize("part", _REFUSALS)
def test_a_page_is_written_with_its_cursor_or_not_at_all(service: Service, tmp_path: Path, part: str) -> None:
    copy = tmp_path / "copy.db"
    with closing(sqlite3.connect(copy)) as opened:
        opened.executescript(runpy.run_path(str(MIRROR))["TABLES"])
        opened.execute(f"CREATE TRIGGER refusal {_REFUSALS[part]} BEGIN SELECT RAISE(ABORT, 'refused'); END")

    with mirror(service.base, copy) as process:
        assert process.wait(timeout=60) != 0
    with closing(sqlite3.connect(copy)) as opened:
        assert opened.execute("SELECT curseur FROM place").fetchall() == [(None,)]
        assert opened.execute("SELECT id FROM actions").fetchall() == []
        opened.execute("DROP TRIGGER refusal")
    finish(service.base, copy)
    assert copied(copy) == held(service.base)


def ended(address: str, copy: Path, *options: str) -> str:
    """Return why a mirror ends that cannot do its work."""
    command = [sys.executable, MIRROR, address, copy, *options]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False, timeout=60)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1, done.stderr
    return done.stderr


@pytest.mark.parametrize("options", [(), ("--suivre", "0")])
def test_a_mirror_of_a_wrong_address_stops_and_says_why(
    service: Service, tmp_path: Path, options: tuple[str, ...]
) -> None:
    copy = tmp_path / "copy.db"

    assert "404 Rien ne se trouve à cette adresse." in ended(f"{service.base}/nulle-part", copy, *options)
    assert "ne répond pas" in ended("actions.example", copy, *options)


@contextmanager
def proxy(*answers: tuple[int, str]) -> Iterator[tuple[str, list[float]]]:
    """Give the address of something before a service that is down, which answers by a status and a `Retry-After` each
    time, the last one for ever; and the moments at which it was asked.
    """
    asked: list[float] = []

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, wait = answers[min(len(asked), len(answers) - 1)]
            asked.append(time.monotonic())
            self.send_response(status)
            self.send_header("Content-Length", "0")
            if wait:
                self.send_header("Retry-After", wait)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Answering) as server:
        threading.Thread(target=server.serve_forever).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()


def test_a_mirror_waits_as_long_as_it_is_told_in_seconds_or_by_a_date(tmp_path: Path) -> None:
    until = datetime.now(UTC) + timedelta(seconds=5)
    with proxy((429, "1"), (503, format_datetime(until, usegmt=True)), (403, "")) as (address, asked):
        assert "403 Forbidden" in ended(address, tmp_path / "copy.db", "--suivre", "0")
        first, second, third = asked

    assert 1 <= second - first < 3
    assert datetime.now(UTC) >= until.replace(microsecond=0)
    assert third - second < 6


def test_a_mirror_that_is_refused_from_the_beginning_does_not_begin_for_ever(tmp_path: Path) -> None:
    with proxy((410, "")) as (address, asked):
        assert "410 Gone" in ended(address, tmp_path / "copy.db", "--suivre", "0")
        assert len(asked) == 1


def test_a_mirror_goes_on_when_it_asked_too_often_and_when_nobody_answers(filled: Path, tmp_path: Path) -> None:
    refused = re.compile(r'^actions_requests_total{.*status="429"} ([2-9])', re.MULTILINE)
    copy = tmp_path / "copy.db"
    with running_server(filled, settings={"ACTIONS_RATE_LIMIT": "1", **WITHOUT_COVERAGE}) as base:
        following = mirror(base, copy, "--suivre", "0")
        deadline = time.monotonic() + 60
        while not refused.search(httpx.get(f"{base}/metrics").text) and time.monotonic() < deadline:
            time.sleep(0.1)
    with following:
        time.sleep(1.5)  # longer than it was told to wait, so that it has asked again and met nobody
        ended_by_itself = following.poll()
        following.terminate()
    assert time.monotonic() < deadline
    assert ended_by_itself is None
    assert len(copied(copy)) == 24
