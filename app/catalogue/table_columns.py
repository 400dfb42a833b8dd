"""An action as one row of a table: the columns, derived from the declared fields, of CSV, workbook and table schema."""

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
"""Stands between the values of a list in one cell."""

_VALUES = re.compile(r"(?:\\[\\|]|[^|])+")
_ESCAPED = re.compile(r"\\([\\|])")

CellValue = str | int | datetime | None
"""What a cell holds; None and "" when it is empty. Times are UTC and carry their zone."""


class CellType(StrEnum):
    """What the cells of a column hold."""

    TEXT = "texte"
    LIST = "liste"  # of texts, joined
    NUMBER = "nombre"
    DATETIME = "date et heure (UTC)"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, what it says in French, and how to read its cell.

    A `wanted` one is never empty. `choices` returns all the values that it can take, if they can be listed. It and
    `example` are functions because those of a place are read from a file, which no import does.
    """

    name: str
    description: str
    type: CellType
    example: Callable[[], str]
    read: Callable[[Record], CellValue]
    required: bool = False
    choices: Callable[[], tuple[str, ...]] = tuple


def join_list(values: Iterable[str], separator: str = LIST_SEPARATOR) -> str:
    """Return the values of a list as one text, from which `parted` tells them apart again.

    A bar in a value has a backslash before it, and so has a backslash.
    """
    return separator.join(value.replace("\\", "\\\\").replace("|", "\\|") for value in values)


def split_list(text: str) -> list[str]:
    """Return the values that `joined` has made one text of, without the blanks around them."""
    values = (_ESCAPED.sub(r"\1", value).strip() for value in _VALUES.findall(text))
    return [value for value in values if value]


# Rows name the same few organisers again and again, and telling a place from a name takes folding both.
_parse_structure = lru_cache(maxsize=4096)(Structure.parse)


def _structure_column(name: str, description: str, read: Callable[[Structure], str], field: Field) -> Column:
    return Column(
        name,
        description,
        CellType.TEXT,
        lambda: read(_parse_structure(str(field.example))),
        lambda record: read(_parse_structure(record.action.structure)),
        required=True,
    )


def _departement_column(name: str, description: str, read: Callable[[Departement], str], field: Field) -> Column:
    def example() -> str:
        return read(_parse_structure(str(field.example)).departement or departements()[0])

    def cell(record: Record) -> CellValue:
        place = _parse_structure(record.action.structure).departement
        return read(place) if place else None

    def choices() -> tuple[str, ...]:
        return tuple(dict.fromkeys(map(read, departements())))

    return Column(name, description, CellType.TEXT, example, cell, choices=choices)


def _structure_columns(field: Field) -> tuple[Column, ...]:
    """Return the columns of the organiser: its name, its place by INSEE codes and official names, its identifier."""
    return (
        _structure_column(field.key, "Nom de la structure organisatrice", lambda structure: structure.nom, field),
        _departement_column(
            "departement_code", "Code INSEE du département de la structure", lambda place: place.code, field
        ),
        _departement_column(
            "departement", "Nom officiel du département de la structure", lambda place: place.nom, field
        ),
        _departement_column(
            "region_code", "Code INSEE de la région de la structure", lambda place: place.region.code, field
        ),
        _departement_column(
            "region", "Nom officiel de la région de la structure", lambda place: place.region.nom, field
        ),
        _structure_column(
            "structure_id", "Identifiant de la structure dans le catalogue", lambda structure: structure.id, field
        ),
    )


def _columns_of(field: Field) -> tuple[Column, ...]:
    key = field.key
    if key == "structure":
        return _structure_columns(field)
    if field.kind is FieldKind.MULTI:

        def cell(record: Record) -> CellValue:
            return join_list(getattr(record.action, key) or ())

        return (Column(key, field.description, CellType.LIST, lambda: join_list(field.example), cell),)

    def text(record: Record) -> CellValue:
        value: str | None = getattr(record.action, key)
        return value

    wanted = field.kind is FieldKind.TITLE
    return (Column(key, field.description, CellType.TEXT, lambda: str(field.example), text, wanted),)


def _example_moment() -> str:
    return "2026-11-25T08:30:00Z"


def columns_of(fields: Iterable[Field]) -> dict[str, Column]:
    """Return the columns by name: the identifier, `fields` (a structure takes several), the version and the dates."""
    moment = CellType.DATETIME
    columns = (
        Column(
            "id",
            "Identifiant de l'action, le même d'un import à l'autre",
            CellType.TEXT,
            lambda: "jardin-partage-1e0605",
            lambda record: record.id,
            required=True,
        ),
        *(column for field in fields for column in _columns_of(field)),
        Column(
            "version", "Version de la fiche", CellType.NUMBER, lambda: "1", lambda record: record.version, required=True
        ),
        Column("cree_le", "Entrée au catalogue", moment, _example_moment, lambda record: record.cree_le, required=True),
        Column(
            "modifie_le",
            "Dernière modification",
            moment,
            _example_moment,
            lambda record: record.modifie_le,
            required=True,
        ),
    )
    return {column.name: column for column in columns}


COLUMNS = columns_of(FIELDS)
