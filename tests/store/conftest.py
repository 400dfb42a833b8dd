"""A migrated database for each test, and a manual clock."""

import shutil
import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from app.store.migrations import migrate
from app.store.repository import Store
from tests.factories import EPOCH


class Clock:
    """A clock that only `advance` moves."""

    def __init__(self) -> None:
        self.time = EPOCH

    def __call__(self) -> datetime:
        return self.time

    def advance(self) -> datetime:
        """Advance by one hour and return the new time."""
        self.time += timedelta(hours=1)
        return self.time


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database with all its tables, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "actions.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def path(migrated: Path, tmp_path: Path) -> Path:
    """The file of the test's own database."""
    return Path(shutil.copy(migrated, tmp_path / "actions.db"))


@pytest.fixture
def url(path: Path) -> str:
    """The address of the test's own database."""
    return f"sqlite:///{path}"


@pytest.fixture
def clock() -> Clock:
    """The clock of `store`."""
    return Clock()


@pytest.fixture
def store(url: str, clock: Clock) -> Iterator[Store]:
    """The store on the test's own database, with a short busy timeout."""
    opened = Store(url, now=clock, busy_timeout=0.1)
    yield opened
    opened.close()


@pytest.fixture
def raw(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection of another program to the database, without foreign keys."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=0.1)
    yield connection
    connection.close()
