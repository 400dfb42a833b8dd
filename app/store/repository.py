"""The store: opens one database, and lends a reader or the writer of it for the time of one transaction."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlmodel import Session

from app.catalogue.record import Change, Record
from app.store.database import BUSY_TIMEOUT, create_database, translate_errors, write_engine
from app.store.last_change_probe import LastChangeProbe
from app.store.new_record import NewRecord
from app.store.reader import Reader
from app.store.writer import Writer

__all__ = ["NewRecord", "Reader", "Store", "Writer", "utc_now"]


def utc_now() -> datetime:
    """Return the present moment in UTC, to the millisecond."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


class Store:
    """The database of the catalogue, safe to use from several threads; other processes may use it at the same time.

    It is what a search engine follows (`app.search.engine.Feed`). Every method raises StoreUnavailable when the
    database cannot answer.
    """

    def __init__(self, url: str, *, now: Callable[[], datetime] = utc_now, busy_timeout: float = BUSY_TIMEOUT) -> None:
        with translate_errors():
            self._engine = create_database(url, busy_timeout=busy_timeout)
        self._write_engines = {waits: write_engine(self._engine, wait=waits) for waits in (True, False)}
        self._probe = LastChangeProbe(self._engine)
        self._now = now

    @contextmanager
    def read(self) -> Iterator[Reader]:
        """Lend one consistent view of the catalogue; writers do not wait for it."""
        with translate_errors(), Session(self._engine) as session:
            yield Reader(session)

    @contextmanager
    def write(self, *, wait: bool = True) -> Iterator[Writer]:
        """Lend the writer, alone to write until the end; then all that it wrote is kept, or on an exception nothing.

        Who does not want to wait for another writer has StoreUnavailable instead.
        """
        with translate_errors(), Session(self._write_engines[wait], expire_on_commit=False) as session, session.begin():
            # Taking the lock here makes what the writer reads first still true when it writes.
            session.connection()
            yield Writer(session, self._now)

    def now(self) -> datetime:
        """Return the present moment by the store's clock."""
        return self._now()

    def last_change(self) -> int:
        """Return the number of the last change of the catalogue, 0 when there is none."""
        with self.read() as reader:
            return reader.last_change()

    def integrity_errors(self) -> list[str]:
        """Return what the database says of its own damage, in its own words; only SQLite looks for it when asked."""
        if self._engine.dialect.name != "sqlite":
            return []
        with translate_errors(), self._engine.connect() as connection:
            found = connection.exec_driver_sql("PRAGMA integrity_check(20)").scalars().all()
        return [line for line in found if line != "ok"]

    def open_probe(self) -> None:
        """Have ready what `glance` needs; it may wait, so this is nothing for an event loop."""
        with translate_errors():
            self._probe.open()

    def probe_last_change(self) -> int | None:
        """Return `last_change()` within microseconds; None when it would have to wait, or before `watch`."""
        return self._probe.last_change()

    def change_token(self, number: int) -> str:
        """Return what tells the change of that number from one of the same number in another catalogue; "" without."""
        with self.read() as reader:
            return reader.change_token(number)

    def changes_after(self, number: int) -> Iterator[Change]:
        """Yield what changed after `number` until now, by growing number: for each record its last change only.

        A record that changes again while this goes on is left to the next call.
        """
        until = self.last_change()
        while number < until:
            with self.read() as reader:
                changes = reader.changes_after(number)
            yield from (change for change in changes if change.number <= until)
            number = changes[-1].number if changes else until

    def records(self) -> Iterator[Record]:
        """Yield every record that is not deleted, by growing number.

        Each batch is a snapshot of its own: one that lasted would keep the write-ahead log from being emptied.
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
        """Let go of the database; the store is not used afterwards."""
        self._probe.close()
        self._engine.dispose()
