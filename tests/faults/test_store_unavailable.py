"""A database that is locked, newer, or on a full or read-only disk: an error message, and no damage."""

import resource
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.cli import actions
from tests.api.editor import Editor
from tests.faults.disks import fill_disk, mount_read_only, mount_small_disk
from tests.http.test_http import problem
from tests.in_process import create_key_secret
from tests.processes import ACTIONS, ROOT, environment, run_actions, running_server
from tests.search.conftest import live_directory

_RECORD = "/actions/jardin-partage-1e0605"
_LONG_TIME_BUDGET = {"ACTIONS_TIME_BUDGET": "40"}  # longer than a transaction waits for the lock
_MAX_REPAIR_SECONDS = 30.0


@pytest.fixture
def filled(imported: Path, tmp_path: Path) -> Path:
    """A data directory with the records of `data/actions.txt`, separate from the files of the test."""
    return shutil.copytree(imported, tmp_path / "var")


@pytest.fixture
def other_export(tmp_path: Path, sample_export: Path) -> Path:
    """An export of one record that the catalogue does not hold."""
    other = tmp_path / "other.txt"
    _, _, first = sample_export.read_text(encoding="utf-8").partition("\nActions\n")
    other.write_text(f"Actions\nUne autre fiche\n{first.partition('Actions')[0].partition(chr(10))[2]}", "utf-8")
    return other


@contextmanager
def locked(data: Path, locking_mode: str) -> Iterator[None]:
    """Hold a lock of the database in `data`, as another program."""
    with closing(sqlite3.connect(data / "actions.db", isolation_level=None)) as connection:
        connection.execute(f"PRAGMA locking_mode = {locking_mode}")
        connection.execute("BEGIN IMMEDIATE")
        yield


def status(base: str, path: str) -> int:
    return httpx.get(base + path, timeout=30).status_code


def wait_for(base: str, path: str, expected: int) -> None:
    deadline = time.monotonic() + _MAX_REPAIR_SECONDS
    while (current := status(base, path)) != expected:
        assert time.monotonic() < deadline, current
        time.sleep(0.05)


def assert_refused(response: httpx.Response, reason: str) -> None:
    """Assert that a write got 503 with a reason and a `Retry-After`."""
    document = problem(response, 503)
    assert reason in document["detail"]
    assert int(response.headers["retry-after"]) > 0


def test_a_lock_of_another_program_keeps_nobody_from_reading(filled: Path, other_export: Path) -> None:
    secret = create_key_secret(filled)
    with (
        running_server(filled, settings=_LONG_TIME_BUDGET) as base,
        Editor(base, secret) as editor,
        ThreadPoolExecutor() as pool,
    ):
        with locked(filled, "NORMAL"):
            writing = pool.submit(editor.create, "Danse")
            not_imported = run_actions(filled, "import", other_export)
            assert_refused(writing.result(), "occupée")
            assert [status(base, path) for path in (_RECORD, "/actions?q=jardin", "/health/ready")] == [200] * 3
        assert (not_imported.returncode, not_imported.stdout) == (2, "")
        assert not_imported.stderr.splitlines()[-1].startswith("actions : La base de données est occupée")
        assert "24 fiches" in run_actions(filled, "check").stdout
        assert run_actions(filled, "import", other_export).returncode == 0
        assert editor.create("Danse").status_code == httpx.codes.CREATED
        assert httpx.get(f"{base}/actions").json()["total"] == 26


def test_a_write_that_was_given_up_before_its_turn_is_not_carried_out_afterwards(filled: Path) -> None:
    secret = create_key_secret(filled)
    with running_server(filled, settings={"ACTIONS_TIME_BUDGET": "1"}) as base, Editor(base, secret) as editor:
        path, tag = editor.created("Jardin de curé", resume="Avant")
        with locked(filled, "NORMAL"):
            assert_refused(editor.create("Danse"), "temps")
            assert_refused(editor.patch(path, tag, resume="Après"), "temps")
            assert_refused(editor.delete(path, tag), "temps")
        # A write that still waited for the lock would run now.
        time.sleep(1)
        assert editor.created("Théâtre")
        assert editor.client.get(path).json()["resume"] == "Avant"
        assert [entry["kind"] for entry in editor.client.get(f"{path}/history").json()["items"]] == ["creation"]
        assert editor.client.get("/actions").json()["total"] == 26
    assert run_actions(filled, "check").returncode == 0


def test_a_service_does_not_start_on_a_database_that_another_program_keeps(filled: Path) -> None:
    with locked(filled, "EXCLUSIVE"):
        done = run_actions(filled, "serve")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("actions : La base de données est occupée")
    assert run_actions(filled, "check").returncode == 0


