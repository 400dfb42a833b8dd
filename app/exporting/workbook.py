"""Writes records as an Excel workbook: typed columns under a frozen, filtered header, a sheet that explains them."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from app.catalogue.columns import COLUMNS, LIST_SEPARATOR, Cell, CellType, Column
from app.catalogue.errors import CatalogueError
from app.catalogue.record import Record

LONGEST_CELL = 32_767
"""UTF-16 units in a cell, beyond which a spreadsheet would not open the file."""

MOST_ROWS = 1_048_575  # under the header: a sheet has no more
_STEP = 100  # rows written at a time
_PIECE = 65_536  # bytes
_WIDTHS = {CellType.TEXT: 24, CellType.LIST: 24, CellType.NUMBER: 9, CellType.MOMENT: 18}  # characters
_CUT = "… [coupé : {} caractères en tout, à lire dans la fiche]"
_NOTES = {
    CellType.TEXT: "",
    CellType.LIST: f"Valeurs séparées par « {LIST_SEPARATOR} »",
    CellType.NUMBER: "",
    CellType.MOMENT: "",
}


def write_workbook(records: Iterable[Record], names: Sequence[str] = tuple(COLUMNS)) -> Iterator[bytes]:
    """Yield a workbook of `records`, with the columns of those `names`.

    It is made in temporary files, which are gone once this ends, however it does; meanwhile empty pieces say that it
    goes on. Raises CatalogueError when a sheet cannot hold so many records.
    """
    columns = [COLUMNS[name] for name in names]
    with TemporaryDirectory(prefix="actions-export-") as directory:
        path = Path(directory) / "actions.xlsx"
        yield from _write(path, records, columns)
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                yield piece


def _write(path: Path, records: Iterable[Record], columns: Sequence[Column]) -> Iterator[bytes]:
    """Write the file at `path`, with an empty piece after some rows each."""
    # Nothing is guessed: what looks like a formula, an address or a number is the text that it is.
    workbook = Workbook(path, {"constant_memory": True, "tmpdir": str(path.parent)})
    heading = workbook.add_format({"bold": True, "bottom": 1})
    moment = workbook.add_format({"num_format": "yyyy-mm-dd hh:mm", "align": "left"})
    sheet = workbook.add_worksheet("Actions")
    # Rows wait in a file of the sheet's own, which the workbook closes when it is finished, but not when it never is.
    with closing(sheet.row_data_fh):
        sheet.freeze_panes(1, 0)
        for number, column in enumerate(columns):
            sheet.set_column(number, number, _WIDTHS[column.type])
            sheet.write_string(0, number, column.name, heading)
        row = 0
        for row, record in enumerate(records, start=1):
            if row > MOST_ROWS:
                raise CatalogueError(f"Une feuille de calcul n'a pas plus de {MOST_ROWS} lignes.")
            for number, column in enumerate(columns):
                _put(sheet, row, number, column.read(record), moment)
            if row % _STEP == 0:
                yield b""
        sheet.autofilter(0, 0, row, len(columns) - 1)
        _explain(workbook.add_worksheet("Colonnes"), columns, heading)
        workbook.close()


def _put(sheet: Worksheet, row: int, number: int, cell: Cell, moment: Format) -> None:
    if isinstance(cell, datetime):
        sheet.write_datetime(row, number, cell.replace(tzinfo=None), moment)
    elif isinstance(cell, int):
        sheet.write_number(row, number, cell)
    elif cell:
        sheet.write_string(row, number, fitting(cell))


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


def fitting(text: str) -> str:
    """Return `text` as a cell can hold it: one that is too long is cut, and says so at its end."""
    if len(text) * 2 <= LONGEST_CELL or _units(text) <= LONGEST_CELL:
        return text
    note = _CUT.format(len(text))
    kept = text.encode("utf-16-le")[: 2 * (LONGEST_CELL - _units(note))]
    # A character of two units may have been cut in its middle.
    return kept.decode("utf-16-le", "ignore") + note


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
