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
    MOMENT = "date et heure (UTC)"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, what it says in French, and how to read its cell.

    A `wanted` one is never empty. `choices` are all the values that it can take, if they can be listed.
    """

    name: str
    description: str
    type: CellType
    example: str
    read: Callable[[Record], CellValue]
    wanted: bool = False
    choices: tuple[str, ...] = ()


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
_parsed = lru_cache(maxsize=4096)(Structure.parse)


def _of_structure(name: str, description: str, read: Callable[[Structure], str], example: str) -> Column:
    return Column(
        name, description, CellType.TEXT, example, lambda record: read(_parsed(record.action.structure)), wanted=True
    )


def _of_place(name: str, description: str, read: Callable[[Departement], str], example: Departement) -> Column:
    def cell(record: Record) -> CellValue:
        place = _parsed(record.action.structure).departement
        return read(place) if place else None

    choices = tuple(dict.fromkeys(map(read, departements())))
    return Column(name, description, CellType.TEXT, read(example), cell, choices=choices)


def _structure_columns(field: Field) -> tuple[Column, ...]:
    """Return the columns of the organiser: its name, its place by INSEE codes and official names, its identifier."""
    example = Structure.parse(str(field.example))
    place = example.departement or departements()[0]
    return (
        _of_structure(field.key, "Nom de la structure organisatrice", lambda one: one.nom, example.nom),
        _of_place("departement_code", "Code INSEE du département de la structure", lambda one: one.code, place),
        _of_place("departement", "Nom officiel du département de la structure", lambda one: one.nom, place),
        _of_place("region_code", "Code INSEE de la région de la structure", lambda one: one.region.code, place),
        _of_place("region", "Nom officiel de la région de la structure", lambda one: one.region.nom, place),
        _of_structure("structure_id", "Identifiant de la structure dans le catalogue", lambda one: one.id, example.id),
    )


def _columns_of(field: Field) -> tuple[Column, ...]:
    key = field.key
    if key == "structure":
        return _structure_columns(field)
    if field.kind is FieldKind.MULTI:

        def cell(record: Record) -> CellValue:
            return join_list(getattr(record.action, key) or ())

        return (Column(key, field.description, CellType.LIST, join_list(field.example), cell),)

    def text(record: Record) -> CellValue:
        value: str | None = getattr(record.action, key)
        return value

    wanted = field.kind is FieldKind.TITLE
    return (Column(key, field.description, CellType.TEXT, str(field.example), text, wanted),)


def columns_of(fields: Iterable[Field]) -> dict[str, Column]:
    """Return the columns by name: the identifier, `fields` (a structure takes several), the version and the dates."""
    moment, example = CellType.MOMENT, "2026-11-25T08:30:00Z"
    columns = (
        Column(
            "id",
            "Identifiant de l'action, le même d'un import à l'autre",
            CellType.TEXT,
            "jardin-partage-1e0605",
            lambda record: record.id,
            wanted=True,
        ),
        *(column for field in fields for column in _columns_of(field)),
        Column("version", "Version de la fiche", CellType.NUMBER, "1", lambda record: record.version, wanted=True),
        Column("cree_le", "Entrée au catalogue", moment, example, lambda record: record.cree_le, wanted=True),
        Column("modifie_le", "Dernière modification", moment, example, lambda record: record.modifie_le, wanted=True),
    )
    return {column.name: column for column in columns}


COLUMNS = columns_of(FIELDS)
