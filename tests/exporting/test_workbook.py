"""Workbooks, as another library reads them back."""

import io
import tempfile
from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from app.catalogue.columns import COLUMNS
from app.exporting.workbook import LONGEST_CELL, fitting, write_workbook
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
    ],
)
def test_a_text_is_the_text_that_it_is(text: str) -> None:
    sheet = opened(make_record(resume=text), names=("resume",))["Actions"]

    assert (sheet["A2"].value, sheet["A2"].data_type, sheet["A2"].hyperlink) == (text, "s", None)


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
    whole = letter * (LONGEST_CELL // units)
    longer = "x" + whole + letter

    assert fitting(whole) == whole
    assert longer.startswith(fitting(longer).partition("…")[0])
    assert f"{len(longer)} caractères" in fitting(longer)
    assert LONGEST_CELL - 2 < len(fitting(longer).encode("utf-16-le")) // 2 <= LONGEST_CELL
    (row,) = rows(make_record(resume=longer))
    assert row["resume"] == fitting(longer)


@pytest.mark.parametrize("taken", [0, 1, 3, None])
def test_nothing_is_left_on_the_disk_however_far_it_was_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken: int | None
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    pieces = write_workbook(make_record(number, f"Jardin {number}") for number in range(1, 401))
    for _ in range(4 if taken is None else taken):
        assert next(pieces) == b""
        assert list(tmp_path.iterdir())
    if taken is None:
        assert b"".join(pieces).startswith(b"PK")
    pieces.close()  # type: ignore[attr-defined] # a generator

    assert list(tmp_path.iterdir()) == []
