"""Backs up and restores the database while it serves, with SQLite's online backup API."""

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

_DATABASE_SUFFIXES = ("-wal", "-shm", "")  # of the files of a database; the database itself comes last
_REQUIRED_TABLES = frozenset({"actions", "changes", "alembic_version"})
_MAX_COUNTED = 1000  # faults of a backup beyond the first one
_RETRY_SECONDS = 0.05  # between two attempts to take a lock
_DAMAGE_CODES = frozenset({sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT})
_LOCK_CODES = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


def back_up(url: str, target: Path, *, replace: bool = False) -> int:
    """Write a snapshot of the database at `url` to the file `target`, and return its number of records.

    Readers and writers do not wait. The file is complete or absent, and has no `-wal` beside it. An existing file is
    only overwritten with `replace`. Raises InvalidBackup or StoreUnavailable.
    """
    live = _database_path(url)
    if not live.is_file():
        raise StoreUnavailable(f"Il n'y a pas de base de données à sauvegarder : « {live} » n'existe pas.")
    if target.exists() and (not replace or not target.is_file() or target.samefile(live)):
        raise InvalidBackup(f"« {target} » existe déjà : rien n'est écrit.")
    with _translate_errors(target), _temporary_file(target) as copy:
        with _connect(live, "rw") as source, _connect(copy, "rw") as copied:
            _copy(source, copied)
            _finish_copy(copied, copy)
            records = _record_count(copied)
        _publish(copy, target)
    return records


class Restored(NamedTuple):
    """What a restore did: the file that keeps the replaced database (None without one), and the records restored."""

    replaced: Path | None
    records: int


def restore_database(url: str, backup: Path) -> Restored:
    """Replace the database at `url` by `backup`, after `app.store.integrity` has verified it.

    This is one transaction of the database: processes that serve it see the old or the new content, and wait as for
    any other writer. A backup of an older program is upgraded first, one of a newer program is refused; `backup` itself
    is only read. Raises InvalidBackup or StoreUnavailable.
    """
    live = _database_path(url)
    _require_readable(backup, live)
    with _translate_errors(live):
        live.parent.mkdir(parents=True, exist_ok=True)
        with _temporary_file(live) as copy:
            records = _prepare(backup, copy)
            try:
                return Restored(_overwrite(copy, live), records)
            except sqlite3.DatabaseError as error:
                if _primary_code(error) not in _DAMAGE_CODES:
                    raise
            # SQLite cannot overwrite a file that it cannot open.
            damaged = _move_aside(live)
            _overwrite(copy, live)
            return Restored(damaged, records)


def _database_path(url: str) -> Path:
    address: URL = make_url(url)
    if address.get_backend_name() != "sqlite" or not address.database or address.database == ":memory:":
        raise InvalidBackup("Seule une base SQLite se sauvegarde ainsi : servez-vous des outils de la vôtre.")
    return Path(address.database)


def _require_readable(backup: Path, live: Path) -> None:
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
def _translate_errors(path: Path) -> Iterator[None]:
    """Translate errors of the disk or the database to French errors that name the file."""
    try:
        yield
    except OSError as error:
        raise InvalidBackup(f"« {error.filename or path} » : {system_error_message(error)}") from error
    except sqlite3.Error as error:
        if _primary_code(error) == sqlite3.SQLITE_FULL:
            raise InvalidBackup(f"« {path} » : le disque est plein.") from error
        raise StoreUnavailable(database_error_message(error)) from error


