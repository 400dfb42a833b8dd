import csv
import io

import pytest

from app.catalogue.fields import FIELDS
from app.exporting.csv_format import columns, write_csv
from tests.factories import make_record


def rows(*records: object) -> list[dict[str, str]]:
    text = "".join(write_csv(records))  # type: ignore[arg-type]
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_every_field_has_a_column() -> None:
    assert {field.key for field in FIELDS} <= set(columns())


def test_texts_lists_and_places_come_through() -> None:
    record = make_record(resume='deux\nlignes, "citées"', mots_cles=["Santé", "Culture"], structure="C - Nord")
    (row,) = rows(record)

    assert row["id"] == record.id
    assert row["resume"] == 'deux\nlignes, "citées"'
    assert row["mots_cles"] == "Santé | Culture"
    assert (row["structure"], row["departement_code"], row["departement"]) == ("C", "59", "Nord")
    assert (row["region_code"], row["region"]) == ("32", "Hauts-de-France")


def test_a_structure_without_place_leaves_its_columns_empty() -> None:
    (row,) = rows(make_record(structure="C"))

    assert [row[name] for name in ("departement_code", "departement", "region_code", "region")] == [""] * 4


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_a_text_that_a_spreadsheet_would_run_is_defused(formula: str) -> None:
    (row,) = rows(make_record(resume=formula))

    assert row["resume"] == f"'{formula}"
