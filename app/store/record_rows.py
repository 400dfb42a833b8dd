"""The columns of the queries of records, changes, versions and structures, and the values made from their rows."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, func, select

from app.catalogue.action import Action
from app.catalogue.fields import FIELDS
from app.catalogue.record import Change, ChangeKind, Record
from app.store.damage import DamagedRow, RowShape
from app.store.tables import METADATA

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  # the time of a change whose times are all damaged
_KEYS = tuple(field.key for field in FIELDS)
_ACTIONS = METADATA.tables["actions"]
_CHANGES = METADATA.tables["changes"]
_VERSIONS = METADATA.tables["versions"]
_STRUCTURES = METADATA.tables["structures"]
_ALL_KEYS = set(_KEYS)  # shared by all actions, which are never changed
_RECORD_COLUMNS = {name: _ACTIONS.c[name] for name in ("number", "id", "version", "cree_le", "modifie_le", *_KEYS)}
RECORD_SHAPE = RowShape(_RECORD_COLUMNS)
DELETABLE_SHAPE = RowShape({"supprime_le": _ACTIONS.c.supprime_le, **_RECORD_COLUMNS})
CHANGE_SHAPE = RowShape(
    {
        "change": _CHANGES.c.number,
        "kind": _CHANGES.c.kind,
        "at": _CHANGES.c.at,
        "supprime_le": _ACTIONS.c.supprime_le,
        **_RECORD_COLUMNS,
    }
)
TOKEN_SHAPE = RowShape({"id": _ACTIONS.c.id, "kind": _CHANGES.c.kind, "at": _CHANGES.c.at, "number": _ACTIONS.c.number})
TIME_SHAPE = RowShape({"number": _CHANGES.c.number, "at": _CHANGES.c.at}, table="changes", label="number")
VERSION_SHAPE = RowShape(
    {name: _VERSIONS.c[name] for name in ("version", "at", "author", "content")}, table="versions", label="version"
)
STRUCTURE_SHAPE = RowShape(
    {
        "id": _STRUCTURES.c.id,
        "nom": _STRUCTURES.c.nom,
        "departement": _STRUCTURES.c.departement,
        "actions": func.count(),
    },
    table="structures",
)
_CHANGE_KINDS = {kind.value: kind for kind in ChangeKind}
# Built once: computing the cache key of a new statement takes as long as running it.
_RECORDS = select(*RECORD_SHAPE.select_columns()).where(_ACTIONS.c.supprime_le.is_(None))
RECORDS_BY_ID = _RECORDS.where(_ACTIONS.c.id.in_(bindparam("ids", expanding=True)))
RECORDS_AFTER = (
    _RECORDS.where(_ACTIONS.c.number > bindparam("after")).order_by(_ACTIONS.c.number).limit(bindparam("limit"))
)
RECORD_BY_ID = select(*DELETABLE_SHAPE.select_columns()).where(_ACTIONS.c.id == bindparam("id"))


def record_from_row(row: Sequence[Any]) -> Record:
    """Return the record of a row of `RECORD_SHAPE`; its content was normalised before it was stored."""
    number, identifier, version, created, modified, *values = row
    action = Action.model_construct(_ALL_KEYS, **dict(zip(_KEYS, values, strict=True)))
    return Record(number, identifier, version, action, created, modified)


def change_from_row(row: Sequence[Any] | DamagedRow) -> Change:
    """Return the change of a row of `CHANGE_SHAPE`.

    When its kind or time is damaged, those of the record replace it; a change whose record is damaged is damaged.
    """
    reasons = row.reasons if isinstance(row, DamagedRow) else {}
    values: Sequence[Any] = tuple(row.values.values()) if isinstance(row, DamagedRow) else row
    number, kind, at, deleted, *record_values = values
    identifier, modified = record_values[1], record_values[4]
    if not identifier or (not deleted and reasons.keys() - {"kind", "at"}):
        return Change(number, identifier or "", ChangeKind.UPDATED, None, at or modified or _EPOCH, damaged=True)
    fallback = ChangeKind.DELETED if deleted else ChangeKind.UPDATED
    record = None if deleted else record_from_row(record_values)
    return Change(number, identifier, _CHANGE_KINDS.get(kind, fallback), record, at or deleted or modified)


def action_of(content: Mapping[str, Any]) -> Action:
    """Return the action with that stored content, without fields that no longer exist."""
    return Action.model_construct(None, **{key: content[key] for key in _KEYS if key in content})
