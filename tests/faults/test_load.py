"""One minute at twice the rate that the service sustains; `make bench ARGS="--endurance 10"` makes it ten."""

from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.endurance import endure, slope, told
from tests.apart import call_apart
from tests.processes import WITHOUT_COVERAGE

_SECONDS = 60.0
_STEEPEST = 20.0  # MiB a minute: in the first one, what is meant to be kept still grows


@pytest.mark.long
def test_a_minute_of_overload_costs_answers_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    for name, value in WITHOUT_COVERAGE.items():
        monkeypatch.setenv(name, value)
    found = call_apart(lambda: endure(tmp_path, records=300, seconds=_SECONDS, measuring=5.0))

    assert not found.lost
    assert set(found.statuses) <= {"200", "429", "503"}
    assert found.statuses["200"] > 0.3 * found.sustained * _SECONDS
    assert found.slope < _STEEPEST
    record_property("", told(found).replace("\n", "; "))


def test_a_slope_is_that_of_the_line_nearest_to_the_points() -> None:
    assert slope([(0, 1), (1, 3), (2, 5)]) == pytest.approx(2)
    assert slope([(0, 1), (1, 2), (2, 1), (3, 2)]) == pytest.approx(0.2)
