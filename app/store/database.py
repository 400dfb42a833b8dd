"""Opens a database: how SQLite is set up, how its transactions begin, and what its failures are called in French."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import orjson
from sqlalchemy import URL, Connection, Engine, create_engine, event, exc, make_url

from app.catalogue.errors import StoreUnavailable

BUSY_TIMEOUT = 10.0  # seconds that a transaction waits for a lock
_PAUSE = 0.02  # seconds between two attempts at what SQLite does not wait for itself
_WRITES = "actions_writes"
_AT_ONCE = "actions_at_once"

_SENTENCES = {
    "SQLITE_BUSY": "La base de données est occupée par une autre écriture : réessayez dans un instant.",
    "SQLITE_CANTOPEN": "La base de données ne peut pas être ouverte : vérifiez son dossier et les droits d'accès.",
    "SQLITE_CORRUPT": "La base de données est endommagée : restaurez une sauvegarde.",
    "SQLITE_ERROR": "La base de données n'est pas celle que ce programme attend.",
    "SQLITE_FULL": "Le disque de la base de données est plein.",
    "SQLITE_IOERR": "Le disque de la base de données ne se laisse pas lire ou écrire.",
    "SQLITE_LOCKED": "La base de données est occupée par une autre écriture : réessayez dans un instant.",
    "SQLITE_NOTADB": "Le fichier indiqué n'est pas une base de données SQLite.",
    "SQLITE_READONLY": "La base de données est en lecture seule : vérifiez les droits d'accès.",
}
_NO_ANSWER = "La base de données ne répond pas."

# These say that a statement is wrong, not that the database is away: they are ours to mend, so they stay what they are.
_OUR_FAULT = (exc.DataError, exc.IntegrityError, exc.NotSupportedError, exc.ProgrammingError)


def create_database(url: str, *, busy_timeout: float = BUSY_TIMEOUT, foreign_keys: bool = True) -> Engine:
    """Return an engine for `url`; a SQLite file gets its folder, but nothing is opened yet.

    Raises StoreUnavailable when the address means nothing or the folder cannot be made.
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
        _make_folder(address)
        _set_up_sqlite(engine, busy_timeout=busy_timeout, foreign_keys=foreign_keys)
    return engine


def write_engine(engine: Engine, *, wait: bool = True) -> Engine:
    """Return a view of `engine`, on the same connections, whose transactions take the write lock as they begin.

    A transaction that reads before it writes would otherwise fail at once, without waiting, if another one has
    written in between. One that does not wait fails when the lock is taken.
    """
    return engine.execution_options(**{_WRITES: True, _AT_ONCE: not wait})


@contextmanager
def translate_errors() -> Iterator[None]:
    """Raise StoreUnavailable, with a French sentence, for any failure of the database itself."""
    try:
        yield
    except _OUR_FAULT:
        raise
    except (exc.DBAPIError, exc.TimeoutError) as error:
        raise StoreUnavailable(database_error_message(error)) from error
    except sqlite3.Error as error:
        raise StoreUnavailable(database_error_message(error)) from error
    except orjson.JSONDecodeError as error:
        raise StoreUnavailable(_SENTENCES["SQLITE_CORRUPT"]) from error


def database_error_message(error: exc.SQLAlchemyError | sqlite3.Error) -> str:
    """Say in French what SQLAlchemy, or SQLite's own driver, met."""
    cause: Any = getattr(error, "orig", error)
    # The name may be extended, as in SQLITE_IOERR_WRITE: its first two words are the kind.
    kind = "_".join(getattr(cause, "sqlite_errorname", "").split("_")[:2])
    return _SENTENCES.get(kind, _NO_ANSWER)


def _make_folder(address: URL) -> None:
    try:
        Path(address.database or "").parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnavailable(f"Le dossier de la base de données ne peut pas être créé : {error.strerror}.") from error


def _set_up_sqlite(engine: Engine, *, busy_timeout: float, foreign_keys: bool) -> None:
    def connect(connection: sqlite3.Connection, _entry: object) -> None:
        # The driver would begin transactions when it sees fit; `begin` below does it instead.
        connection.isolation_level = None
        switch_to_wal(connection, busy_timeout)
        # Under WAL only FULL waits for the disk at each commit: with NORMAL, a power cut could undo writes that were
        # already answered.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")

    def begin(connection: Connection) -> None:
        # A plain BEGIN is a snapshot from its first question on.
        options = connection.get_execution_options()
        if options.get(_AT_ONCE):
            connection.exec_driver_sql("PRAGMA busy_timeout = 0")
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get(_WRITES) else "BEGIN")
        finally:
            if options.get(_AT_ONCE):
                connection.exec_driver_sql(f"PRAGMA busy_timeout = {round(busy_timeout * 1000)}")

    event.listen(engine, "connect", connect)
    event.listen(engine, "begin", begin)


def switch_to_wal(connection: sqlite3.Connection, busy_timeout: float) -> None:
    """Let readers and the writer be at work together; nothing happens when the file is in that mode already."""
    deadline = monotonic() + busy_timeout
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            # Of two programs that switch a new file at once, SQLite refuses one without the wait that it grants to
            # other statements.
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or monotonic() > deadline:
                raise
            sleep(_PAUSE)
        else:
            return
