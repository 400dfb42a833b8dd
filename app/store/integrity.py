"""Proves that a SQLite database is whole: its schema, each value, each record's content hash, versions and changes."""

import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
from sqlalchemy import JSON, URL, Column, Integer, Table

from app.catalogue.action import Action, content_hash, identity_key
from app.catalogue.api_keys import Scope
from app.catalogue.fields import FIELDS, FieldKind
from app.catalogue.record import ChangeKind
from app.catalogue.structure import Structure
from app.store.migrations import migrate
from app.store.tables import METADATA, UtcDateTime

_SCHEMA = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_stat%' ESCAPE '\\'"
_TIME = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}\.\d{6}")
_SHA_256 = re.compile("[0-9a-f]{64}")
_KINDS = frozenset(ChangeKind)
_LISTS = frozenset(field.key for field in FIELDS if field.kind is FieldKind.MULTI)

Row = dict[str, Any]


class _UndecodableError(Exception):
    """A stored value that is not of the type of its column; the message is a French reason."""


class _RawText(bytes):
    """A value that SQLite stores as TEXT, not yet decoded."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: table, row and column (each empty where it does not apply), and the reason in French."""

    table: str
    row: str
    column: str
    reason: str

    def __str__(self) -> str:
        place = [
            f"table « {self.table} »" if self.table else "",
            self.row,
            f"colonne « {self.column} »" if self.column else "",
        ]
        return f"{', '.join(filter(None, place))} : {self.reason}"


def schema_faults(connection: sqlite3.Connection) -> Iterator[Fault]:
    """Yield each table, index, trigger or view that differs from what the migrations of this program create."""
    with TemporaryDirectory() as directory:
        reference = Path(directory, "reference.db")
        migrate(URL.create("sqlite", database=str(reference)).render_as_string())
        with closing(sqlite3.connect(reference)) as expected:
            wanted = _schema_of(expected)
    present = _schema_of(connection)
    for name in sorted(wanted.keys() | present.keys()):
        if name not in wanted:
            yield Fault("", f"« {name} »", "", f"objet étranger au catalogue ({present[name][0]})")
        elif name not in present:
            yield Fault("", f"« {name} »", "", "manque")
        elif present[name] != wanted[name]:
            yield Fault("", f"« {name} »", "", "n'est pas défini comme ce programme le définit")


def code_objects(connection: sqlite3.Connection) -> Iterator[Fault]:
    """Yield each trigger and view: a catalogue has none, and SQLite would run them."""
    for kind, name, *_ in connection.execute(f"{_SCHEMA} AND type IN ('trigger', 'view')"):
        yield Fault("", f"« {name} »", "", f"objet étranger au catalogue ({kind})")


def data_faults(connection: sqlite3.Connection) -> Iterator[Fault]:
    """Yield each value that cannot be decoded, and each row that contradicts the others.

    `connection` has the schema of this program. All is read once; memory grows by a few hundred bytes a record.
    """
    factory = connection.text_factory
    connection.text_factory = _RawText
    try:
        yield from _Verification(connection).faults()
    finally:
        connection.text_factory = factory


@dataclass(slots=True)
class _Known:
    """What the other tables have to agree with, of one action."""

    id: str
    version: int
    deleted: bool
    identity: str
    content_hash: str


