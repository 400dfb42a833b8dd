"""Writes records as an Excel workbook: typed columns under a frozen, filtered header, and a sheet that explains them.

xlsxwriter makes the package, which is a zip of parts, without rows. It could write a whole workbook only once it had
every row; so the rows are written into the part of their sheet here, as records come.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from io import BytesIO
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from app.catalogue.errors import CatalogueError
from app.catalogue.record import Record
from app.catalogue.table_columns import COLUMNS, LIST_SEPARATOR, CellType, CellValue, Column

MAX_CELL_LENGTH = 32_767
"""UTF-16 units of a cell; spreadsheets refuse a file with a longer one."""

MAX_ROWS = 1_048_575  # of a sheet, without the header
_MAX_SHEET_BYTES = 2**31 - 2**24  # a larger part needs ZIP64, which Excel does not open
_ROWS_PER_CHUNK = 100
_WIDTHS = {CellType.TEXT: 24, CellType.LIST: 24, CellType.NUMBER: 9, CellType.DATETIME: 18}  # characters
_TRUNCATION_NOTE = "… [coupé : {} caractères en tout, à lire dans la fiche]"
_NOTES = {CellType.LIST: f"Valeurs séparées par « {LIST_SEPARATOR} »"}

_CONTENT_TYPES = "[Content_Types].xml"  # the first part: programs recognise the format by it
_SHEET = "xl/worksheets/sheet1.xml"  # the name that xlsxwriter gives the first sheet
_SHEET_DATA_END = b"</sheetData>"
_DIMENSION = re.compile(rb"<dimension [^>]*/>")
_DATETIME_STYLE = 1  # index of the date format, the only format of a column
_EXCEL_EPOCH = datetime(1899, 12, 30, tzinfo=UTC)
_DAY = timedelta(days=1)
# Office Open XML writes a character that XML forbids as _xHHHH_, and escapes text of that form in the same way.
_ESCAPED_IN_CELL = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")


def write_workbook(records: Iterable[Record], names: Sequence[str] = tuple(COLUMNS)) -> Iterator[bytes]:
    """Yield the chunks of a workbook of `records` with the columns `names`; a chunk may be empty.

    Records are read as chunks are taken. CatalogueError when they are too many for a sheet.
    """
    columns = [COLUMNS[name] for name in names]
    lettered_columns = [(xl_col_to_name(index), column) for index, column in enumerate(columns)]
    package = _package_without_rows(columns, last_row=0)
    output = _OutputBuffer()
    with ZipFile(output, "w", ZIP_DEFLATED) as archive:
        archive.writestr(_CONTENT_TYPES, package[_CONTENT_TYPES])
        with archive.open(_SHEET, "w") as sheet:
            # Readers trust the dimension, which is unknown before the last record; it is optional.
            size = sheet.write(_DIMENSION.sub(b"", package[_SHEET].partition(_SHEET_DATA_END)[0]))
            count = 0
            for count, record in enumerate(records, start=1):
                size += sheet.write(_row(count + 1, record, lettered_columns))
                if count > MAX_ROWS or size > _MAX_SHEET_BYTES:
                    raise CatalogueError(f"Un classeur ne peut pas tenir {count} fiches : préférer le CSV.")
                if count % _ROWS_PER_CHUNK == 0:
                    yield output.take()
            # The filter, after the rows and in other parts, names the last row.
            package = _package_without_rows(columns, last_row=count)
            sheet.write(b"".join(package[_SHEET].partition(_SHEET_DATA_END)[1:]))
        for name, part in package.items():
            if name not in {_CONTENT_TYPES, _SHEET}:
                archive.writestr(name, part)
    yield output.take()


class _OutputBuffer:
    """A file that cannot seek, for ZipFile: it holds the bytes that were written and not taken yet."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []

    def write(self, chunk: bytes, /) -> int:
        self._chunks.append(bytes(chunk))
        return len(chunk)

    def flush(self) -> None:
        """Do nothing: there is no other buffer."""

    close = flush

    def take(self) -> bytes:
        chunk = b"".join(self._chunks)
        self._chunks.clear()
        return chunk


def _row(number: int, record: Record, lettered_columns: Iterable[tuple[str, Column]]) -> bytes:
    cells = (_cell(f"{letters}{number}", column.read(record)) for letters, column in lettered_columns)
    return f'<row r="{number}">{"".join(cells)}</row>'.encode()


def _cell(reference: str, value: CellValue) -> str:
    """Return a cell, "" for an empty value; a text that looks like a formula, a link or a number stays a text."""
    if isinstance(value, datetime):
        return f'<c r="{reference}" s="{_DATETIME_STYLE}"><v>{(value - _EXCEL_EPOCH) / _DAY}</v></c>'
    if isinstance(value, int):
        return f'<c r="{reference}"><v>{value}</v></c>'
    if not value:
        return ""
    text = _ESCAPED_IN_CELL.sub(lambda match: f"_x{ord(match[0]):04X}_", truncate_to_cell(value))
    space = "" if text == text.strip() else ' xml:space="preserve"'
    return f'<c r="{reference}" t="inlineStr"><is><t{space}>{escape(text)}</t></is></c>'


def _package_without_rows(columns: Sequence[Column], last_row: int) -> dict[str, bytes]:
    """Return the parts of a workbook by name: all but the rows from 1, below the header, to `last_row`."""
    file = BytesIO()
    with Workbook(file, {"in_memory": True}) as workbook:
        # The format of a column comes before that of a cell: xlsxwriter numbers them in the order of their use.
        header_format = workbook.add_format({"bold": True, "bottom": 1})
        datetime_format = workbook.add_format({"num_format": "yyyy-mm-dd hh:mm", "align": "left"})
        sheet = workbook.add_worksheet("Actions")
        sheet.freeze_panes(1, 0)
        for index, column in enumerate(columns):
            sheet.write_string(0, index, column.name, header_format)
            column_format = datetime_format if column.type is CellType.DATETIME else None
            sheet.set_column(index, index, _WIDTHS[column.type], column_format)
        sheet.autofilter(0, 0, last_row, len(columns) - 1)
        _write_column_descriptions(workbook.add_worksheet("Colonnes"), columns, header_format)
    with ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _write_column_descriptions(sheet: Worksheet, columns: Sequence[Column], header_format: Format) -> None:
    header = ("Colonne", "Contenu", "Type", "Remarque")
    for index, (title, width) in enumerate(zip(header, (24, 60, 22, 40), strict=True)):
        sheet.write_string(0, index, title, header_format)
        sheet.set_column(index, index, width)
    for row, column in enumerate(columns, start=1):
        texts = (column.name, column.description, column.type.value, _NOTES.get(column.type, ""))
        for index, text in enumerate(texts):
            sheet.write_string(row, index, text)
    sheet.freeze_panes(1, 0)


def truncate_to_cell(text: str) -> str:
    """Return `text` as a cell can hold it: a longer one is cut, with a note at its end."""
    if len(text) * 2 <= MAX_CELL_LENGTH or _utf16_length(text) <= MAX_CELL_LENGTH:
        return text
    note = _TRUNCATION_NOTE.format(len(text))
    start = text.encode("utf-16-le")[: 2 * (MAX_CELL_LENGTH - _utf16_length(note))]
    # The cut may separate the two units of a character.
    return start.decode("utf-16-le", "ignore") + note


def _utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
