"""What is said of counts."""

import pytest

from app.catalogue.statistics import percentage

NARROW = "\N{NARROW NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("number", "total", "written"),
    [
        (0, 0, "0"),
        (0, 7, "0"),
        (7, 7, "100"),
        (1, 8, "12,5"),
        (2, 3, "66,7"),
        (1, 2000, "0,1"),
        (371, 3005, "12,3"),  # 12.346 %, which four digits round to 12.35
    ],
)
def test_a_percentage_is_rounded_once_to_the_tenth(number: int, total: int, written: str) -> None:
    assert percentage(number, total) == f"{written}{NARROW}%"


def test_few_are_not_none_and_most_are_not_all() -> None:
    assert percentage(1, 3000) == f"<\N{NO-BREAK SPACE}0,1{NARROW}%"
    assert percentage(2999, 3000) == f">\N{NO-BREAK SPACE}99,9{NARROW}%"
