"""Backs the database up while it serves, and puts a backup back, both by SQLite's own copy of pages under its locks."""

import errno
import fcntl
import os
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import NamedTuple
from urllib.parse import quote
from uuid import uuid4

from sqlalchemy import URL, make_url

from app.catalogue.errors import InvalidBackup, StoreUnavailable, system_error_message
from app.store.database import BUSY_TIMEOUT, database_error_message, switch_to_wal, translate_errors
from app.store.integrity import Fault, code_objects, data_faults, schema_faults
from app.store.migrations import migrate

_OF_A_DATABASE = ("-wal", "-shm", "")  # what SQLite appends to the name of a database; the database itself comes last
_OURS = frozenset({"actions", "changes", "alembic_version"})
_MAX_COUNTED = 1000  # faults of a backup beyond the first one
_PAUSE = 0.05  # seconds between two attempts at a lock
_DAMAGED = frozenset({sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT})
_LOCKED = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


def back_up(url: str, target: Path, *, replace: bool = False) -> int:
    """Write the database at `url`, as it is at one moment, into the file `target`; return how many records it holds.

    Nobody waits for it. The file stands there whole or not at all, and needs no other beside it. One that is there
    already is left alone unless `replace` says so.
    """
    live = _file_of(url)
    if not live.is_file():
        raise StoreUnavailable(f"Il n'y a pas de base de données à sauvegarder : « {live} » n'existe pas.")
    if target.exists() and (not replace or not target.is_file() or target.samefile(live)):
        raise InvalidBackup(f"« {target} » existe déjà : rien n'est écrit.")
    with _reasons(target), _beside(target) as copy:
        with _connect(live, "rw") as source, _connect(copy, "rw") as written:
            _copy(source, written)
            _make_whole(written, copy)
            records = _count(written)
        _move(copy, target)
    return records


class Restored(NamedTuple):
    """What a restore did: the file that keeps the replaced database (None without one), and the records restored."""

    replaced: Path | None
    records: int


def restore(url: str, backup: Path) -> Restored:
    """Replace the database at `url` by `backup`, once that has proved whole (`app.store.integrity`).

    That is one transaction of the database: processes that serve it see all of it or nothing, wait for it as for any
    other writer, and go on. A backup of an older program is upgraded first, that of a newer one is refused, and
    `backup` itself is only read.
    """
    live = _file_of(url)
    _must_be_readable(backup, live)
    with _reasons(live):
        live.parent.mkdir(parents=True, exist_ok=True)
        with _beside(live) as copy:
            records = _prepare(backup, copy)
            try:
                return Restored(_put_back(copy, live), records)
            except sqlite3.DatabaseError as error:
                if _kind(error) not in _DAMAGED:
                    raise
            # What SQLite cannot even open, it cannot write over.
            damaged = _set_aside(live)
            _put_back(copy, live)
            return Restored(damaged, records)


def _file_of(url: str) -> Path:
    address: URL = make_url(url)
    if address.get_backend_name() != "sqlite" or not address.database or address.database == ":memory:":
        raise InvalidBackup("Seule une base SQLite se sauvegarde ainsi : servez-vous des outils de la vôtre.")
    return Path(address.database)


def _must_be_readable(backup: Path, live: Path) -> None:
    try:
        if not stat.S_ISREG(backup.stat().st_mode) and not backup.is_dir():
            raise InvalidBackup(f"« {backup} » n'est pas un fichier ordinaire.")
        with backup.open("rb"):
            pass
        if live.exists() and backup.samefile(live):
            raise InvalidBackup(f"« {backup} » est la base de données elle-même.")
    except OSError as error:
        raise InvalidBackup(f"« {backup} » : {system_error_message(error)}") from error


@contextmanager
def _reasons(place: Path) -> Iterator[None]:
    """Say in French, and of which file, what the disk or the database refused."""
    try:
        yield
    except OSError as error:
        raise InvalidBackup(f"« {error.filename or place} » : {system_error_message(error)}") from error
    except sqlite3.Error as error:
        if _kind(error) == sqlite3.SQLITE_FULL:
            raise InvalidBackup(f"« {place} » : le disque est plein.") from error
        raise StoreUnavailable(database_error_message(error)) from error


