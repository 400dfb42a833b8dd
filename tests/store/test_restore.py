"""A restore: the log that it leaves behind, and the name of the file that keeps the replaced database."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.store.backup import back_up, restore_database
from app.store.repository import Store
from tests.factories import make_action


@pytest.fixture
def saved(store: Store, url: str, tmp_path: Path) -> Path:
    """A backup of an empty catalogue, which then gets a record."""
    target = tmp_path / "saved.db"
    back_up(url, target)
    with store.write() as writer:
        writer.create(make_action(), author="test")
    return target


def test_a_restore_empties_the_log_that_no_reader_needs(saved: Path, store: Store, url: str, path: Path) -> None:
    assert store.last_change() == 1
    restore_database(url, saved)

    assert path.with_name("actions.db-wal").stat().st_size == 0
    assert store.last_change() == 0


def test_the_name_of_the_replaced_database_tells_the_time_in_utc(
    saved: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Etc/GMT-5")
        time.tzset()
        kept = restore_database(url, saved).replaced
    time.tzset()

    assert kept is not None
    written = datetime.strptime(kept.name, "actions.db.remplacee-%Y%m%dT%H%M%S%fZ").replace(tzinfo=UTC)
    assert abs(datetime.now(UTC) - written) < timedelta(hours=1)
