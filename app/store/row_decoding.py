"""Decodes rows read from SQLite without SQLAlchemy, value by value, to report each invalid one."""

import re
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import JSON, ColumnElement, Integer, Table

from app.catalogue.fields import FIELDS, FieldKind
from app.store.tables import UtcDateTime

_TIME = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}\.\d{6}")
LIST_FIELDS = frozenset(field.key for field in FIELDS if field.kind is FieldKind.MULTI)
"""The keys of the fields with several values."""

Row = dict[str, Any]


class UndecodableError(Exception):
    """A stored value does not have the type of its column; the message is the reason in French."""


class RawText(bytes):
    """A value that SQLite stores as TEXT, not yet decoded."""


def decode_row(table: Table, raw: Row) -> tuple[Row, dict[str, str]]:
    """Return the decoded row (None where a value is invalid), and the French reasons by column."""
    row: Row = {}
    reasons: dict[str, str] = {}
    for column in table.columns:
        try:
            row[column.name] = decode_column(column, raw[column.name])
        except UndecodableError as error:
            row[column.name] = None
            reasons[column.name] = str(error)
    return row, reasons


def decode_column(column: ColumnElement[Any], value: Any) -> Any:
    """Return a stored value as the models read it. Raises UndecodableError with a French reason."""
    if value is None:
        if getattr(column, "nullable", False):
            return None
        raise UndecodableError("valeur absente")
    if isinstance(column.type, Integer):
        if type(value) is not int:
            raise UndecodableError("nombre entier attendu")
        return value
    decoded = _decode_text(column.type, value)
    if column.key in LIST_FIELDS and not is_list_of_texts(decoded):
        raise UndecodableError("liste de textes attendue")
    return decoded


def _decode_text(kind: object, value: Any) -> Any:
    if not isinstance(value, RawText):
        raise UndecodableError("texte attendu")
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UndecodableError(f"octet illisible (UTF-8) à la position {error.start}") from error
    if isinstance(kind, UtcDateTime):
        if not _TIME.fullmatch(text):
            raise UndecodableError(f"date illisible : « {text[:40]} »")
        try:
            return datetime.fromisoformat(text).replace(tzinfo=UTC)
        except ValueError as error:
            raise UndecodableError(f"date impossible : « {text} »") from error
    if isinstance(kind, JSON):
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise UndecodableError("JSON illisible") from error
    return text


def is_list_of_texts(value: object) -> bool:
    """Tell whether `value` is a list of strings."""
    return isinstance(value, list) and all(isinstance(line, str) for line in value)


def content_fault(content: object) -> str | None:
    """Return the fault of a version's content in French, None without one."""
    if not isinstance(content, dict) or not content.keys() >= {"titre", "structure"}:
        return "objet JSON avec titre et structure attendu"
    for key, value in content.items():
        valid = is_list_of_texts(value) if key in LIST_FIELDS else isinstance(value, str)
        if value is not None and not valid:
            return f"valeur de « {key} » illisible"
    return None
