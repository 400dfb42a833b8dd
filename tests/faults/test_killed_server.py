"""kill -9 of a server and its workers during writes: each acknowledged write is stored and searchable."""

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random

import httpx
import pytest

from app.catalogue.errors import Gone
from app.service import CatalogueService
from tests.api.editor import Editor
from tests.faults.recovery import ROUNDS, reopened_catalogue, search_ids, unique_word
from tests.in_process import create_key_secret
from tests.processes import WITHOUT_COVERAGE, run_actions, server_process

_WRITERS = 4
_MIN_SECONDS, _MAX_SECONDS = 0.1, 1.2  # of writing before the crash
_numbers = count()


@dataclass
class WriteLog:
    """The acknowledged and the pending writes: the word of each record, None when it is deleted.

    `acknowledged` is by identifier; `pending`, sent without a response yet, by identifier or, for a creation, by title.
    """

    acknowledged: dict[str, str | None] = field(default_factory=dict)
    pending: dict[str, str | None] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    def acknowledge(self, kind: str, identifier: str, word: str | None) -> None:
        """Record an acknowledged write."""
        self.acknowledged[identifier] = word
        self.counts[kind] += 1


def write_until_the_end(base: str, secret: str, writes: WriteLog, first: threading.Event) -> None:
    """Create, change and delete records until the server is killed."""
    with Editor(base, secret) as editor:
        try:
            while True:
                write(editor, writes)
                first.set()
        except httpx.TransportError:
            return


def write(editor: Editor, writes: WriteLog) -> None:
    """Create a record, change it, and delete every third one; record each request before and after it."""
    number = next(_numbers)
    title = f"Écriture {unique_word(number)}"
    writes.pending[title] = unique_word(number)
    response = editor.create(title, resume=unique_word(number))
    assert response.status_code == httpx.codes.CREATED, response.text
    assert "search-status" not in response.headers
    identifier = response.json()["id"]
    writes.acknowledge("created", identifier, unique_word(number))
    del writes.pending[title]
    path, changed = f"/actions/{identifier}", unique_word(50_000 + number)
    writes.pending[identifier] = changed
    response = editor.patch(path, response.headers["etag"], resume=changed)
    assert response.status_code == httpx.codes.OK, response.text
    writes.acknowledge("changed", identifier, changed)
    if number % 3 == 0:
        writes.pending[identifier] = None
        response = editor.delete(path, response.headers["etag"])
        assert response.status_code == httpx.codes.NO_CONTENT, response.text
        writes.acknowledge("deleted", identifier, None)
    del writes.pending[identifier]


def current_word(catalogue: CatalogueService, identifier: str) -> str | None:
    try:
        return catalogue.record(identifier).action.resume
    except Gone:
        return None


@pytest.mark.long
def test_a_server_that_is_killed_has_kept_every_write_that_it_answered(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    secret = create_key_secret(tmp_path)
    writes = WriteLog()
    for number in range(ROUNDS):
        with server_process(tmp_path, "--workers", "2", settings=WITHOUT_COVERAGE) as (base, process):
            if number:
                assert_served(base, writes)
            crash(process.pid, base, secret, writes, Random(f"server {number}").uniform(_MIN_SECONDS, _MAX_SECONDS))
        with reopened_catalogue(tmp_path) as catalogue:
            assert_stored(catalogue, writes)
    assert run_actions(tmp_path, "check").returncode == 0

    assert min(writes.counts.values()) > 0
    record_property("rounds", ROUNDS)
    record_property("writes acknowledged and found", writes.counts.total())
    record_property("of each kind", dict(writes.counts))


def crash(pid: int, base: str, secret: str, writes: WriteLog, delay: float) -> None:
    """Kill the server and its workers `delay` seconds after the first write."""
    first = threading.Event()
    with ThreadPoolExecutor(_WRITERS) as pool:
        writers = [pool.submit(write_until_the_end, base, secret, writes, first) for _ in range(_WRITERS)]
        try:
            assert first.wait(60)
            time.sleep(delay)
        finally:
            os.killpg(pid, signal.SIGKILL)
        for writer in writers:
            writer.result()


def assert_stored(catalogue: CatalogueService, writes: WriteLog) -> None:
    """Assert that store and index have every acknowledged write; resolve the pending ones."""
    for identifier, word in writes.acknowledged.items():
        now = current_word(catalogue, identifier)
        assert now == word or (identifier in writes.pending and now == writes.pending[identifier]), identifier
        writes.acknowledged[identifier] = now
    for record in catalogue.store.records():
        if record.id not in writes.acknowledged:
            assert writes.pending[record.action.titre] == record.action.resume
            writes.acknowledged[record.id] = record.action.resume
    writes.pending.clear()
    living = {identifier: word for identifier, word in writes.acknowledged.items() if word}
    assert search_ids(catalogue, "xq*") == living.keys()
    for identifier, word in list(living.items())[-20:]:
        assert search_ids(catalogue, f'"{word}"') == {identifier}


def assert_served(base: str, writes: WriteLog) -> None:
    """Assert the same over HTTP with the restarted server."""
    living = [identifier for identifier, word in writes.acknowledged.items() if word]
    with httpx.Client(base_url=base) as client:
        assert client.get("/actions", params={"q": "xq*"}).json()["total"] == len(living)
        for identifier in living[-10:]:
            assert client.get(f"/actions/{identifier}").json()["resume"] == writes.acknowledged[identifier]
