"""`Store`, the database of the catalogue: one `Reader` or `Writer` per transaction.

The change log has one numbered row for each write of a record; the versions of a record are its history. A number alone
does not identify a state: after a restore, other changes reuse the numbers. A change token, a digest of the change with
a given number, identifies the log at that number, so that an index or a client notices that it followed another log.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session

from app.catalogue.record import Change, Record
from app.store.damage import DamageRegistry
from app.store.database import BUSY_TIMEOUT, create_database, translate_errors, write_engine
from app.store.integrity import data_faults
from app.store.last_change_probe import LastChangeProbe
from app.store.reader import Reader
from app.store.writer import NewRecord, Writer

__all__ = ["NewRecord", "Reader", "Store", "Writer", "utc_now"]


def utc_now() -> datetime:
    """Return the current time in UTC, truncated to milliseconds."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


class Store:
    """The database of the catalogue, for several threads and processes at once.

    It is the `RecordSource` of a search engine (`app.search.engine`). Every method raises StoreUnavailable when the
    database fails.
    """

    def __init__(self, url: str, *, now: Callable[[], datetime] = utc_now, busy_timeout: float = BUSY_TIMEOUT) -> None:
        with translate_errors():
            self._engine = create_database(url, busy_timeout=busy_timeout)
        self._write_engines = {waits: write_engine(self._engine, wait=waits) for waits in (True, False)}
        self._probe = LastChangeProbe(self._engine)
        self._now = now
        self.damaged = DamageRegistry()

    @contextmanager
    def read(self) -> Iterator[Reader]:
        """Open a read transaction, one snapshot of the catalogue; it does not block writers."""
        with translate_errors(), Session(self._engine) as session:
            yield Reader(session, self.damaged)

    @contextmanager
    def write(self, *, wait: bool = True) -> Iterator[Writer]:
        """Open a write transaction, the only one until its end; it commits, or rolls back on an exception.

        Without `wait`, raises StoreUnavailable while another transaction writes.
        """
        with translate_errors(), Session(self._write_engines[wait], expire_on_commit=False) as session, session.begin():
            # Take the lock now, so that what the writer reads cannot change before it writes.
            session.connection()
            yield Writer(session, self.damaged, self._now)

    def now(self) -> datetime:
        """Return the current time of the clock of the store."""
        return self._now()

    def last_change(self) -> int:
        """Return the number of the last change, 0 without any."""
        with self.read() as reader:
            return reader.last_change()

    def integrity_errors(self) -> list[str]:
        """Return the messages of SQLite's integrity check, in English; none for another database."""
        if self._engine.dialect.name != "sqlite":
            return []
        with translate_errors(), self._engine.connect() as connection:
            messages = connection.exec_driver_sql("PRAGMA integrity_check(20)").scalars().all()
        return [message for message in messages if message != "ok"]

    def data_faults(self) -> Iterator[str]:
        """Yield a French sentence for each value, record or history that is damaged; none for another database."""
        if self._engine.dialect.name != "sqlite":
            return
        with translate_errors(), self._engine.connect() as connection, connection.begin():
            driver: Any = connection.connection.driver_connection
            yield from map(str, data_faults(driver))

    def open_probe(self) -> None:
        """Open the connection of `probe_last_change`; this may wait, so an event loop must not call it."""
        with translate_errors():
            self._probe.open()

    def probe_last_change(self) -> int | None:
        """Return `last_change()` in microseconds; None when that would have to wait, or before `open_probe`."""
        return self._probe.last_change()

    def change_token(self, number: int) -> str:
        """Return the change token of the log at `number`; "" when there is no such change."""
        with self.read() as reader:
            return reader.change_token(number)

    def changes_after(self, number: int) -> Iterator[Change]:
        """Yield the changes after `number` up to now, by ascending number: for each record only its last one.

        A record that changes again during the iteration is left to the next call.
        """
        until = self.last_change()
        while number < until:
            with self.read() as reader:
                changes = reader.changes_after(number)
            yield from (change for change in changes if change.number <= until)
            number = changes[-1].number if changes else until

    def records(self) -> Iterator[Record]:
        """Yield all records that are not deleted, by ascending number.

        Each batch is a snapshot of its own: a long one would keep the write-ahead log from being truncated.
        """
        number = 0
        while True:
            with self.read() as reader:
                records = reader.records(after=number)
            if not records:
                return
            yield from records
            number = records[-1].number

    def close(self) -> None:
        """Close all connections; the store must not be used afterwards."""
        self._probe.close()
        self._engine.dispose()
