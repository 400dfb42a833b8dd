"""Opens a database: sets SQLite up, begins its transactions, and translates its errors to French."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from glob import escape
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import orjson
from sqlalchemy import URL, Connection, Engine, create_engine, event, exc, make_url

from app.catalogue.errors import DamagedData, StoreUnavailable, system_error_message
from app.store.tables import DAMAGED_VALUE

BUSY_TIMEOUT = 10.0  # seconds that a transaction waits for a lock
_RETRY_SECONDS = 0.02  # between two attempts to switch to WAL, for which SQLite itself does not wait
_WRITE_OPTION = "actions_writes"
_NO_WAIT_OPTION = "actions_at_once"

_MESSAGES = {
    "SQLITE_BUSY": "La base de données est occupée par une autre écriture : réessayez dans un instant.",
    "SQLITE_CANTOPEN": "La base de données ne peut pas être ouverte : vérifiez son dossier et les droits d'accès.",
    "SQLITE_CORRUPT": "La base de données est endommagée : restaurez une sauvegarde.",
    "SQLITE_ERROR": "La base de données n'est pas celle que ce programme attend.",
    "SQLITE_FULL": "Le disque de la base de données est plein.",
    "SQLITE_IOERR": "Le disque de la base de données ne se laisse pas lire ou écrire.",
    "SQLITE_LOCKED": "La base de données est occupée par une autre écriture : réessayez dans un instant.",
    "SQLITE_NOTADB": "Le fichier indiqué n'est pas une base de données SQLite, ou la base est endommagée.",
    "SQLITE_READONLY": "La base de données est en lecture seule : vérifiez les droits d'accès.",
}
_DEFAULT_MESSAGE = "La base de données ne répond pas."

# The statement is wrong, rather than the database unavailable: a bug of this program, so they are not translated.
_PROGRAMMING_ERRORS = (exc.DataError, exc.IntegrityError, exc.NotSupportedError, exc.ProgrammingError)


def create_database(url: str, *, busy_timeout: float = BUSY_TIMEOUT, foreign_keys: bool = True) -> Engine:
    """Return an SQLAlchemy engine for `url`; create the directory of an SQLite file, but open nothing yet.

    Raises StoreUnavailable when the URL is invalid or the directory cannot be created.
    """
    try:
        address = make_url(url)
        sqlite = address.get_backend_name() == "sqlite"
        engine = create_engine(
            address,
            connect_args={"timeout": busy_timeout} if sqlite else {},
            json_serializer=lambda value: orjson.dumps(value).decode(),
            json_deserializer=orjson.loads,
        )
    except (exc.ArgumentError, ModuleNotFoundError) as error:
        raise StoreUnavailable("L'adresse de la base de données n'est pas comprise.") from error
    if sqlite:
        _create_directory(address)
        _set_up_sqlite(engine, busy_timeout=busy_timeout, foreign_keys=foreign_keys)
    return engine


def write_engine(engine: Engine, *, wait: bool = True) -> Engine:
    """Return an engine on the same connection pool whose transactions take the write lock when they begin.

    A deferred transaction that reads and then writes fails at once, without waiting, when another one has written in
    between. Without `wait` a transaction fails when the lock is held.
    """
    return engine.execution_options(**{_WRITE_OPTION: True, _NO_WAIT_OPTION: not wait})


def database_files(url: str) -> list[Path]:
    """Return the existing files of the SQLite database at `url`: itself, its log, and those named after it."""
    path = Path(make_url(url).database or "")
    return sorted(path.parent.glob(f"{escape(path.name)}*")) if path.name else []


@contextmanager
def translate_errors() -> Iterator[None]:
    """Raise StoreUnavailable with a French message for an error of the database itself."""
    try:
        yield
    except _PROGRAMMING_ERRORS:
        raise
    except (exc.DBAPIError, exc.TimeoutError) as error:
        raise StoreUnavailable(database_error_message(error)) from error
    except sqlite3.Error as error:
        raise StoreUnavailable(database_error_message(error)) from error
    except orjson.JSONDecodeError as error:
        raise DamagedData(DAMAGED_VALUE) from error


def is_undecodable(error: BaseException) -> bool:
    """Tell whether `error` is that of the SQLite driver for a text that is not UTF-8."""
    cause = getattr(error, "orig", error)
    return isinstance(cause, sqlite3.OperationalError) and "decode" in str(cause)


def database_error_message(error: exc.SQLAlchemyError | sqlite3.Error) -> str:
    """Return the French message for an error of SQLAlchemy or of the SQLite driver."""
    cause: Any = getattr(error, "orig", error)
    if is_undecodable(error):
        return DAMAGED_VALUE
    # Extended names like SQLITE_IOERR_WRITE begin with the primary one.
    name = "_".join(getattr(cause, "sqlite_errorname", "").split("_")[:2])
    return _MESSAGES.get(name, _DEFAULT_MESSAGE)


def _create_directory(address: URL) -> None:
    try:
        Path(address.database or "").parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = system_error_message(error)
        raise StoreUnavailable(f"Le dossier de la base de données ne peut pas être créé : {reason}") from error


def _set_up_sqlite(engine: Engine, *, busy_timeout: float, foreign_keys: bool) -> None:
    def connect(connection: sqlite3.Connection, _entry: object) -> None:
        # Turn off the implicit transactions of the driver: `begin` below starts them.
        connection.isolation_level = None
        switch_to_wal(connection, busy_timeout)
        # In WAL mode only FULL syncs at each commit: with NORMAL, a power cut could undo acknowledged writes.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")

    def begin(connection: Connection) -> None:
        # A plain BEGIN is a snapshot as of its first query.
        options = connection.get_execution_options()
        if options.get(_NO_WAIT_OPTION):
            connection.exec_driver_sql("PRAGMA busy_timeout = 0")
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get(_WRITE_OPTION) else "BEGIN")
        finally:
            if options.get(_NO_WAIT_OPTION):
                connection.exec_driver_sql(f"PRAGMA busy_timeout = {round(busy_timeout * 1000)}")

    event.listen(engine, "connect", connect)
    event.listen(engine, "begin", begin)


def switch_to_wal(connection: sqlite3.Connection, busy_timeout: float) -> None:
    """Switch the file to write-ahead logging, so that readers and a writer do not block each other; idempotent."""
    deadline = monotonic() + busy_timeout
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            # When two processes switch a new file at once, SQLite refuses one without honouring the busy timeout.
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or monotonic() > deadline:
                raise
            sleep(_RETRY_SECONDS)
        else:
            return
