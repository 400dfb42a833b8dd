"""Backups are complete and do not block writers; a restore refuses any other file."""

import os
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from app.catalogue.errors import InvalidBackup, StoreUnavailable
from app.store import backup
from app.store.backup import back_up, restore_database
from app.store.migrations import migrate
from app.store.repository import Store
from tests.factories import make_action


def add(store: Store, *titles: str) -> None:
    with store.write() as writer:
        for title in titles:
            writer.create(make_action(title), author="test")


def titles(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [title for (title,) in connection.execute("SELECT titre FROM actions ORDER BY number")]


def names(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


@pytest.fixture
def saved(store: Store, url: str, tmp_path: Path) -> Path:
    """A backup of a catalogue of two records, which then gets a third one."""
    add(store, "Jardin", "Théâtre")
    target = tmp_path / "saved.db"
    assert back_up(url, target) == 2
    add(store, "Cuisine")
    return target


def test_a_backup_is_one_sound_file_that_only_its_owner_reads(saved: Path, tmp_path: Path) -> None:
    assert titles(saved) == ["Jardin", "Théâtre"]
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    assert names(tmp_path) <= {"saved.db", "actions.db", "actions.db-wal", "actions.db-shm"}
    with closing(sqlite3.connect(f"file:{saved}?immutable=1", uri=True)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchall() == [("delete",)]


def test_a_backup_does_not_wait_for_a_writer_nor_hold_what_it_has_not_committed(
    store: Store, url: str, tmp_path: Path
) -> None:
    add(store, "Jardin")
    with store.write() as writer:
        writer.create(make_action("Théâtre"), author="test")
        assert back_up(url, tmp_path / "saved.db") == 1


def test_an_existing_file_is_only_overwritten_with_replace(store: Store, url: str, saved: Path) -> None:
    before = saved.read_bytes()
    with pytest.raises(InvalidBackup, match="existe déjà"):
        back_up(url, saved)
    assert saved.read_bytes() == before

    assert back_up(url, saved, replace=True) == 3
    assert titles(saved) == ["Jardin", "Théâtre", "Cuisine"]


@pytest.mark.parametrize("target", ["actions.db", "."])
def test_the_database_itself_and_a_folder_are_never_overwritten(
    saved: Path, url: str, tmp_path: Path, target: str
) -> None:
    with pytest.raises(InvalidBackup, match="existe déjà"):
        back_up(url, tmp_path / target, replace=True)


def test_without_a_database_there_is_nothing_to_back_up_and_none_is_made(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="à sauvegarder"):
        back_up(f"sqlite:///{tmp_path / 'actions.db'}", tmp_path / "saved.db")
    assert names(tmp_path) == set()


def test_a_missing_directory_is_named(saved: Path, url: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidBackup, match=r"nulle-part.*n'existe pas"):
        back_up(url, tmp_path / "nulle-part" / "saved.db")


@pytest.mark.parametrize("url", ["postgresql://host/name", "sqlite://"])
def test_a_database_other_than_sqlite_is_not_backed_up(url: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidBackup, match="Seule une base SQLite"):
        back_up(url, tmp_path / "saved.db")


def test_a_restore_replaces_the_database_and_keeps_a_copy_of_the_replaced_one(
    saved: Path, store: Store, url: str, tmp_path: Path
) -> None:
    store.open_probe()
    assert store.probe_last_change() == 3
    kept = restore_database(url, saved).replaced

    assert kept is not None
    assert titles(kept) == ["Jardin", "Théâtre", "Cuisine"]
    assert [record.action.titre for record in store.records()] == ["Jardin", "Théâtre"]
    assert store.probe_last_change() == 2
    add(store, "Danse")
    assert store.last_change() == 3
    assert titles(saved) == ["Jardin", "Théâtre"]
    assert {name for name in names(tmp_path) if name.startswith(".")} == set()


def test_a_reader_keeps_its_snapshot_during_a_restore(saved: Path, store: Store, url: str) -> None:
    with store.read() as reader:
        assert reader.count() == 3
        restore_database(url, saved)
        assert reader.count() == 3
    with store.read() as reader:
        assert reader.count() == 2


def test_a_commit_just_before_a_restore_is_in_the_copy(
    saved: Path, store: Store, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = backup._prepare

    def prepare(*paths: Path) -> int:
        records = ready(*paths)
        add(store, "Au dernier moment")
        return records

    monkeypatch.setattr(backup, "_prepare", prepare)
    kept = restore_database(url, saved).replaced

    assert kept is not None
    assert titles(kept)[-1] == "Au dernier moment"


def test_no_write_is_possible_between_the_copy_and_the_restore(
    saved: Path, store: Store, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = backup._keep

    def try_to_write(*paths: Any) -> None:
        with pytest.raises(StoreUnavailable, match="occupée"):
            add(store, "Trop tard")
        keep(*paths)

    monkeypatch.setattr(backup, "_keep", try_to_write)
    restore_database(url, saved)

    assert [record.action.titre for record in store.records()] == ["Jardin", "Théâtre"]


def test_a_restore_fails_after_the_timeout_while_a_writer_holds_the_lock(
    saved: Path, store: Store, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "BUSY_TIMEOUT", 0.1)
    before = names(tmp_path)
    with store.write() as writer:
        with pytest.raises(StoreUnavailable, match="occupée"):
            restore_database(url, saved)
        writer.create(make_action("Danse"), author="test")

    assert len(list(store.records())) == 4
    assert names(tmp_path) == before


def test_a_backup_is_restored_without_an_existing_database(saved: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "new" / "actions.db"
    assert restore_database(f"sqlite:///{elsewhere}", saved) == (None, 2)
    assert titles(elsewhere) == ["Jardin", "Théâtre"]


@pytest.mark.parametrize("left", [0, 50, 5000])
def test_a_database_that_cannot_be_opened_is_put_aside_with_its_log(
    saved: Path, store: Store, url: str, path: Path, left: int
) -> None:
    store.close()
    path.write_bytes(path.read_bytes()[:left] + b"?" * 100 * (left < 1000))
    before = path.read_bytes()
    path.with_name("actions.db-wal").write_bytes(b"rien")
    kept = restore_database(url, saved).replaced

    assert titles(path) == ["Jardin", "Théâtre"]
    if left < 1000:
        assert kept is not None
        assert kept.read_bytes() == before


def test_a_damaged_database_that_a_service_has_open_is_not_replaced(saved: Path, store: Store, url: str) -> None:
    path = saved.with_name("actions.db")
    with store.read() as reader:
        assert reader.count() == 3
        child = os.fork()
        if child == 0:  # the locks of this very process would not keep it out
            os._exit(_restored_over_damage(url, path, saved))
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 42


def _restored_over_damage(url: str, path: Path, saved: Path) -> int:
    with path.open("r+b") as file:
        file.write(b"?" * 100)
    try:
        restore_database(url, saved)
    except InvalidBackup as error:
        return 42 if "arrêtez-le" in str(error) else 1
    return 0


def _no_database(path: Path) -> None:
    path.write_bytes(b"no database" * 1000)


def _empty(path: Path) -> None:
    path.touch()


def _of_another_program(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")


def _newer(path: Path) -> None:
    migrate(f"sqlite:///{path}")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'fromthefuture'")


def _damaged(path: Path) -> None:
    migrate(f"sqlite:///{path}")
    store = Store(f"sqlite:///{path}")
    add(store, *(f"Jardin {number}" for number in range(100)))
    store.close()
    content = bytearray(path.read_bytes())
    content[-8192:] = b"\x99" * 8192
    path.write_bytes(content)


def _inconsistent(path: Path) -> None:
    migrate(f"sqlite:///{path}")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("INSERT INTO versions VALUES (9, 1, '2026-01-01', 'x', '{}')")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: None, "n'existe pas"),
        (lambda path: path.mkdir(), "c'est un dossier"),
        (os.mkfifo, "pas un fichier ordinaire"),
        (_no_database, "n'est pas une base de données SQLite"),
        (_empty, "pas une sauvegarde de ce catalogue"),
        (_of_another_program, "pas une sauvegarde de ce catalogue"),
        (_newer, "plus récente que le programme"),
        (_damaged, "intègre|endommagée"),
        (_inconsistent, "intègre"),
    ],
)
def test_an_invalid_backup_is_refused(
    *, saved: Path, url: str, path: Path, tmp_path: Path, make: Callable[[Path], object], said: str
) -> None:
    candidate = tmp_path / "candidate.db"
    make(candidate)
    before = names(tmp_path)
    with pytest.raises(InvalidBackup, match=said):
        restore_database(url, candidate)

    assert titles(path) == ["Jardin", "Théâtre", "Cuisine"]
    assert names(tmp_path) == before


def test_the_database_is_not_restored_from_itself(saved: Path, url: str, path: Path) -> None:
    with pytest.raises(InvalidBackup, match="elle-même"):
        restore_database(url, path)


def test_a_database_of_a_newer_program_can_be_replaced_by_an_older_backup(saved: Path, url: str, path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'fromthefuture'")
    restore_database(url, saved)
    migrate(url)

    assert titles(path) == ["Jardin", "Théâtre"]