@contextmanager
def _beside(place: Path) -> Iterator[Path]:
    """Give a new empty file in the folder of `place`, which only its owner may read; it is gone at the end."""
    copy = place.with_name(f".{place.name}.{uuid4().hex}.partiel")
    # The hashes of keys are in it, and whatever operators have deleted.
    os.close(os.open(copy, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
    try:
        yield copy
    finally:
        for ending in _OF_A_DATABASE:
            Path(f"{copy}{ending}").unlink(missing_ok=True)


@contextmanager
def _connect(path: Path, mode: str) -> Iterator[sqlite3.Connection]:
    address = f"file:{quote(str(path.absolute()))}?mode={mode}"
    with closing(sqlite3.connect(address, uri=True, timeout=BUSY_TIMEOUT, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = FULL")
        yield connection


def _copy(
    source: sqlite3.Connection, target: sqlite3.Connection, *, pages: int = -1, begun: Callable[[], None] | None = None
) -> None:
    """Copy every page in one transaction of `target`; `begun` is called once that holds the write lock."""
    deadline = monotonic() + BUSY_TIMEOUT
    waiting = True

    def step(status: int, _remaining: int, _total: int) -> None:
        nonlocal waiting
        if status in _LOCKED:
            # The driver itself would try for ever.
            if monotonic() > deadline:
                raise StoreUnavailable("La base de données est occupée par une autre écriture : réessayez plus tard.")
        elif waiting:
            waiting = False
            if begun:
                begun()

    source.backup(target, pages=pages, progress=step, sleep=_PAUSE)


def _make_whole(connection: sqlite3.Connection, path: Path) -> None:
    """Make the database at `path` one file that is sound; InvalidBackup when it is not."""
    connection.execute("PRAGMA journal_mode = DELETE")
    found = [row[0] for row in connection.execute("PRAGMA integrity_check(1)")]
    if found != ["ok"] or connection.execute("PRAGMA foreign_key_check").fetchone():
        raise InvalidBackup("La copie n'est pas intègre : rien n'est changé.")


def _count(connection: sqlite3.Connection) -> int:
    ((records,),) = connection.execute("SELECT count(*) FROM actions WHERE supprime_le IS NULL").fetchall()
    return int(records)


def _move(copy: Path, target: Path) -> None:
    """Give the finished file `copy` its name, so that a power cut leaves it whole or without that name."""
    _sync(copy)
    copy.replace(target)
    _sync(target.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _prepare(backup: Path, copy: Path) -> int:
    """Copy `backup` to `copy`, upgrade and verify it, and count its records; InvalidBackup when it is not whole."""
    try:
        with translate_errors():
            # A file that no log belongs to is nobody's at work: nothing need be written beside it to read it.
            mode = "ro" if Path(f"{backup}-wal").exists() else "ro&immutable=1"
            with _connect(backup, mode) as source, _connect(copy, "rw") as written:
                _copy(source, written)
                _must_be_ours(written)
                _make_whole(written, copy)
            migrate(URL.create("sqlite", database=str(copy)).render_as_string())
            with _connect(copy, "ro") as migrated:
                _refuse_faults(schema_faults(migrated))
                _refuse_faults(data_faults(migrated))
                return _count(migrated)
    except (InvalidBackup, StoreUnavailable) as error:
        raise InvalidBackup(f"« {backup} » ne peut pas être restauré : {error}") from error


def _must_be_ours(connection: sqlite3.Connection) -> None:
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables >= _OURS:
        raise InvalidBackup("Ce n'est pas une sauvegarde de ce catalogue.")
    _refuse_faults(code_objects(connection))


def _refuse_faults(faults: Iterator[Fault]) -> None:
    """Raise InvalidBackup that names the first of `faults` and counts the others."""
    first = next(faults, None)
    if first is None:
        return
    others = sum(1 for _ in islice(faults, _MAX_COUNTED))
    rest = f" (et {others}{' au moins' if others == _MAX_COUNTED else ''} autres défauts)" if others else ""
    raise InvalidBackup(f"{first}{rest}")


def _put_back(copy: Path, live: Path) -> Path | None:
    """Write `copy` over the database `live`, and return the file that keeps what was there."""
    kept = _name_aside(live) if live.exists() and live.stat().st_size else None
    with _connect(copy, "rw") as source, _connect(live, "rwc") as target:
        if kept:
            switch_to_wal(target, BUSY_TIMEOUT)
        # With the write lock held and nothing committed, the copy that is kept misses no write that was answered. The
        # lock is had with the first page, and no database of ours has only one.
        try:
            _copy(source, target, pages=1, begun=(lambda: _keep(live, kept)) if kept else None)
        except BaseException:
            if kept:
                kept.unlink(missing_ok=True)
            raise
        target.execute("PRAGMA busy_timeout = 0")
        with suppress(sqlite3.Error):  # somebody reads: a later checkpoint empties the log
            target.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return kept


def _keep(live: Path, kept: Path) -> None:
    with _beside(kept) as copy:
        with _connect(live, "rw") as source, _connect(copy, "rw") as written:
            _copy(source, written)
            written.execute("PRAGMA journal_mode = DELETE")
        _move(copy, kept)


def _set_aside(live: Path) -> Path:
    """Rename a file that SQLite does not take for a database, and its log; InvalidBackup while a process has it open.

    A process that has it open would, when it closes it, delete the log of the database that took its place.
    """
    aside = _name_aside(live)
    with live.open("r+b") as handle:
        try:
            fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in {errno.EACCES, errno.EAGAIN}:
                raise
            raise InvalidBackup(
                "La base de données est endommagée et un service la tient ouverte : arrêtez-le, puis recommencez."
            ) from error
        for ending in _OF_A_DATABASE:
            with suppress(FileNotFoundError):
                Path(f"{live}{ending}").rename(f"{aside}{ending}")
    return aside


def _name_aside(live: Path) -> Path:
    return live.with_name(f"{live.name}.remplacee-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}")


def _kind(error: sqlite3.Error) -> int:
    # The code may be extended: its last byte is the kind.
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
