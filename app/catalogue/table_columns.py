"""The columns of an action as one row of a table, derived from the declared fields: CSV, workbook, table schema."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache

from app.catalogue.fields import FIELDS, Field, FieldKind
from app.catalogue.record import Record
from app.catalogue.structure import Structure
from app.catalogue.territory import Departement, departements

LIST_SEPARATOR = " | "
"""Separates the values of a list in one cell."""

_LIST_VALUE = re.compile(r"(?:\\[\\|]|[^|])+")
_ESCAPE = re.compile(r"\\([\\|])")

CellValue = str | int | datetime | None
"""The value of a cell; None and "" for an empty one. Times are aware, in UTC."""


class CellType(StrEnum):
    """The type of the cells of a column."""

    TEXT = "texte"
    LIST = "liste"  # of texts, joined
    NUMBER = "nombre"
    DATETIME = "date et heure (UTC)"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, its description in French, and the function that reads its cell from a record.

    A `required` column has no empty cell. `choices` returns all possible values where they can be listed; it is a
    function because those of départements are read from a file, and importing a module reads none.
    """

    name: str
    description: str
    type: CellType
    example: str
    read: Callable[[Record], CellValue]
    required: bool = False
    choices: Callable[[], tuple[str, ...]] = tuple


def join_list(values: Iterable[str], separator: str = LIST_SEPARATOR) -> str:
    """Return `values` as one text that `split_list` splits again; a backslash escapes bars and backslashes."""
    return separator.join(value.replace("\\", "\\\\").replace("|", "\\|") for value in values)


def split_list(text: str) -> list[str]:
    """Return the values that `join_list` joined, without white space around them."""
    values = (_ESCAPE.sub(r"\1", value).strip() for value in _LIST_VALUE.findall(text))
    return [value for value in values if value]


# Parsing folds the text, and the rows of an export share few structures.
_parse_structure = lru_cache(maxsize=4096)(Structure.parse)


def _structure_column(name: str, description: str, example: str, read: Callable[[Structure], str]) -> Column:
    def cell(record: Record) -> CellValue:
        return read(_parse_structure(record.action.structure))

    return Column(name, description, CellType.TEXT, example, cell, required=True)


def _departement_column(name: str, description: str, example: str, read: Callable[[Departement], str]) -> Column:
    def cell(record: Record) -> CellValue:
        departement = _parse_structure(record.action.structure).departement
        return read(departement) if departement else None

    def choices() -> tuple[str, ...]:
        return tuple(dict.fromkeys(map(read, departements())))

    return Column(name, description, CellType.TEXT, example, cell, choices=choices)


# The examples are those of the field's example, written out because parsing it reads the table of départements.
_STRUCTURE_COLUMNS = (
    _structure_column(
        "structure", "Nom de la structure organisatrice", "Centre social des Tilleuls", lambda it: it.nom
    ),
    _departement_column("departement_code", "Code INSEE du département de la structure", "59", lambda it: it.code),
    _departement_column("departement", "Nom officiel du département de la structure", "Nord", lambda it: it.nom),
    _departement_column("region_code", "Code INSEE de la région de la structure", "32", lambda it: it.region.code),
    _departement_column(
        "region", "Nom officiel de la région de la structure", "Hauts-de-France", lambda it: it.region.nom
    ),
    _structure_column(
        "structure_id",
        "Identifiant de la structure dans le catalogue",
        "centre-social-des-tilleuls-nord",
        lambda it: it.id,
    ),
)


def _field_columns(field: Field) -> tuple[Column, ...]:
    key = field.key
    if key == "structure":
        return _STRUCTURE_COLUMNS
    if field.kind is FieldKind.MULTI:

        def list_cell(record: Record) -> CellValue:
            return join_list(getattr(record.action, key) or ())

        return (Column(key, field.description, CellType.LIST, join_list(field.example), list_cell),)

    def cell(record: Record) -> CellValue:
        value: str | None = getattr(record.action, key)
        return value

    required = field.kind is FieldKind.TITLE
    return (Column(key, field.description, CellType.TEXT, str(field.example), cell, required),)


def columns_of(fields: Iterable[Field]) -> dict[str, Column]:
    """Return the columns by name: the identifier, `fields` (a structure takes several), the version and the dates."""
    date, example = CellType.DATETIME, "2026-11-25T08:30:00Z"
    columns = (
        Column(
            "id",
            "Identifiant de l'action, le même d'un import à l'autre",
            CellType.TEXT,
            "jardin-partage-1e0605",
            lambda record: record.id,
            required=True,
        ),
        *(column for field in fields for column in _field_columns(field)),
        Column("version", "Version de la fiche", CellType.NUMBER, "1", lambda record: record.version, required=True),
        Column("cree_le", "Entrée au catalogue", date, example, lambda record: record.cree_le, required=True),
        Column("modifie_le", "Dernière modification", date, example, lambda record: record.modifie_le, required=True),
    )
    return {column.name: column for column in columns}


COLUMNS = columns_of(FIELDS)
