"""Writes records as CSV for spreadsheets: one line a record, accents kept, formulas defused."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from app.catalogue.record import Record
from app.catalogue.table_columns import COLUMNS, CellType, CellValue

BYTE_ORDER_MARK = "\ufeff"
"""Opens the file, so that a spreadsheet reads it as UTF-8."""

# What a spreadsheet may take for the beginning of a formula, in the full width of East Asian scripts, too. Some drop
# what is blank or without width before they look.
_FORMULA = re.compile("[\t\r\n]|[\\s\u200b-\u200d\u2060\ufeff]*[-=+@＝＋－＠]")


def write_csv(records: Iterable[Record], names: Sequence[str] = tuple(COLUMNS), *, bom: bool = True) -> Iterator[str]:
    """Yield the header, then a line for each of `records` (RFC 4180, commas, CRLF), with the columns of those names."""
    # What a row comes to is what its only write returns.
    line: Callable[[Iterable[str]], str] = csv.writer(_Echo()).writerow
    yield BYTE_ORDER_MARK * bom + line(names)
    columns = [COLUMNS[name] for name in names]
    for record in records:
        yield line([_cell_text(column.read(record), column.type) for column in columns])


def iso_time(value: datetime) -> str:
    """Return a time as RFC 3339 writes it, `Z` at its end."""
    return value.isoformat().replace("+00:00", "Z")


def _cell_text(cell: CellValue, kind: CellType) -> str:
    if isinstance(cell, str) and kind in {CellType.TEXT, CellType.LIST}:
        return _escape_formula(cell)
    return iso_time(cell) if isinstance(cell, datetime) else "" if cell is None else str(cell)


def _escape_formula(text: str) -> str:
    """Return `text` so that no spreadsheet runs it: an apostrophe before what could begin a formula (OWASP)."""
    return f"'{text}" if _FORMULA.match(text) else text


class _Echo:
    """Gives each line back that is written to it."""

    def write(self, line: str) -> str:
        return line
