"""Verifies a SQLite database: schema, values, and each record against its content hash, versions and changes."""

import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from itertools import chain, groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import URL

from app.catalogue.action import Action, content_hash, identity_key
from app.catalogue.api_keys import Scope
from app.catalogue.fields import FIELDS
from app.catalogue.record import ChangeKind
from app.catalogue.structure import Structure
from app.store.migrations import migrate
from app.store.row_decoding import RawText, Row, content_fault, decode_row
from app.store.tables import METADATA

_SCHEMA = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_stat%' ESCAPE '\\'"
_SHA_256 = re.compile("[0-9a-f]{64}")
_KINDS = frozenset(ChangeKind)


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault with its table, row and column (empty where not applicable), and the reason in French."""

    table: str
    row: str
    column: str
    reason: str

    def __str__(self) -> str:
        location = [
            f"table « {self.table} »" if self.table else "",
            self.row,
            f"colonne « {self.column} »" if self.column else "",
        ]
        return f"{', '.join(filter(None, location))} : {self.reason}"


def schema_faults(connection: sqlite3.Connection) -> Iterator[Fault]:
    """Yield each table, index, trigger or view that differs from the schema of this program."""
    with TemporaryDirectory() as directory:
        reference = Path(directory, "reference.db")
        migrate(URL.create("sqlite", database=str(reference)).render_as_string())
        with closing(sqlite3.connect(reference)) as expected:
            expected_schema = _schema_of(expected)
    schema = _schema_of(connection)
    for name in sorted(expected_schema.keys() | schema.keys()):
        if name not in expected_schema:
            yield Fault("", f"« {name} »", "", f"objet étranger au catalogue ({schema[name][0]})")
        elif name not in schema:
            yield Fault("", f"« {name} »", "", "manque")
        elif schema[name] != expected_schema[name]:
            yield Fault("", f"« {name} »", "", "n'est pas défini comme ce programme le définit")


def code_objects(connection: sqlite3.Connection) -> Iterator[Fault]:
    """Yield each trigger and view: a catalogue has none, and SQLite would run them."""
    for kind, name, *_ in connection.execute(f"{_SCHEMA} AND type IN ('trigger', 'view')"):
        yield Fault("", f"« {name} »", "", f"objet étranger au catalogue ({kind})")


def data_faults(connection: sqlite3.Connection) -> Iterator[Fault]:
    """Yield each value that cannot be decoded, and each row that contradicts the others.

    `connection` has the schema of this program. Each row is read once; memory is a few hundred bytes per record.
    """
    factory = connection.text_factory
    connection.text_factory = RawText
    try:
        yield from _Verification(connection).faults()
    finally:
        connection.text_factory = factory


@dataclass(slots=True)
class _ActionSummary:
    """The values of an action that other tables have to agree with."""

    id: str
    version: int
    deleted: bool
    identity: str
    content_hash: str


class _Verification:
    """One pass over the tables of `connection`, which returns texts as `RawText`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._actions: dict[int, _ActionSummary] = {}
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
        self, name: str, order: str, check: Callable[[_ActionSummary, list[Row]], Iterator[str]]
    ) -> Iterator[Fault]:
        """Check the rows of each action together; an action without rows has lost them."""
        missing = dict(self._actions)
        for number, group in groupby(self._rows(name, f"action, {order}"), lambda pair: pair[0]["action"]):
            rows = list(group)
            faults = list(chain.from_iterable(row_faults for _, row_faults in rows))
            summary = missing.pop(number, None) if isinstance(number, int) else None
            if faults:
                yield from faults
            elif summary is None:
                if number not in self._actions:
                    yield Fault(name, f"fiche numéro {number}", "action", "cette fiche n'existe pas")
            else:
                yield from (
                    Fault(name, _action_label(summary), "", reason)
                    for reason in check(summary, [row for row, _ in rows])
                )
        for summary in missing.values():
            yield Fault(name, _action_label(summary), "", "aucune ligne pour cette fiche")

    def _rows(self, name: str, order: str) -> Iterator[tuple[Row, list[Fault]]]:
        """Yield each decoded row of a table (None for an invalid value) with its faults."""
        table = METADATA.tables[name]
        columns = [column.name for column in table.columns]
        names = ", ".join(f'"{column}"' for column in columns)
        for values in self._connection.execute(f'SELECT {names} FROM "{name}" ORDER BY {order}'):  # noqa: S608
            row, reasons = decode_row(table, dict(zip(columns, values, strict=True)))
            yield row, [Fault(name, _label(row), column, reason) for column, reason in reasons.items()]

    def _structure_faults(self, row: Row) -> Iterator[str]:
        self._structures.add(row["id"])
        return iter(())

    def _action_faults(self, row: Row) -> Iterator[str]:
        action = Action.model_construct(None, **{field.key: row[field.key] for field in FIELDS})
        summary = _ActionSummary(
            row["id"], row["version"], row["supprime_le"] is not None, row["identity"], row["content_hash"]
        )
        self._actions[row["number"]] = summary
        if content_hash(action) != row["content_hash"]:
            yield "le contenu ne correspond pas à son empreinte (content_hash)"
        if row["structure_id"] not in self._structures:
            yield f"la structure « {row['structure_id']} » n'existe pas"
        elif Structure.parse(action.structure).id != row["structure_id"]:
            yield f"la structure « {row['structure_id']} » n'est pas celle que la fiche nomme"

    def _version_faults(self, summary: _ActionSummary, rows: list[Row]) -> Iterator[str]:
        numbers = [row["version"] for row in rows]
        if numbers != list(range(1, summary.version + 1)):
            yield f"versions {_listed(numbers)} au lieu de 1 à {summary.version}"
            return
        for row in rows:
            if (reason := content_fault(row["content"])) is not None:
                yield f"version {row['version']}, colonne « content » : {reason}"
                return
        if _digest_of(rows[0]["content"], identity_key) != summary.identity:
            yield "la première version n'a pas l'identité de la fiche"
        if set(rows[-1]["content"]) == {field.key for field in FIELDS}:
            latest = _digest_of(rows[-1]["content"], content_hash)
            if latest != summary.content_hash:
                yield f"la version {summary.version} ne dit pas ce que dit la fiche"

    def _change_faults(self, summary: _ActionSummary, rows: list[Row]) -> Iterator[str]:
        kinds = [row["kind"] for row in rows]
        if unknown := sorted(set(kinds) - _KINDS):
            yield f"changement d'un genre inconnu : « {unknown[0]} »"
            return
        if kinds[0] != ChangeKind.CREATED or kinds.count(ChangeKind.CREATED) > 1:
            yield "les changements ne commencent pas par une seule création"
        written = sum(kind != ChangeKind.DELETED for kind in kinds)
        if written != summary.version:
            yield f"{written} écritures pour {summary.version} versions"
        if (kinds[-1] == ChangeKind.DELETED) != summary.deleted:
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
        """Yield a fault when SQLite could assign a number again, which cursors and indexes remember."""
        sequences = {bytes(name).decode("utf-8", "replace"): last for name, last in self._sequences()}
        for name in ("actions", "changes"):
            ((highest,),) = self._connection.execute(f'SELECT max(number) FROM "{name}"').fetchall()  # noqa: S608
            last = sequences.get(name, 0)
            if not isinstance(last, int) or (highest or 0) > last:
                yield Fault("sqlite_sequence", name, "seq", "un numéro déjà donné pourrait être donné encore")

    def _sequences(self) -> Iterator[tuple[Any, Any]]:
        return iter(self._connection.execute("SELECT name, seq FROM sqlite_sequence").fetchall())


def _schema_of(connection: sqlite3.Connection) -> dict[str, tuple[str, ...]]:
    return {name: (kind, table, sql or "") for kind, name, table, sql in connection.execute(_SCHEMA)}


def _digest_of(content: Mapping[str, Any], digest: Callable[[Action], str]) -> str:
    values: dict[str, Any] = {field.key: content.get(field.key) for field in FIELDS}
    return digest(Action.model_construct(None, **values))


def _label(row: Row) -> str:
    """Return the French label of a row: its first readable identifier."""
    for column, form in (("id", "« {} »"), ("action", "fiche numéro {}"), ("number", "numéro {}"), ("name", "« {} »")):
        if row.get(column) is not None:
            return form.format(row[column])
    return "ligne sans identifiant lisible"


def _action_label(summary: _ActionSummary) -> str:
    return f"fiche « {summary.id} »"


def _listed(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers[:5])) + (" …" if len(numbers) > 5 else "")  # noqa: PLR2004
