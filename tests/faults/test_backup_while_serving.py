"""Backups made during writes, and restored while the service runs."""

import shutil
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from app.catalogue.query import ActionQuery
from app.service import CatalogueService, check
from tests.faults.writers import WORD_PREFIX, wait_for_writes, writer_processes
from tests.processes import default_settings, run_actions, running_server

_BACKUPS = 3
_MAX_REPAIR_SECONDS = 30.0


def test_each_backup_holds_every_write_that_was_answered_before_it(tmp_path: Path, imported: Path) -> None:
    data = tmp_path / "var"
    shutil.copytree(imported, data)
    promised = []
    with writer_processes(data) as answered:
        for number in range(_BACKUPS):
            wait_for_writes(answered, len(answered) + 5)
            promised.append(set(answered))
            done = run_actions(data, "backup", tmp_path / f"{number}.db")
            assert (done.returncode, done.stderr) == (0, "")

    for number, ids in enumerate(promised):
        with closing(sqlite3.connect(tmp_path / f"{number}.db")) as connection:
            held = {id_ for (id_,) in connection.execute("SELECT id FROM actions")}
            changes = [change for (change,) in connection.execute("SELECT number FROM changes ORDER BY number")]
        assert ids <= held
        assert changes == list(range(1, len(held) + 1))


def test_what_is_restored_elsewhere_is_what_was_saved(tmp_path: Path, imported: Path) -> None:
    data, elsewhere = tmp_path / "var", tmp_path / "elsewhere"
    shutil.copytree(imported, data)
    with writer_processes(data) as answered:
        wait_for_writes(answered, 10)
    assert run_actions(data, "backup", tmp_path / "saved.db").returncode == 0
    done = run_actions(elsewhere, "restore", tmp_path / "saved.db")

    assert done.returncode == 0, done.stderr
    for format_ in ("jsonl", "texte"):
        assert (
            run_actions(elsewhere, "export", "--format", format_).stdout
            == run_actions(data, "export", "--format", format_).stdout
        )
    assert run_actions(elsewhere, "check").returncode == 0


def test_a_restore_under_a_serving_process_is_seen_by_all_of_its_workers(tmp_path: Path, imported: Path) -> None:
    data, saved = tmp_path / "var", tmp_path / "saved.db"
    shutil.copytree(imported, data)
    assert run_actions(data, "backup", saved).returncode == 0
    statuses: set[int] = set()
    done = threading.Event()
    with running_server(data, "--workers", "2") as base:
        with writer_processes(data) as answered:
            wait_for_writes(answered, 5)
        watcher = threading.Thread(target=_ask_until, args=(base, done, statuses))
        watcher.start()
        try:
            _wait_until_all_workers_count(base, 24 + len(answered))
            restored = run_actions(data, "restore", saved)
            assert restored.returncode == 0, restored.stderr
            assert "est gardée dans" in restored.stdout
            assert "24 fiches restaurées" in restored.stdout
            assert "clés sont celles de la sauvegarde" in restored.stdout
            _wait_until_all_workers_count(base, 24)
            assert httpx.get(f"{base}/actions", params={"q": f"{WORD_PREFIX}*"}).json()["total"] == 0
            with writer_processes(data) as answered:
                wait_for_writes(answered, 3)
            _wait_until_all_workers_count(base, 24 + len(answered))
        finally:
            done.set()
            watcher.join()

    assert statuses <= {200, 503}
    with CatalogueService.open(default_settings(data)) as catalogue:
        catalogue.catch_up()
        assert check(catalogue).sound
        assert catalogue.search(ActionQuery(text=f"{WORD_PREFIX}*")).result.total == len(answered)


def _ask_until(base: str, done: threading.Event, statuses: set[int]) -> None:
    with httpx.Client(base_url=base) as client:
        [first] = client.get("/actions", params={"per_page": 1}).json()["items"]
        while not done.is_set():
            statuses.add(client.get("/actions", params={"q": "jardin"}).status_code)
            # Reading a record needs no index, so it always works.
            assert client.get(f"/actions/{first['id']}").status_code == httpx.codes.OK


def _total(base: str) -> int | None:
    # A connection of its own, which any worker may accept.
    answer = httpx.get(f"{base}/actions", params={"per_page": 1})
    return int(answer.json()["total"]) if answer.status_code == httpx.codes.OK else None


def _wait_until_all_workers_count(base: str, total: int) -> None:
    deadline = time.monotonic() + _MAX_REPAIR_SECONDS
    while any(_total(base) != total for _ in range(10)):
        assert time.monotonic() < deadline, (total, _total(base))
        time.sleep(0.1)


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_an_unsuitable_file_is_refused_with_one_french_sentence(filled: Path, command: str) -> None:
    target = filled / "note.txt"
    target.write_text("Bonjour\n" * 1000, encoding="utf-8")
    done = run_actions(filled, command, target)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("actions : « ")
    assert done.stderr.count("\n") == 1
    assert target.read_text(encoding="utf-8") == "Bonjour\n" * 1000
