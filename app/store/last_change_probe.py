"""Reads the number of the last change in microseconds, on a connection of its own that never waits."""

import sqlite3
from threading import Lock

from sqlalchemy import Engine

_LAST_CHANGE = "SELECT max(number) FROM changes"


class LastChangeProbe:
    """Reads the change log of `engine` fast enough for an event loop; thread-safe.

    An ordinary transaction takes fifty times as long, and waits for seconds when the database is locked. This works
    with an SQLite file only: for another database `last_change` returns None.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = Lock()
        self._connection: sqlite3.Connection | None = None

    def open(self) -> None:
        """Open the connection, which may wait; idempotent."""
        if self._engine.dialect.name != "sqlite" or self._connection is not None:
            return
        borrowed = self._engine.connect()
        connection = borrowed.connection.driver_connection
        assert isinstance(connection, sqlite3.Connection)  # noqa: S101 - narrows the type
        connection.execute("PRAGMA busy_timeout = 0")
        # Take it out of the pool, which would otherwise count it and lend it again.
        borrowed.detach()
        with self._lock:
            # Another thread may have opened one meanwhile.
            self._discard()
            self._connection = connection

    def last_change(self) -> int | None:
        """Return the number of the last committed change, 0 without any; None when the database cannot answer at once.

        The first call after a commit sees it, whichever process committed.
        """
        with self._lock:
            if self._connection is None:
                return None
            try:
                # Fetch the whole result: an unfinished statement would keep its snapshot.
                ((number,),) = self._connection.execute(_LAST_CHANGE).fetchall()
            except sqlite3.Error:
                self._discard()
                return None
            return number or 0

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._discard()

    def _discard(self) -> None:
        if self._connection:
            self._connection.close()
        self._connection = None
