"""Writes records as an Excel workbook: typed columns under a frozen, filtered header, a sheet that explains them."""

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
"""UTF-16 units in a cell, beyond which a spreadsheet would not open the file."""

MAX_ROWS = 1_048_575  # under the header: a sheet has no more
_MAX_NUMBER = 2**31 - 2**24  # bytes of a sheet: a larger one has to be packed in a way that Excel does not open
_STEP = 100  # rows written at a time
_WIDTHS = {CellType.TEXT: 24, CellType.LIST: 24, CellType.NUMBER: 9, CellType.DATETIME: 18}  # characters
_CUT = "… [coupé : {} caractères en tout, à lire dans la fiche]"
_NOTES = {
    CellType.TEXT: "",
    CellType.LIST: f"Valeurs séparées par « {LIST_SEPARATOR} »",
    CellType.NUMBER: "",
    CellType.DATETIME: "",
}

_SHEET = "xl/worksheets/sheet1.xml"  # what the library calls the first one
_ROWS_END = b"</sheetData>"
_EXTENT = re.compile(rb"<dimension [^>]*/>")
_MOMENT = 1  # the format of moments in the shell, where columns come before cells
_NOUGHT = datetime(1899, 12, 30, tzinfo=UTC)  # from where a spreadsheet counts days
_DAY = timedelta(days=1)
# What XML cannot hold is written so in a cell, and so has to be what looks like it.
_UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")


def write_workbook(records: Iterable[Record], names: Sequence[str] = tuple(COLUMNS)) -> Iterator[bytes]:
    """Yield a workbook of `records`, with the columns of those `names`, as they are taken; some pieces are empty.

    The library makes a workbook without rows, into which they are written: it would itself give nothing before it had
    them all. Raises CatalogueError when a sheet cannot hold so many records.
    """
    columns = [COLUMNS[name] for name in names]
    lettered = [(xl_col_to_name(number), column) for number, column in enumerate(columns)]
    shell = _shell(columns, 0)
    place = [*shell].index(_SHEET)
    packed = _Packed()
    with ZipFile(packed, "w", ZIP_DEFLATED) as book:
        for name in [*shell][:place]:
            book.writestr(name, shell[name])
        with book.open(_SHEET, "w") as sheet:
            # Readers would believe what it says of the extent, which nobody knows yet.
            size = sheet.write(_EXTENT.sub(b"", shell[_SHEET].partition(_ROWS_END)[0]))
            row = 0
            for row, record in enumerate(records, start=1):
                size += sheet.write(_row(row + 1, record, lettered))
                if row > MAX_ROWS or size > _MAX_NUMBER:
                    raise CatalogueError(f"Un classeur ne peut pas tenir {row} fiches : préférer le CSV.")
                if row % _STEP == 0:
                    yield packed.taken()
            shell = _shell(columns, row)
            sheet.write(b"".join(shell[_SHEET].partition(_ROWS_END)[1:]))
        for name in [*shell][place + 1 :]:
            book.writestr(name, shell[name])
    yield packed.taken()


class _Packed:
    """What was packed and not yet taken; it cannot be gone back in."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, piece: bytes, /) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """Do nothing: all is there."""

    close = flush

    def taken(self) -> bytes:
        piece = b"".join(self._pieces)
        self._pieces.clear()
        return piece


def _row(row: int, record: Record, columns: Iterable[tuple[str, Column]]) -> bytes:
    cells = (_cell(f"{letters}{row}", column.read(record)) for letters, column in columns)
    return f'<row r="{row}">{"".join(cells)}</row>'.encode()


def _cell(place: str, value: CellValue) -> str:
    """Return a cell; nothing is guessed: what looks like a formula, an address or a number is the text that it is."""
    if isinstance(value, datetime):
        return f'<c r="{place}" s="{_MOMENT}"><v>{(value - _NOUGHT) / _DAY}</v></c>'
    if isinstance(value, int):
        return f'<c r="{place}"><v>{value}</v></c>'
    if not value:
        return ""
    text = _UNWRITABLE.sub(lambda found: f"_x{ord(found[0]):04X}_", truncate_to_cell(value))
    kept = "" if text == text.strip() else ' xml:space="preserve"'
    return f'<c r="{place}" t="inlineStr"><is><t{kept}>{escape(text)}</t></is></c>'


def _shell(columns: Sequence[Column], last: int) -> dict[str, bytes]:
    """Return the files of a workbook of which only the rows lack that end with `last`, by name."""
    written = BytesIO()
    with Workbook(written, {"in_memory": True}) as workbook:
        heading = workbook.add_format({"bold": True, "bottom": 1})
        moment = workbook.add_format({"num_format": "yyyy-mm-dd hh:mm", "align": "left"})
        sheet = workbook.add_worksheet("Actions")
        sheet.freeze_panes(1, 0)
        for number, column in enumerate(columns):
            sheet.write_string(0, number, column.name, heading)
            form = moment if column.type is CellType.DATETIME else None
            sheet.set_column(number, number, _WIDTHS[column.type], form)
        sheet.autofilter(0, 0, last, len(columns) - 1)
        _explain(workbook.add_worksheet("Colonnes"), columns, heading)
    with ZipFile(written) as files:
        return {name: files.read(name) for name in files.namelist()}


def _explain(sheet: Worksheet, columns: Sequence[Column], heading: Format) -> None:
    rows = [
        ("Colonne", "Contenu", "Type", "Remarque"),
        *((each.name, each.description, each.type.value, _NOTES[each.type]) for each in columns),
    ]
    for row, texts in enumerate(rows):
        for number, text in enumerate(texts):
            sheet.write_string(row, number, text, *([] if row else [heading]))
    for number, width in enumerate((24, 60, 22, 40)):
        sheet.set_column(number, number, width)
    sheet.freeze_panes(1, 0)


def truncate_to_cell(text: str) -> str:
    """Return `text` as a cell can hold it: one that is too long is cut, and says so at its end."""
    if len(text) * 2 <= MAX_CELL_LENGTH or _units(text) <= MAX_CELL_LENGTH:
        return text
    note = _CUT.format(len(text))
    kept = text.encode("utf-16-le")[: 2 * (MAX_CELL_LENGTH - _units(note))]
    # A character of two units may have been cut in its middle.
    return kept.decode("utf-16-le", "ignore") + note


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
