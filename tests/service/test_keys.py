"""Keys at work: noting that one was used keeps nobody waiting, and what waits for the lock goes on waiting."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Timer
from time import monotonic

import pytest

from app.catalogue.errors import StoreUnavailable
from app.catalogue.keys import Scope
from app.service import Catalogue, create_key, recognise
from tests.processes import settings_of

_AT_ONCE = 1.0  # seconds; whoever waits for a lock does so for ten


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    with Catalogue.open(settings_of(tmp_path)) as opened:
        yield opened


@pytest.fixture
def other(catalogue: Catalogue, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Another program, which may lock the database of the catalogue."""
    with closing(sqlite3.connect(tmp_path / "actions.db", isolation_level=None, check_same_thread=False)) as connection:
        yield connection


def test_a_key_is_recognised_at_once_while_others_write_and_its_next_use_is_noted(
    catalogue: Catalogue, other: sqlite3.Connection
) -> None:
    made, secret = create_key(catalogue.store, "Mairie", frozenset({Scope.WRITE}))
    other.execute("BEGIN IMMEDIATE")
    began = monotonic()
    key = recognise(catalogue.store, secret)
    seconds = monotonic() - began
    other.execute("ROLLBACK")

    assert (key.id, key.used_at) == (made.id, None)
    assert seconds < _AT_ONCE
    recognise(catalogue.store, secret)
    assert recognise(catalogue.store, secret).used_at is not None


def test_who_does_not_wait_leaves_the_patience_of_others_as_it_was(
    catalogue: Catalogue, other: sqlite3.Connection
) -> None:
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="occupée"), catalogue.store.write(waits=False):
        pass
    release = Timer(0.3, lambda: other.execute("ROLLBACK"))
    release.start()
    try:
        # The connection is the same one: the pool lends the one that came back last.
        with catalogue.store.write() as writer:
            assert writer.count() == 0
    finally:
        release.join()
