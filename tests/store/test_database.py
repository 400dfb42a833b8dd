"""The database: SQLite settings, and the translation of its errors."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import create_engine, exc, text

from app.catalogue.errors import StoreUnavailable
from app.store.database import create_database, translate_errors
from app.store.repository import Store, Writer, utc_now
from app.store.tables import UtcDateTime
from tests.factories import make_action


def test_sqlite_is_set_up_to_keep_every_answered_write(url: str) -> None:
    engine = create_database(url, busy_timeout=2)
    with engine.connect() as connection:
        settings = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "synchronous", "busy_timeout")
        }
    engine.dispose()
    assert settings == {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 2, "busy_timeout": 2000}


def test_foreign_keys_are_enforced(store: Store) -> None:
    with pytest.raises(exc.IntegrityError), store.write() as writer:
        writer._session.execute(text("INSERT INTO versions VALUES (99, 1, '2026-01-01 00:00:00', 'test', '{}')"))


def test_opening_a_store_creates_its_folder_and_no_file(tmp_path: Path) -> None:
    Store(f"sqlite:///{tmp_path / 'a' / 'b' / 'actions.db'}").close()
    assert list((tmp_path / "a" / "b").iterdir()) == []


def test_a_database_in_memory_needs_no_folder() -> None:
    engine = create_database("sqlite://")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT 1").scalar() == 1
    engine.dispose()


def test_a_directory_that_cannot_be_created_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnavailable, match="dossier"):
        Store(f"sqlite:///{tmp_path / 'file' / 'actions.db'}")


@pytest.mark.parametrize(
    "url", ["", "actions.db", "nosuchdatabase://host/name", "postgresql://host/name", "sqlite://host/actions.db"]
)
def test_an_invalid_database_url_is_reported(url: str) -> None:
    with pytest.raises(StoreUnavailable, match="adresse"):
        Store(url).last_change()


def test_a_directory_instead_of_the_database_is_reported(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="ne peut pas être ouverte"):
        Store(f"sqlite:///{tmp_path}").last_change()


def test_a_file_that_is_no_database_is_reported(path: Path) -> None:
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(StoreUnavailable, match="n'est pas une base de données SQLite"):
        Store(f"sqlite:///{path}").last_change()


def test_a_database_without_tables_is_reported(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'actions.db'}")
    with pytest.raises(StoreUnavailable, match="n'est pas celle que ce programme attend"):
        store.last_change()
    store.close()


def test_a_full_disk_is_reported_and_the_write_rolled_back(store: Store) -> None:
    with store.write() as writer:
        writer.create(make_action("La première"), author="test")

    def overfill(writer: Writer) -> None:
        pages = writer._session.execute(text("PRAGMA page_count")).scalar_one()
        writer._session.execute(text(f"PRAGMA max_page_count = {pages}"))
        writer.create(make_action("La seconde", resume="long " * 10_000), author="test")

    with pytest.raises(StoreUnavailable, match="plein"), store.write() as writer:
        overfill(writer)
    assert [record.action.titre for record in store.records()] == ["La première"]


def test_a_read_only_database_is_reported(store: Store) -> None:
    def write(writer: Writer) -> None:
        writer._session.execute(text("PRAGMA query_only = ON"))
        writer.create(make_action(), author="test")

    with pytest.raises(StoreUnavailable, match="lecture seule"), store.write() as writer:
        write(writer)


def test_a_lock_of_another_process_is_reported_after_the_timeout(store: Store, raw: sqlite3.Connection) -> None:
    raw.execute("BEGIN IMMEDIATE")
    assert store.last_change() == 0
    with pytest.raises(StoreUnavailable, match="occupée"), store.write():
        pytest.fail("two writers at once")
    raw.execute("ROLLBACK")
    with store.write() as writer:
        assert writer.create(make_action(), author="test").number == 1


def test_a_locked_new_database_is_reported_after_the_timeout(tmp_path: Path) -> None:
    path = tmp_path / "actions.db"
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreUnavailable, match="occupée"):
        Store(f"sqlite:///{path}", busy_timeout=0.05).last_change()
    other.close()


def test_opening_waits_for_a_new_database_that_is_locked_briefly(tmp_path: Path) -> None:
    path = tmp_path / "actions.db"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("CREATE TABLE changes (number INTEGER)")
    other.execute("BEGIN IMMEDIATE")
    store = Store(f"sqlite:///{path}")
    with ThreadPoolExecutor() as threads:
        waiting = threads.submit(store.last_change)
        with pytest.raises(TimeoutError):
            waiting.result(timeout=0.2)
        other.close()
        assert waiting.result(timeout=10) == 0
    store.close()


def test_an_unlisted_database_error_has_a_general_message() -> None:
    engine = create_engine("sqlite://")
    with pytest.raises(StoreUnavailable, match="ne répond pas"), translate_errors(), engine.connect():
        raise exc.TimeoutError
    engine.dispose()


def test_times_are_read_in_utc_from_any_database() -> None:
    engine = create_engine("sqlite://")
    moment = datetime(2026, 1, 1, 1, 30, 0, 123000, tzinfo=timezone(timedelta(hours=2)))
    kind = UtcDateTime()
    stored = kind.process_bind_param(moment, engine.dialect)
    assert stored == moment
    assert stored is not None
    assert stored.tzinfo is UTC
    for given in (stored.replace(tzinfo=None), moment):
        back = kind.process_result_value(given, engine.dialect)
        assert (back, back and back.tzinfo) == (moment, UTC)
    assert kind.process_bind_param(None, engine.dialect) is None
    assert kind.process_result_value(None, engine.dialect) is None
    with pytest.raises(ValueError, match="zone"):
        kind.process_bind_param(stored.replace(tzinfo=None), engine.dialect)
    engine.dispose()


def test_the_clock_gives_utc_to_the_millisecond() -> None:
    now = utc_now()
    assert (now.tzinfo, now.microsecond % 1000) == (UTC, 0)
    assert abs(datetime.now(UTC) - now) < timedelta(seconds=5)
