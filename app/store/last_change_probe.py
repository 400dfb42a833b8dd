"""The number of the last change within microseconds: a connection kept for nothing else, which never waits."""

import sqlite3
from threading import Lock

from sqlalchemy import Engine

_LAST = "SELECT max(number) FROM changes"


class LastChangeProbe:
    """A look at the log of changes of `engine` that an event loop can afford; safe to use from several threads.

    An ordinary transaction costs fifty times as much, and waits for seconds when the database is locked. Only SQLite
    in a file can be asked so; another database has nothing to say here.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = Lock()
        self._connection: sqlite3.Connection | None = None

    def open(self) -> None:
        """Have the connection ready; nothing happens when it is. This may wait, as any first question may."""
        if self._engine.dialect.name != "sqlite" or self._connection is not None:
            return
        lent = self._engine.connect()
        connection = lent.connection.driver_connection
        assert isinstance(connection, sqlite3.Connection)  # noqa: S101 - told to the checker
        connection.execute("PRAGMA busy_timeout = 0")
        # From here on it is ours: the pool neither counts it nor lends it to others.
        lent.detach()
        with self._lock:
            # Another thread may have been as quick.
            self._let_go()
            self._connection = connection

    def last_change(self) -> int | None:
        """Return the number of the last commit's last change, 0 when there is none; None when it cannot be said now.

        What a transaction has committed, in this process or another one, is seen by the very next call.
        """
        with self._lock:
            if self._connection is None:
                return None
            try:
                # The whole result is fetched: a statement that is not at its end would keep its snapshot.
                ((number,),) = self._connection.execute(_LAST).fetchall()
            except sqlite3.Error:
                self._let_go()
                return None
            return number or 0

    def close(self) -> None:
        """Let go of the connection."""
        with self._lock:
            self._let_go()

    def _let_go(self) -> None:
        if self._connection:
            self._connection.close()
        self._connection = None
