"""Workbooks, as another library reads them back."""

import io
import tempfile
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.utils.escape import unescape

from app.catalogue.action import field_values
from app.catalogue.errors import CatalogueError
from app.catalogue.record import Record
from app.catalogue.table_columns import COLUMNS
from app.exporting import workbook
from app.exporting.workbook import MAX_CELL_LENGTH, truncate_to_cell, write_workbook
from tests.factories import make_record


def opened(*records: object, names: tuple[str, ...] = tuple(COLUMNS)) -> Workbook:
    return load_workbook(io.BytesIO(b"".join(write_workbook(records, names))))  # type: ignore[arg-type]


def rows(*records: object) -> list[dict[str, object]]:
    header, *lines = opened(*records)["Actions"].iter_rows(values_only=True)
    return [dict(zip(map(str, header), line, strict=True)) for line in lines]


def test_dates_are_dates_numbers_numbers_and_codes_texts() -> None:
    record = make_record(1, version=3, structure="C - Ain", mots_cles=["Santé", "Culture"])
    (row,) = rows(record)

    assert list(row) == list(COLUMNS)
    assert row["cree_le"] == datetime(2026, 1, 1, 0, 0)  # noqa: DTZ001 - a sheet knows no zones
    assert (row["version"], row["departement_code"], row["departement"]) == (3, "01", "Ain")
    assert (row["region_code"], row["region"]) == ("84", "Auvergne-Rhône-Alpes")
    assert row["mots_cles"] == "Santé | Culture"
    assert row["dimension"] is None
    sheet = opened(record, names=("titre", "modifie_le"))["Actions"]
    assert (sheet["B2"].is_date, sheet["B2"].number_format) == (True, "yyyy-mm-dd hh:mm")


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "{=A1}",
        "https://example.org",
        "mailto:x@y.z",
        "internal:A1",
        "00123",
        "3,5",
        "-",
        "@SUM(A1)",
        "  blancs",
        "un\n\n\tretrait",
        '<b> & ]]> "',
    ],
)
def test_a_text_is_the_text_that_it_is(text: str) -> None:
    sheet = opened(make_record(resume=text), names=("resume",))["Actions"]

    assert (sheet["A2"].value, sheet["A2"].data_type, sheet["A2"].hyperlink) == (text, "s", None)


_TEXTS = st.text(st.characters(exclude_characters="\x00\r", exclude_categories=["Cs"]), max_size=12)
_LOOKALIKES = st.sampled_from(["_x0041_", "_x005F_x0041_", "__x000a_", "_x00zz_", "\x1b_", "\ufffe", "]]>", "&amp;"])


@settings(max_examples=20)
@given(st.lists(st.lists(_TEXTS | _LOOKALIKES, max_size=3).map("".join), min_size=1, max_size=20))
def test_whatever_a_text_says_is_in_its_cell(texts: list[str]) -> None:
    records = [make_record(number, resume=text) for number, text in enumerate(texts, start=1)]
    cells = opened(*records, names=("id", "resume"))["Actions"]["B"][1:]
    said = [field_values(record.action)["resume"] for record in records]

    assert [unescape(cell.value or "") for cell in cells] == said


def test_control_characters_do_not_spoil_the_file() -> None:
    (row,) = rows(
        make_record(resume="a\x01b\x0bc\ufffe\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"))
    )

    assert str(row["resume"]).startswith("a_x0001_b")


def test_the_header_stays_in_sight_and_filters_every_row() -> None:
    sheet = opened(make_record(1), make_record(2, "École"), names=("titre", "region"))["Actions"]

    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:B3"
    assert opened(names=("titre",))["Actions"].auto_filter.ref == "A1"


def test_a_second_sheet_says_what_is_in_each_column() -> None:
    book = opened(names=("mots_cles", "titre"))
    lines = list(book["Colonnes"].iter_rows(min_row=2, values_only=True))

    assert book.sheetnames == ["Actions", "Colonnes"]
    assert [line[:3] for line in lines] == [
        (name, COLUMNS[name].description, COLUMNS[name].type.value) for name in ("mots_cles", "titre")
    ]
    assert "|" in str(lines[0][3])


@pytest.mark.parametrize("letter", ["é", "😀", "a"])
def test_a_text_that_a_cell_cannot_hold_is_cut_and_says_so(letter: str) -> None:
    units = len(letter.encode("utf-16-le")) // 2
    whole = letter * (MAX_CELL_LENGTH // units)
    longer = "x" + whole + letter

    assert truncate_to_cell(whole) == whole
    assert longer.startswith(truncate_to_cell(longer).partition("…")[0])
    assert f"{len(longer)} caractères" in truncate_to_cell(longer)
    assert MAX_CELL_LENGTH - 2 < len(truncate_to_cell(longer).encode("utf-16-le")) // 2 <= MAX_CELL_LENGTH
    (row,) = rows(make_record(resume=longer))
    assert row["resume"] == truncate_to_cell(longer)


def test_a_workbook_leaves_while_its_records_are_read_and_needs_no_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    read: list[int] = []

    def records() -> Iterator[Record]:
        for number in range(1, 1001):
            read.append(number)
            yield make_record(number, f"Jardin {number}")

    pieces = write_workbook(records(), ("titre", "region"))
    first = next(filter(None, pieces))

    assert first.startswith(b"PK")
    assert len(read) <= 100
    content = first + b"".join(pieces)
    book = load_workbook(io.BytesIO(content))
    assert [row[0] for row in book["Actions"].iter_rows(min_row=2, values_only=True)] == [f"Jardin {n}" for n in read]
    assert book["Actions"].auto_filter.ref == "A1:B1001"
    assert b"Actions!$A$1:$B$1001" in zipfile.ZipFile(io.BytesIO(content)).read("xl/workbook.xml")


def test_readers_that_take_row_by_row_find_every_row() -> None:
    content = b"".join(write_workbook(make_record(number) for number in range(1, 6)))
    sheet = load_workbook(io.BytesIO(content), read_only=True)["Actions"]

    assert len(list(sheet.iter_rows())) == 6


@pytest.mark.parametrize("limit", ["MAX_ROWS", "_MAX_SHEET_BYTES"])
def test_more_than_a_sheet_can_hold_is_an_error(monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    monkeypatch.setattr(workbook, limit, 3)

    with pytest.raises(CatalogueError, match="préférer le CSV"):
        b"".join(write_workbook(make_record(number) for number in range(1, 6)))


def test_a_workbook_that_is_left_in_the_middle_ends_quietly() -> None:
    pieces = write_workbook(make_record(number) for number in range(1, 401))
    next(pieces)
    pieces.close()  # type: ignore[attr-defined] # a generator

    assert list(pieces) == []
