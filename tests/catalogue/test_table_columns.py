"""The columns of a table and the fields that feed them."""

import pytest

from app.catalogue.fields import FIELDS
from app.catalogue.table_columns import COLUMNS, CellType, Column
from tests.factories import make_record

_EXAMPLE_RECORD = make_record(
    **{field.key: [*field.example] if isinstance(field.example, tuple) else field.example for field in FIELDS}
)
_TEXT_COLUMNS = [column for column in COLUMNS.values() if column.type in {CellType.TEXT, CellType.LIST}]


@pytest.mark.parametrize("column", [column for column in _TEXT_COLUMNS if column.name != "id"], ids=lambda it: it.name)
def test_the_example_of_a_column_is_the_cell_of_the_example_record(column: Column) -> None:
    assert column.example == column.read(_EXAMPLE_RECORD)


def test_the_choices_of_a_column_hold_its_example() -> None:
    columns_with_choices = [column for column in COLUMNS.values() if column.choices()]

    assert {column.name for column in columns_with_choices} == {
        "departement_code",
        "departement",
        "region_code",
        "region",
    }
    assert all(column.example in column.choices() for column in columns_with_choices)