@contextmanager
def _temporary_file(path: Path) -> Iterator[Path]:
    """Create an empty file in the directory of `path`, readable by its owner only; delete it at the end."""
    copy = path.with_name(f".{path.name}.{uuid4().hex}.partiel")
    # It will hold hashes of keys and deleted records.
    os.close(os.open(copy, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
    try:
        yield copy
    finally:
        for suffix in _DATABASE_SUFFIXES:
            Path(f"{copy}{suffix}").unlink(missing_ok=True)


@contextmanager
def _connect(path: Path, mode: str) -> Iterator[sqlite3.Connection]:
    address = f"file:{quote(str(path.absolute()))}?mode={mode}"
    with closing(sqlite3.connect(address, uri=True, timeout=BUSY_TIMEOUT, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = FULL")
        yield connection


def _copy(
    source: sqlite3.Connection,
    target: sqlite3.Connection,
    *,
    pages: int = -1,
    on_locked: Callable[[], None] | None = None,
) -> None:
    """Copy all pages in one transaction of `target`; call `on_locked` once it holds the write lock."""
    deadline = monotonic() + BUSY_TIMEOUT
    waiting = True

    def step(status: int, _remaining: int, _total: int) -> None:
        nonlocal waiting
        if status in _LOCK_CODES:
            # The driver itself would retry without end.
            if monotonic() > deadline:
                raise StoreUnavailable("La base de données est occupée par une autre écriture : réessayez plus tard.")
        elif waiting:
            waiting = False
            if on_locked:
                on_locked()

    source.backup(target, pages=pages, progress=step, sleep=_RETRY_SECONDS)


def _finish_copy(connection: sqlite3.Connection, path: Path) -> None:
    """Make the database at `path` a single file and check its integrity. Raises InvalidBackup."""
    connection.execute("PRAGMA journal_mode = DELETE")
    messages = [row[0] for row in connection.execute("PRAGMA integrity_check(1)")]
    if messages != ["ok"] or connection.execute("PRAGMA foreign_key_check").fetchone():
        raise InvalidBackup("La copie n'est pas intègre : rien n'est changé.")


def _record_count(connection: sqlite3.Connection) -> int:
    ((records,),) = connection.execute("SELECT count(*) FROM actions WHERE supprime_le IS NULL").fetchall()
    return int(records)


def _publish(copy: Path, target: Path) -> None:
    """Rename `copy` to `target` durably: after a power cut `target` is complete or as it was."""
    _fsync(copy)
    copy.replace(target)
    _fsync(target.parent)


def _fsync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _prepare(backup: Path, copy: Path) -> int:
    """Copy `backup` to `copy`, upgrade and verify it, and count its records; InvalidBackup when it is not whole."""
    try:
        with translate_errors():
            # Without a `-wal` no process writes: read it as immutable, which creates no file beside it.
            mode = "ro" if Path(f"{backup}-wal").exists() else "ro&immutable=1"
            with _connect(backup, mode) as source, _connect(copy, "rw") as target:
                _copy(source, target)
                _require_catalogue(target)
                _finish_copy(target, copy)
            migrate(URL.create("sqlite", database=str(copy)).render_as_string())
            with _connect(copy, "ro") as migrated:
                _refuse_faults(schema_faults(migrated))
                _refuse_faults(data_faults(migrated))
                return _record_count(migrated)
    except (InvalidBackup, StoreUnavailable) as error:
        raise InvalidBackup(f"« {backup} » ne peut pas être restauré : {error}") from error


def _require_catalogue(connection: sqlite3.Connection) -> None:
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables >= _REQUIRED_TABLES:
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


def _overwrite(copy: Path, live: Path) -> Path | None:
    """Overwrite the database `live` with `copy`; return the file that keeps the replaced database, if any."""
    kept = _replaced_path(live) if live.exists() and live.stat().st_size else None
    with _connect(copy, "rw") as source, _connect(live, "rwc") as target:
        if kept:
            switch_to_wal(target, BUSY_TIMEOUT)
        # Save the live database while the write lock is held, so that it includes every acknowledged write. Copying the
        # first page takes the lock, and a database of this program has more than one page.
        try:
            _copy(source, target, pages=1, on_locked=(lambda: _keep(live, kept)) if kept else None)
        except BaseException:
            if kept:
                kept.unlink(missing_ok=True)
            raise
        target.execute("PRAGMA busy_timeout = 0")
        with suppress(sqlite3.Error):  # fails while a process reads: a later checkpoint truncates the log
            target.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return kept


def _keep(live: Path, kept: Path) -> None:
    """Copy the database `live` to the file `kept`."""
    with _temporary_file(kept) as copy:
        with _connect(live, "rw") as source, _connect(copy, "rw") as copied:
            _copy(source, copied)
            copied.execute("PRAGMA journal_mode = DELETE")
        _publish(copy, kept)


def _move_aside(live: Path) -> Path:
    """Rename a file that SQLite cannot open, with its log. Raises InvalidBackup while a process has it open.

    That process would delete the log of the new database when it closes its own.
    """
    aside = _replaced_path(live)
    with live.open("r+b") as handle:
        try:
            fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in {errno.EACCES, errno.EAGAIN}:
                raise
            raise InvalidBackup(
                "La base de données est endommagée et un service la tient ouverte : arrêtez-le, puis recommencez."
            ) from error
        for suffix in _DATABASE_SUFFIXES:
            with suppress(FileNotFoundError):
                Path(f"{live}{suffix}").rename(f"{aside}{suffix}")
    return aside


def _replaced_path(live: Path) -> Path:
    return live.with_name(f"{live.name}.remplacee-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}")


def _primary_code(error: sqlite3.Error) -> int:
    # The last byte of an extended code is the primary one.
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
