"""The last-change probe: as current as an ordinary read, without waiting."""

import sqlite3
import time
from pathlib import Path

import pytest

from app.catalogue.errors import StoreUnavailable
from app.store.repository import Store
from tests.factories import make_action


def test_the_probe_returns_none_before_it_is_opened(store: Store) -> None:
    assert store.probe_last_change() is None
    store.open_probe()
    assert store.probe_last_change() == 0


def test_the_probe_sees_each_commit_of_any_process_at_once(store: Store, url: str) -> None:
    other = Store(url)
    store.open_probe()
    for number, writing in enumerate([store, other, store, other], 1):
        with writing.write() as writer:
            writer.create(make_action(f"Jardin {number}"), author="test")
            assert store.probe_last_change() == number - 1
        assert store.probe_last_change() == number == store.last_change()
    other.close()


def test_the_probe_does_not_prevent_a_checkpoint(store: Store, raw: sqlite3.Connection, path: Path) -> None:
    store.open_probe()
    for number in range(3):
        with store.write() as writer:
            writer.create(make_action(f"Jardin {number}"), author="test")
        store.probe_last_change()

    busy, _, _ = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    assert busy == 0
    assert path.with_name(f"{path.name}-wal").stat().st_size == 0
    assert store.probe_last_change() == 3


def test_the_probe_returns_none_without_waiting_when_the_database_is_unreadable(
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


def test_opening_the_probe_of_an_unusable_database_raises(tmp_path: Path) -> None:
    (tmp_path / "actions.db").mkdir()
    store = Store(f"sqlite:///{tmp_path / 'actions.db'}", busy_timeout=0.1)

    with pytest.raises(StoreUnavailable):
        store.open_probe()
    assert store.probe_last_change() is None
    store.close()
