"""Reads rows of which some are damaged: returns the others, and registers each damaged row."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from operator import itemgetter
from threading import Lock
from typing import Any

import orjson
import structlog
from sqlalchemy import JSON, ColumnElement, Integer, Select, exc, type_coerce
from sqlalchemy.types import NullType
from sqlmodel import Session

from app.catalogue.errors import DamagedData
from app.store.database import is_undecodable
from app.store.row_decoding import LIST_FIELDS, RawText, UndecodableError, decode_column
from app.store.tables import UtcDateTime

logger = structlog.get_logger(__name__)

_MAX_SIGNATURES = 10_000  # combinations of types, which differ in the fields without value
_MAX_REGISTERED = 10_000  # damaged rows: beyond, a restore is needed anyway


class DamageRegistry:
    """The rows that were damaged when this process last read them; each is logged once."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._rows: dict[tuple[str, str], set[str]] = {}  # the damaged columns by table and label
        self._logged: set[tuple[str, str]] = set()

    def __len__(self) -> int:
        return len(self._rows)

    def labels(self, table: str) -> set[str]:
        """Return the labels of the damaged rows of `table`."""
        with self._lock:
            return {label for name, label in self._rows if name == table}

    def add(self, table: str, label: str, reasons: Mapping[str, str]) -> None:
        """Register the damaged row `label` of `table`, with French reasons by column."""
        with self._lock:
            row = (table, label)
            if len(self._rows) < _MAX_REGISTERED:
                self._rows.setdefault(row, set()).update(reasons)
            if row in self._logged or len(self._logged) >= _MAX_REGISTERED:
                return
            self._logged.add(row)
        logger.warning(
            "record_damaged", table=table, id=label, column=", ".join(reasons), reason="; ".join(reasons.values())
        )

    def discard(self, table: str, labels: Sequence[str], columns: Collection[str]) -> None:
        """Forget damage in `columns` of rows that have been read without any."""
        with self._lock:
            for row in [(table, label) for label in labels]:
                if row in self._rows:
                    self._rows[row].difference_update(columns)
                    if not self._rows[row]:
                        del self._rows[row]


@dataclass(frozen=True, slots=True)
class DamagedRow:
    """A row with a damaged value: its label, its values (None: damaged), and French reasons by column."""

    label: str
    values: Mapping[str, Any]
    reasons: Mapping[str, str]


class RowShape:
    """The columns of a query by name, and a fast check of the types of their values.

    `table` and `label`, a column whose value identifies the row, name a damaged row; without a readable value its
    `number` does.
    """

    def __init__(self, columns: Mapping[str, ColumnElement[Any]], *, table: str = "actions", label: str = "id") -> None:
        self.columns = columns
        self.table = table
        self.label = label
        self._types = [_allowed_types(column) for column in columns.values()]
        lists = [index for index, name in enumerate(columns) if name in LIST_FIELDS]
        self._lists = itemgetter(*lists) if lists else None
        self._signatures: set[tuple[type, ...]] = set()

    def select_columns(self) -> list[ColumnElement[Any]]:
        """Return the columns of the query, labelled by name."""
        return [column.label(name) for name, column in self.columns.items()]

    def matches(self, row: Sequence[Any]) -> bool:
        """Tell whether each value of `row` has the type of its column."""
        signature = tuple(map(type, row))
        if signature not in self._signatures:
            if not all(kind in allowed for kind, allowed in zip(signature, self._types, strict=True)):
                return False
            if len(self._signatures) < _MAX_SIGNATURES:
                self._signatures.add(signature)
        if self._lists:
            try:
                # The fastest check that all elements are strings.
                "".join(chain.from_iterable(filter(None, self._lists(row))))
            except TypeError:
                return False
        return True

    def decode(self, raw: Sequence[Any]) -> tuple[Any, ...] | DamagedRow:
        """Return the decoded row, or a DamagedRow; texts in `raw` are `RawText`."""
        values: dict[str, Any] = {}
        reasons: dict[str, str] = {}
        for (name, column), value in zip(self.columns.items(), raw, strict=True):
            try:
                values[name] = decode_column(column, value)
            except UndecodableError as error:
                values[name] = None
                reasons[name] = str(error)
        if not reasons:
            return tuple(values.values())
        return DamagedRow(str(values.get(self.label) or f"numéro {values.get('number')}"), values, reasons)