class _Verification:
    """One pass over the tables of `connection`, whose texts come as `_RawText`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._actions: dict[int, _Known] = {}
        self._structures: set[str] = set()
        self._keys: set[str] = set()

    def faults(self) -> Iterator[Fault]:
        yield from self._verify("structures", self._structure_faults)
        yield from self._verify("actions", self._action_faults)
        yield from self._verify_groups("versions", "version", self._version_faults)
        yield from self._verify_groups("changes", "number", self._change_faults)
        yield from self._verify("api_keys", self._key_faults)
        yield from self._verify("repeats", self._idempotency_faults)
        yield from self._sequence_faults()

    def _verify(self, name: str, check: Callable[[Row], Iterator[str]]) -> Iterator[Fault]:
        for row, faults in self._rows(name, "1"):
            yield from faults or (Fault(name, _label(row), "", reason) for reason in check(row))

    def _verify_groups(
        self, name: str, order: str, check: Callable[[_Known, list[Row]], Iterator[str]]
    ) -> Iterator[Fault]:
        """Check the rows of each action together; an action without rows has lost them."""
        missing = dict(self._actions)
        for number, group in groupby(self._rows(name, f"action, {order}"), lambda pair: pair[0]["action"]):
            rows = list(group)
            faults = list(chain.from_iterable(found for _, found in rows))
            known = missing.pop(number, None) if isinstance(number, int) else None
            if faults:
                yield from faults
            elif known is None:
                if number not in self._actions:
                    yield Fault(name, f"fiche numéro {number}", "action", "cette fiche n'existe pas")
            else:
                yield from (Fault(name, _named(known), "", reason) for reason in check(known, [row for row, _ in rows]))
        for known in missing.values():
            yield Fault(name, _named(known), "", "aucune ligne pour cette fiche")

    def _rows(self, name: str, order: str) -> Iterator[tuple[Row, list[Fault]]]:
        """Yield each row of a table, decoded, with what could not be decoded (then None in the row)."""
        table = METADATA.tables[name]
        columns = [column.name for column in table.columns]
        quoted = ", ".join(f'"{column}"' for column in columns)
        for values in self._connection.execute(f'SELECT {quoted} FROM "{name}" ORDER BY {order}'):  # noqa: S608
            yield _decoded(table, dict(zip(columns, values, strict=True)))

    def _structure_faults(self, row: Row) -> Iterator[str]:
        self._structures.add(row["id"])
        return iter(())

    def _action_faults(self, row: Row) -> Iterator[str]:
        action = Action.model_construct(None, **{field.key: row[field.key] for field in FIELDS})
        known = _Known(row["id"], row["version"], row["supprime_le"] is not None, row["identity"], row["content_hash"])
        self._actions[row["number"]] = known
        if content_hash(action) != row["content_hash"]:
            yield "le contenu ne correspond pas à son empreinte (content_hash)"
        if row["structure_id"] not in self._structures:
            yield f"la structure « {row['structure_id']} » n'existe pas"
        elif Structure.parse(action.structure).id != row["structure_id"]:
            yield f"la structure « {row['structure_id']} » n'est pas celle que la fiche nomme"

    def _version_faults(self, known: _Known, rows: list[Row]) -> Iterator[str]:
        numbers = [row["version"] for row in rows]
        if numbers != list(range(1, known.version + 1)):
            yield f"versions {_listed(numbers)} au lieu de 1 à {known.version}"
            return
        for row in rows:
            if (reason := _content_fault(row["content"])) is not None:
                yield f"version {row['version']}, colonne « content » : {reason}"
                return
        if _action_of(rows[0]["content"], identity_key) != known.identity:
            yield "la première version n'a pas l'identité de la fiche"
        if set(rows[-1]["content"]) == {field.key for field in FIELDS}:
            latest = _action_of(rows[-1]["content"], content_hash)
            if latest != known.content_hash:
                yield f"la version {known.version} ne dit pas ce que dit la fiche"

    def _change_faults(self, known: _Known, rows: list[Row]) -> Iterator[str]:
        kinds = [row["kind"] for row in rows]
        if unknown := sorted(set(kinds) - _KINDS):
            yield f"changement d'un genre inconnu : « {unknown[0]} »"
            return
        if kinds[0] != ChangeKind.CREATED or kinds.count(ChangeKind.CREATED) > 1:
            yield "les changements ne commencent pas par une seule création"
        written = sum(kind != ChangeKind.DELETED for kind in kinds)
        if written != known.version:
            yield f"{written} écritures pour {known.version} versions"
        if (kinds[-1] == ChangeKind.DELETED) != known.deleted:
            yield "le dernier changement ne dit pas si la fiche est supprimée"

    def _key_faults(self, row: Row) -> Iterator[str]:
        self._keys.add(row["id"])
        if not isinstance(row["scopes"], list) or not set(map(str, row["scopes"])) <= set(Scope):
            yield "portées inconnues (scopes)"
        if not _SHA_256.fullmatch(row["secret_hash"]):
            yield "empreinte de secret illisible (secret_hash)"

    def _idempotency_faults(self, row: Row) -> Iterator[str]:
        if row["key"] not in self._keys:
            yield f"la clé « {row['key']} » n'existe pas"
        if row["action"] not in self._actions:
            yield f"la fiche numéro {row['action']} n'existe pas"

    def _sequence_faults(self) -> Iterator[Fault]:
        """A number that was given may never be given again: cursors and indexes remember it."""
        given = {bytes(name).decode("utf-8", "replace"): last for name, last in self._sequences()}
        for name in ("actions", "changes"):
            ((highest,),) = self._connection.execute(f'SELECT max(number) FROM "{name}"').fetchall()  # noqa: S608
            last = given.get(name, 0)
            if not isinstance(last, int) or (highest or 0) > last:
                yield Fault("sqlite_sequence", name, "seq", "un numéro déjà donné pourrait être donné encore")

    def _sequences(self) -> Iterator[tuple[Any, Any]]:
        return iter(self._connection.execute("SELECT name, seq FROM sqlite_sequence").fetchall())


def _schema_of(connection: sqlite3.Connection) -> dict[str, tuple[str, ...]]:
    return {name: (kind, table, sql or "") for kind, name, table, sql in connection.execute(_SCHEMA)}


def _decoded(table: Table, raw: Row) -> tuple[Row, list[Fault]]:
    row: Row = {}
    reasons: dict[str, str] = {}
    for column in table.columns:
        try:
            row[column.name] = _decode_column(column, raw[column.name])
        except _UndecodableError as error:
            row[column.name] = None
            reasons[column.name] = str(error)
    return row, [Fault(table.name, _label(row), column, reason) for column, reason in reasons.items()]


def _decode_column(column: Column[Any], value: Any) -> Any:
    """Return a stored value as the models read it; _UndecodableError, with a French reason, when that cannot be."""
    if value is None:
        if column.nullable:
            return None
        raise _UndecodableError("valeur absente")
    if isinstance(column.type, Integer):
        if type(value) is not int:
            raise _UndecodableError("nombre entier attendu")
        return value
    decoded = _decode_text(column.type, value)
    if column.name in _LISTS and not _is_list_of_lines(decoded):
        raise _UndecodableError("liste de textes attendue")
    return decoded


def _decode_text(kind: object, value: Any) -> Any:
    if not isinstance(value, _RawText):
        raise _UndecodableError("texte attendu")
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _UndecodableError(f"octet illisible (UTF-8) à la position {error.start}") from error
    if isinstance(kind, UtcDateTime):
        if not _TIME.fullmatch(text):
            raise _UndecodableError(f"date illisible : « {text[:40]} »")
        try:
            return datetime.fromisoformat(text)
        except ValueError as error:
            raise _UndecodableError(f"date impossible : « {text} »") from error
    if isinstance(kind, JSON):
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise _UndecodableError("JSON illisible") from error
    return text


def _is_list_of_lines(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(line, str) for line in value)


def _content_fault(content: object) -> str | None:
    """Say what is wrong with the content of a version, by field key; None when nothing is."""
    if not isinstance(content, dict) or not content.keys() >= {"titre", "structure"}:
        return "objet JSON avec titre et structure attendu"
    for key, value in content.items():
        wanted = _is_list_of_lines(value) if key in _LISTS else isinstance(value, str)
        if value is not None and not wanted:
            return f"valeur de « {key} » illisible"
    return None


def _action_of(content: Mapping[str, Any], of: Callable[[Action], str]) -> str:
    values: dict[str, Any] = {field.key: content.get(field.key) for field in FIELDS}
    return of(Action.model_construct(None, **values))


def _label(row: Row) -> str:
    """Return how a sentence names a row: by the identifiers that it has and that could be read."""
    for column, form in (("id", "« {} »"), ("action", "fiche numéro {}"), ("number", "numéro {}"), ("name", "« {} »")):
        if row.get(column) is not None:
            return form.format(row[column])
    return "ligne sans identifiant lisible"


def _named(known: _Known) -> str:
    return f"fiche « {known.id} »"


def _listed(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers[:5])) + (" …" if len(numbers) > 5 else "")  # noqa: PLR2004
