"""The last-change probe: as current as an ordinary read, without waiting."""

import sqlite3
import time
from pathlib import Path

import pytest

from app.catalogue.errors import StoreUnavailable
from app.store.repository import Store
from tests.factories import make_action


def test_it_says_nothing_before_it_was_made_ready(store: Store) -> None:
    assert store.probe_last_change() is None
    store.open_probe()
    assert store.probe_last_change() == 0


def test_it_sees_each_commit_at_once_whoever_made_it(store: Store, url: str) -> None:
    other = Store(url)
    store.open_probe()
    for number, writing in enumerate([store, other, store, other], 1):
        with writing.write() as writer:
            writer.create(make_action(f"Jardin {number}"), author="test")
            assert store.probe_last_change() == number - 1
        assert store.probe_last_change() == number == store.last_change()
    other.close()


def test_it_holds_no_snapshot_that_would_keep_the_log_from_being_emptied(
    store: Store, raw: sqlite3.Connection, path: Path
) -> None:
    store.open_probe()
    for number in range(3):
        with store.write() as writer:
            writer.create(make_action(f"Jardin {number}"), author="test")
        store.probe_last_change()

    busy, _, _ = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    assert busy == 0
    assert path.with_name(f"{path.name}-wal").stat().st_size == 0
    assert store.probe_last_change() == 3


def test_it_says_nothing_and_waits_for_nothing_when_the_database_cannot_answer(
    store: Store, raw: sqlite3.Connection
) -> None:
    store.open_probe()
    raw.execute("ALTER TABLE changes RENAME TO elsewhere")
    began = time.monotonic()

    assert store.probe_last_change() is None
    assert time.monotonic() - began < 1
    raw.execute("ALTER TABLE elsewhere RENAME TO changes")
    assert store.probe_last_change() is None
    store.open_probe()
    assert store.probe_last_change() == 0


def test_what_cannot_be_made_ready_is_an_error_of_the_store(tmp_path: Path) -> None:
    (tmp_path / "actions.db").mkdir()
    store = Store(f"sqlite:///{tmp_path / 'actions.db'}", busy_timeout=0.1)

    with pytest.raises(StoreUnavailable):
        store.open_probe()
    assert store.probe_last_change() is None
    store.close()
