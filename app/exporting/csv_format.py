"""Writes records as CSV for spreadsheets: one row a record, formulas escaped."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from app.catalogue.record import Record
from app.catalogue.table_columns import COLUMNS, CellType, CellValue

BYTE_ORDER_MARK = "\ufeff"
"""The first character of the file; spreadsheets recognise UTF-8 by it."""

# The start of a formula, fullwidth forms included. Some spreadsheets skip blanks and zero-width characters before it.
_FORMULA = re.compile("[\t\r\n]|[\\s\u200b-\u200d\u2060\ufeff]*[-=+@＝＋－＠]")


def write_csv(records: Iterable[Record], names: Sequence[str] = tuple(COLUMNS), *, bom: bool = True) -> Iterator[str]:
    """Yield the header, then a row for each record (RFC 4180, commas, CRLF), with the columns `names`."""
    # `writerow` returns what `write` of its file returns: the row.
    format_row: Callable[[Iterable[str]], str] = csv.writer(_Echo()).writerow
    yield BYTE_ORDER_MARK * bom + format_row(names)
    columns = [COLUMNS[name] for name in names]
    for record in records:
        yield format_row([_cell_text(column.read(record), column.type) for column in columns])


def iso_time(value: datetime) -> str:
    """Return a UTC time in RFC 3339, with `Z`."""
    return value.isoformat().replace("+00:00", "Z")


def _cell_text(cell: CellValue, kind: CellType) -> str:
    if isinstance(cell, str) and kind in {CellType.TEXT, CellType.LIST}:
        return _escape_formula(cell)
    return iso_time(cell) if isinstance(cell, datetime) else "" if cell is None else str(cell)


def _escape_formula(text: str) -> str:
    """Return `text` after an apostrophe if a spreadsheet could run it as a formula (OWASP, CSV injection)."""
    return f"'{text}" if _FORMULA.match(text) else text


class _Echo:
    """A file whose `write` returns its argument."""

    def write(self, line: str) -> str:
        return line
