"""Exports run in constant memory and keep no transaction open."""

import subprocess
import sys
from pathlib import Path

import pytest

from app.catalogue.query import ActionQuery, SortKey
from app.service import EXPORT_FORMATS, CatalogueService, ExportOptions
from tests.factories import make_action
from tests.processes import ROOT, default_settings

_COUNT = 250
_TITLE = ActionQuery(sort=(SortKey("titre"),), limit=None)
_MAX_GROWTH = 6 * 1024  # KiB; the whole output in memory would take five times as much
PROGRAM = """
import resource, sys
from app.service import EXPORT_FORMATS, ExportOptions
from tests.factories import make_record

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

def written(count):
    records = (make_record(number, f"Jardin {number}", resume="Un compost. " * 700) for number in range(1, count + 1))
    return sum(map(len, EXPORT_FORMATS[sys.argv[1]].write(records, ExportOptions())))

written(250)
before = peak()
print(written(4000), peak() - before)
"""


@pytest.mark.parametrize("name", EXPORT_FORMATS)
def test_an_export_takes_the_memory_of_a_few_records(name: str) -> None:
    command = [sys.executable, "-c", PROGRAM, name]
    output = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, timeout=120).stdout.split()
    size, growth = map(int, output)

    assert size > (1_000_000 if name != "xlsx" else 100_000)
    assert growth < _MAX_GROWTH


@pytest.mark.parametrize("query", [None, ActionQuery(limit=None), _TITLE])
def test_a_slow_export_keeps_no_transaction_open(tmp_path: Path, query: ActionQuery | None) -> None:
    with CatalogueService.open(default_settings(tmp_path)) as catalogue:
        with catalogue.store.write() as writer:
            for number in range(_COUNT):
                writer.create(make_action(f"Jardin {number:03}"), author="essai")
        catalogue.catch_up()
        records = catalogue.iter_records(query)
        first = next(records)
        pool = catalogue.store._engine.pool
        assert pool.checkedout() == 0  # type: ignore[attr-defined]
        # Others write meanwhile; what is read later is as it is then.
        with catalogue.store.write() as writer:
            writer.create(make_action("Jardin de la fin"), author="essai")
        rest = [record.action.titre for record in records]

    assert first.action.titre == "Jardin 000"
    assert rest[: _COUNT - 1] == [f"Jardin {number:03}" for number in range(1, _COUNT)]


def test_an_export_joins_many_rows_in_a_chunk(tmp_path: Path) -> None:
    with CatalogueService.open(default_settings(tmp_path)) as catalogue:
        with catalogue.store.write() as writer:
            for number in range(200):
                writer.create(make_action(f"Jardin {number}", resume="mot " * 100), author="essai")
        pieces = list(EXPORT_FORMATS["csv"].write(catalogue.iter_records(None), ExportOptions()))

    assert 1 < len(pieces) < 10
    assert b"".join(pieces).count(b"\r\n") == 201