class RowReader:
    """Reads the rows of one session."""

    def __init__(self, session: Session, registry: DamageRegistry) -> None:
        self._session = session
        self._registry = registry
        self.damaged: dict[str, DamagedRow] = {}
        """The damaged rows that this reader has met, by label."""

    def read(
        self,
        statement: Select[Any],
        shape: RowShape,
        parameters: Mapping[str, Any] | None = None,
        *,
        label_prefix: str = "",
    ) -> list[Sequence[Any] | DamagedRow]:
        """Return the rows of `statement`, which selects the columns of `shape`; register the damaged ones."""
        rows = self.try_read(statement, shape, parameters)
        if rows is None:
            decoded = self._read_raw(statement, shape, parameters)
            for row in decoded:
                if isinstance(row, DamagedRow):
                    self.add(shape.table, replace(row, label=f"{label_prefix}{row.label}"))
            return decoded
        if len(self._registry) and shape.label in shape.columns:
            index = list(shape.columns).index(shape.label)
            self._registry.discard(shape.table, [f"{label_prefix}{row[index]}" for row in rows], shape.columns)
        return list(rows)

    def read_whole(
        self,
        statement: Select[Any],
        shape: RowShape,
        parameters: Mapping[str, Any] | None = None,
        *,
        label_prefix: str = "",
    ) -> list[Sequence[Any]]:
        """Return the rows of `statement` without the damaged ones, which are registered."""
        rows = self.read(statement, shape, parameters, label_prefix=label_prefix)
        return [row for row in rows if not isinstance(row, DamagedRow)]

    def try_read(
        self, statement: Select[Any], shape: RowShape, parameters: Mapping[str, Any] | None = None
    ) -> Sequence[Sequence[Any]] | None:
        """Return the rows of `statement`, None when one of them is damaged."""
        try:
            # Without ORM objects, which would take longer than the rest of a page.
            rows = self._session.connection().execute(statement, parameters).all()
        except exc.OperationalError as error:
            if not is_undecodable(error):
                raise
            return None
        except (DamagedData, orjson.JSONDecodeError):
            return None
        return rows if all(map(shape.matches, rows)) else None

    def add(self, table: str, row: DamagedRow) -> None:
        """Register a damaged row."""
        self.damaged[row.label] = row
        self._registry.add(table, row.label, row.reasons)

    def _read_raw(
        self, statement: Select[Any], shape: RowShape, parameters: Mapping[str, Any] | None
    ) -> list[Sequence[Any] | DamagedRow]:
        """Return the rows of `statement`, each decoded by itself."""
        # A column without type is not converted by SQLAlchemy, and `text_factory` leaves texts undecoded.
        columns = [type_coerce(column, NullType()).label(name) for name, column in shape.columns.items()]
        untyped = statement.with_only_columns(*columns, maintain_column_froms=True)
        connection = self._session.connection()
        driver: Any = connection.connection.driver_connection
        factory, driver.text_factory = driver.text_factory, RawText
        try:
            rows = connection.execute(untyped, parameters).all()
        finally:
            driver.text_factory = factory
        return [shape.decode(row) for row in rows]


def _allowed_types(column: ColumnElement[Any]) -> set[type]:
    kind: type = str
    if isinstance(column.type, Integer):
        kind = int
    elif isinstance(column.type, UtcDateTime):
        kind = datetime
    elif isinstance(column.type, JSON):
        kind = list if column.key in LIST_FIELDS else dict
    return {kind, type(None)} if getattr(column, "nullable", False) else {kind}
