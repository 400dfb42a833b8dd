"""Authentication does not wait for the write lock to record the use of a key; other transactions still wait."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Timer
from time import monotonic

import pytest

from app.catalogue.api_keys import Scope
from app.catalogue.errors import StoreUnavailable
from app.service import CatalogueService, authenticate, create_key
from tests.processes import default_settings

_MAX_SECONDS = 1.0  # without waiting; a transaction waits for the lock for ten


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[CatalogueService]:
    with CatalogueService.open(default_settings(tmp_path)) as opened:
        yield opened


@pytest.fixture
def other(catalogue: CatalogueService, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A connection of another program, which may lock the database."""
    with closing(sqlite3.connect(tmp_path / "actions.db", isolation_level=None, check_same_thread=False)) as connection:
        yield connection


def test_a_key_is_recognised_at_once_while_others_write_and_its_next_use_is_noted(
    catalogue: CatalogueService, other: sqlite3.Connection
) -> None:
    made, secret = create_key(catalogue.store, "Mairie", frozenset({Scope.WRITE}))
    other.execute("BEGIN IMMEDIATE")
    started = monotonic()
    key = authenticate(catalogue.store, secret)
    seconds = monotonic() - started
    other.execute("ROLLBACK")

    assert (key.id, key.used_at) == (made.id, None)
    assert seconds < _MAX_SECONDS
    authenticate(catalogue.store, secret)
    assert authenticate(catalogue.store, secret).used_at is not None


def test_a_write_without_wait_does_not_change_the_busy_timeout_of_later_ones(
    catalogue: CatalogueService, other: sqlite3.Connection
) -> None:
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="occupée"), catalogue.store.write(wait=False):
        pass
    release = Timer(0.3, lambda: other.execute("ROLLBACK"))
    release.start()
    try:
        # The connection is the same one: the pool lends the one that came back last.
        with catalogue.store.write() as writer:
            assert writer.count() == 0
    finally:
        release.join()
