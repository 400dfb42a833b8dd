"""Writes records as CSV for spreadsheets: one line a record, accents kept, formulas defused."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from app.catalogue.fields import FIELDS, Kind
from app.catalogue.record import Record
from app.catalogue.structure import Structure

BYTE_ORDER_MARK = "\ufeff"
"""Opens the file, so that a spreadsheet reads it as UTF-8."""

LIST_SEPARATOR = " | "
"""Stands between the values of a list field."""

# What a spreadsheet may take for the beginning of a formula, in the full width of East Asian scripts, too. Some drop
# what is blank or without width before they look.
_FORMULA = re.compile("[\t\r\n]|[\\s\u200b-\u200d\u2060\ufeff]*[-=+@＝＋－＠]")
_PLACES: dict[str, Callable[[Structure], str]] = {
    "structure": lambda structure: structure.nom,
    "departement_code": lambda structure: structure.departement.code if structure.departement else "",
    "departement": lambda structure: structure.departement.nom if structure.departement else "",
    "region_code": lambda structure: structure.departement.region.code if structure.departement else "",
    "region": lambda structure: structure.departement.region.nom if structure.departement else "",
}


def columns() -> list[str]:
    """Return the names of the columns: the identifier, the fields, the structure and its place, the dates."""
    fields = [name for field in FIELDS for name in (_PLACES if field.key == "structure" else (field.key,))]
    return ["id", *fields, "cree_le", "modifie_le"]


def write_csv(records: Iterable[Record]) -> Iterator[str]:
    """Yield the header, then a line for each of `records` (RFC 4180, commas, CRLF)."""
    yield BYTE_ORDER_MARK + _line(columns())
    for record in records:
        yield _line(_cells(record))


def _cells(record: Record) -> Iterator[str]:
    yield record.id
    for field in FIELDS:
        value = getattr(record.action, field.key)
        if field.key == "structure":
            structure = Structure.parse(value)
            yield from (_defused(read(structure)) for read in _PLACES.values())
        elif field.kind is Kind.MULTI:
            yield _defused(LIST_SEPARATOR.join(value or ()))
        else:
            yield _defused(value or "")
    yield _moment(record.cree_le)
    yield _moment(record.modifie_le)


def _moment(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _defused(text: str) -> str:
    """Return `text` so that no spreadsheet runs it: an apostrophe before what could begin a formula (OWASP)."""
    return f"'{text}" if _FORMULA.match(text) else text


def _line(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()
