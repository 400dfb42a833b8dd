"""kill -9 of a server and its workers while partners write: each write that was answered is there and found."""

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
_SHORTEST, _LONGEST = 0.1, 1.2  # seconds of writing before the crash
_numbers = count()


@dataclass
class Promises:
    """What writers were answered: the word that each record says, None once it is deleted; and what they do not know.

    `asked` holds, by identifier or, of a creation, by title, what was sent and not answered.
    """

    answered: dict[str, str | None] = field(default_factory=dict)
    asked: dict[str, str | None] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    def keep(self, kind: str, identifier: str, said: str | None) -> None:
        """Note that a write was answered."""
        self.answered[identifier] = said
        self.counts[kind] += 1


def write_until_the_end(base: str, secret: str, promises: Promises, first: threading.Event) -> None:
    """Create, change and delete records until the server is gone."""
    with Editor(base, secret) as editor:
        try:
            while True:
                write(editor, promises)
                first.set()
        except httpx.TransportError:
            return


def write(editor: Editor, promises: Promises) -> None:
    """Create a record, change it, and delete every third one; each request is noted before and after it."""
    number = next(_numbers)
    title = f"Écriture {unique_word(number)}"
    promises.asked[title] = unique_word(number)
    answer = editor.create(title, resume=unique_word(number))
    assert answer.status_code == httpx.codes.CREATED, answer.text
    assert "search-status" not in answer.headers
    identifier = answer.json()["id"]
    promises.keep("created", identifier, unique_word(number))
    del promises.asked[title]
    path, changed = f"/actions/{identifier}", unique_word(50_000 + number)
    promises.asked[identifier] = changed
    answer = editor.patch(path, answer.headers["etag"], resume=changed)
    assert answer.status_code == httpx.codes.OK, answer.text
    promises.keep("changed", identifier, changed)
    if number % 3 == 0:
        promises.asked[identifier] = None
        answer = editor.delete(path, answer.headers["etag"])
        assert answer.status_code == httpx.codes.NO_CONTENT, answer.text
        promises.keep("deleted", identifier, None)
    del promises.asked[identifier]


def said(catalogue: CatalogueService, identifier: str) -> str | None:
    try:
        return catalogue.record(identifier).action.resume
    except Gone:
        return None


@pytest.mark.long
def test_a_server_that_is_killed_has_kept_every_write_that_it_answered(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    secret = create_key_secret(tmp_path)
    promises = Promises()
    for number in range(ROUNDS):
        with server_process(tmp_path, "--workers", "2", settings=WITHOUT_COVERAGE) as (base, process):
            if number:
                shows_what_is_kept(base, promises)
            crash(process.pid, base, secret, promises, Random(f"server {number}").uniform(_SHORTEST, _LONGEST))
        with reopened_catalogue(tmp_path) as catalogue:
            holds(catalogue, promises)
    assert run_actions(tmp_path, "check").returncode == 0

    assert min(promises.counts.values()) > 0
    record_property("rounds", ROUNDS)
    record_property("writes answered and found", promises.counts.total())
    record_property("of each kind", dict(promises.counts))


def crash(pid: int, base: str, secret: str, promises: Promises, delay: float) -> None:
    """Let writers write for so many seconds after the first write, then kill the server and its workers."""
    first = threading.Event()
    with ThreadPoolExecutor(_WRITERS) as pool:
        writers = [pool.submit(write_until_the_end, base, secret, promises, first) for _ in range(_WRITERS)]
        try:
            assert first.wait(60)
            time.sleep(delay)
        finally:
            os.killpg(pid, signal.SIGKILL)
        for writer in writers:
            writer.result()


def holds(catalogue: CatalogueService, promises: Promises) -> None:
    """Find what was promised in the store and by a search; settle what writers could not know."""
    for identifier, kept in promises.answered.items():
        now = said(catalogue, identifier)
        assert now == kept or (identifier in promises.asked and now == promises.asked[identifier]), identifier
        promises.answered[identifier] = now
    for record in catalogue.store.records():
        if record.id not in promises.answered:
            assert promises.asked[record.action.titre] == record.action.resume
            promises.answered[record.id] = record.action.resume
    promises.asked.clear()
    living = {identifier: kept for identifier, kept in promises.answered.items() if kept}
    assert search_ids(catalogue, "xq*") == living.keys()
    for identifier, kept in list(living.items())[-20:]:
        assert search_ids(catalogue, f'"{kept}"') == {identifier}


def shows_what_is_kept(base: str, promises: Promises) -> None:
    """Find the same over HTTP, of the server that was started again."""
    living = [identifier for identifier, kept in promises.answered.items() if kept]
    with httpx.Client(base_url=base) as client:
        assert client.get("/actions", params={"q": "xq*"}).json()["total"] == len(living)
        for identifier in living[-10:]:
            assert client.get(f"/actions/{identifier}").json()["resume"] == promises.answered[identifier]