def test_no_command_touches_a_database_of_a_newer_program(filled: Path, other_export: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(filled / "actions.db", isolation_level=None)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'fromthefuture'")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = (filled / "actions.db").read_bytes()
    index = live_directory(filled / "index")
    arguments: dict[str, tuple[str | Path, ...]] = {"import": (other_export,), "keys": ("list",)}
    arguments |= {"restore": (tmp_path / "saved.db",), "backup": (tmp_path / "saved.db",)}
    # These need no database, or copy one of any version.
    unaffected = {"openapi", "backup"}
    for command in sorted(actions.commands):
        done = run_actions(filled, command, *arguments.get(command, ()))
        if command in unaffected:
            assert done.returncode == 0, (command, done.stderr)
            continue
        assert (done.returncode, done.stdout) == (2, ""), command
        assert "plus récente que le programme" in done.stderr, command

    assert (filled / "actions.db").read_bytes() == before
    assert live_directory(filled / "index") == index


def test_a_full_disk_stops_writes_and_nothing_else(tmp_path: Path, sample_export: Path, other_export: Path) -> None:
    with mount_small_disk(tmp_path / "disk", 8) as data:
        assert run_actions(data, "import", sample_export).returncode == 0
        secret = create_key_secret(data)
        with running_server(data, settings=_LONG_TIME_BUDGET) as base, Editor(base, secret) as editor:
            filler = fill_disk(data)
            not_imported = run_actions(data, "import", other_export)
            assert not_imported.returncode == 2
            assert not_imported.stderr.splitlines()[-1] == "actions : Le disque de la base de données est plein."
            assert_refused(editor.create("Danse", resume="long " * 5000), "plein")
            # The third path has no match: failing to write the zero-result log must not be an error.
            for path in (_RECORD, "/actions?q=jardin", "/actions?q=zzzz", "/health/ready"):
                assert status(base, path) == 200, path
            (data / "index").rename(data / "gone")
            shutil.rmtree(data / "gone")
            wait_for(base, "/actions?q=atelier", 503)
            fill_disk(data)
            assert status(base, _RECORD) == 200
            assert "rien à réparer" not in run_actions(data, "check").stdout
            filler.unlink()
            wait_for(base, "/actions?q=atelier", 200)
            assert run_actions(data, "import", other_export).returncode == 0
            assert editor.create("Danse").status_code == httpx.codes.CREATED
            assert httpx.get(f"{base}/actions").json()["total"] == 26
        assert run_actions(data, "check").returncode == 0


def test_a_backup_and_a_restore_on_a_full_disk_change_nothing(tmp_path: Path, filled: Path) -> None:
    saved = tmp_path / "saved.db"
    assert run_actions(filled, "backup", saved).returncode == 0
    with mount_small_disk(tmp_path / "disk", 1) as disk:
        shutil.copy(saved, disk / "actions.db")
        before = {path.name for path in disk.iterdir()}
        fill_disk(disk)
        written, restored = run_actions(filled, "backup", disk / "saved.db"), run_actions(disk, "restore", saved)
        assert {path.name for path in disk.iterdir()} == before | {"filler"}
    for done in (written, restored):
        assert (done.returncode, done.stdout) == (2, "")
        assert "plein" in done.stderr


def test_a_read_only_data_directory_is_said_and_left_as_it_is(filled: Path, other_export: Path) -> None:
    before = {path: path.read_bytes() for path in filled.rglob("*") if path.is_file()}
    with mount_read_only(filled):
        for arguments in (("import", other_export), ("check",), ("serve",), ("reindex",)):
            done = run_actions(filled, *arguments)
            assert (done.returncode, done.stdout) == (2, ""), arguments
            assert done.stderr.startswith("actions : La base de données ne peut pas être ouverte"), arguments

    assert {path: path.read_bytes() for path in filled.rglob("*") if path.is_file()} == before
    assert run_actions(filled, "check").returncode == 0


def test_a_quota_that_stops_an_import_damages_nothing(filled: Path, tmp_path: Path, sample_export: Path) -> None:
    """The limit on the size of files stands in for a quota, and needs no privilege."""
    many = tmp_path / "many.txt"
    text = sample_export.read_text(encoding="utf-8")
    many.write_text("".join(text.replace("Actions\n", f"Actions\n{number} ", 100) for number in range(22)), "utf-8")
    process = subprocess.Popen(
        [ACTIONS, "import", many], env=environment(filled), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (800_000, resource.RLIM_INFINITY))
    output, errors = process.communicate(timeout=60)

    assert (process.returncode, output) == (2, b"")
    assert b"Le disque de la base de donn\xc3\xa9es" in errors
    report = run_actions(filled, "check").stdout
    assert "Base endommagée" not in report
    assert "orphelines" not in report
    assert run_actions(filled, "import", many).returncode == 0
    assert run_actions(filled, "check").returncode == 0


def test_a_log_that_cannot_be_written_costs_no_answer(filled: Path) -> None:
    with running_server(filled, log=Path("/dev/full")) as base, httpx.Client(base_url=base) as client:
        # Enough requests to fill the buffer of the log.
        statuses = {client.get("/actions", params={"q": f"zzzz{number}"}).status_code for number in range(100)}

    assert statuses == {200}


def test_check_names_damage_of_the_database_itself(filled: Path) -> None:
    with closing(sqlite3.connect(filled / "actions.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        schema: Any = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'changes'").fetchone()
        assert schema
        connection.execute("DELETE FROM sqlite_master WHERE name = 'ix_changes_action_number'")
    done = run_actions(filled, "check")

    assert done.returncode == 1
    assert "Base endommagée : " in done.stdout
