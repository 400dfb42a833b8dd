"""kill -9 of imports and rebuilds at random times: committed batches stay complete and searchable.

A seed of the kind and the number of the round draws the times. `ACTIONS_FAULT_ROUNDS` sets how many rounds run.
"""

import fcntl
import shutil
import subprocess
import sys
import termios
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from typing import IO

import pytest

from app.service import EXPORT_FORMATS, CatalogueService, ExportOptions
from tests.factories import make_record
from tests.faults.recovery import ROUNDS, reopened_catalogue, search_ids, unique_word
from tests.processes import ACTIONS, ROOT, WITHOUT_COVERAGE, default_settings, environment, run_actions

_MAX_SECONDS = 60.0
_WITHOUT_INDEX = 0.3  # the share of rebuilds that begin without an index
_FIRST_BYTES = 4096
_BATCH = 500  # records that an import commits at once
_RECORDS = _BATCH + 150  # so that an import is two commits

Figures = Callable[[str, object], None]


def export_of(number: int) -> bytes:
    """Return an export whose records all contain the word of that number; all exports have the same identities."""
    records = (
        make_record(place, f"Jardin {place}", resume=f"Un {unique_word(number)} de quartier.")
        for place in range(_RECORDS)
    )
    return b"".join(EXPORT_FORMATS["jsonl"].write(records, ExportOptions()))


@contextmanager
def started(data: Path, *arguments: str) -> Iterator["subprocess.Popen[bytes]"]:
    """Start `actions`; it is killed at the end if it still runs."""
    process = subprocess.Popen(
        [ACTIONS, *arguments],
        env=environment(data, **WITHOUT_COVERAGE),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def kill_after(process: "subprocess.Popen[bytes]", delay: float) -> bool:
    """Kill a process after `delay` seconds; tell whether it had finished by then."""
    try:
        done = process.wait(timeout=delay)
    except subprocess.TimeoutExpired:
        process.kill()
        return False
    assert done == 0
    return True


def imported(data: Path, number: int, delay: float) -> bool:
    """Import the export of that number, killed after `delay` seconds of work; tell whether it had finished."""
    export = export_of(number)
    with started(data, "import", "/dev/stdin") as process:
        assert process.stdin
        process.stdin.write(export[:_FIRST_BYTES])
        process.stdin.flush()
        # Once the first bytes are read, the interpreter has started and the catalogue is open: start the clock.
        while int.from_bytes(fcntl.ioctl(process.stdin, termios.FIONREAD, bytes(4)), sys.byteorder):
            time.sleep(0.005)
        feeder = threading.Thread(target=_feed, args=(process.stdin, export[_FIRST_BYTES:]))
        feeder.start()
        done = kill_after(process, delay)
        feeder.join()
        return done


def _feed(stream: IO[bytes], export: bytes) -> None:
    with suppress(BrokenPipeError):
        stream.write(export)
    with suppress(BrokenPipeError):
        stream.close()


@pytest.mark.long
def test_an_import_that_is_killed_leaves_whole_batches(tmp_path: Path, record_property: Figures) -> None:
    assert imported(tmp_path, 0, _MAX_SECONDS)
    started_at = time.monotonic()
    assert imported(tmp_path, 1, _MAX_SECONDS)
    longest = time.monotonic() - started_at
    outcomes: Counter[str] = Counter()
    for number in range(2, ROUNDS + 2):
        done = imported(tmp_path, number, Random(f"import {number}").uniform(0, longest))
        with reopened_catalogue(tmp_path) as catalogue:
            said = [record.action.resume for record in catalogue.store.records()]
            new = search_ids(catalogue, f'"{unique_word(number)}"')
        assert len(said) == _RECORDS
        assert len(set(said[:_BATCH])) == len(set(said[_BATCH:])) == 1
        assert len(new) == sum(unique_word(number) in resume for resume in said)
        assert len(new) == _RECORDS or not done
        outcomes["done" if done else f"{len(new)} records"] += 1
    assert imported(tmp_path, 0, _MAX_SECONDS)
    with reopened_catalogue(tmp_path) as catalogue:
        assert len(search_ids(catalogue, f'"{unique_word(0)}"')) == _RECORDS
    assert run_actions(tmp_path, "check").returncode == 0

    assert len(outcomes) > 1
    record_property("rounds", ROUNDS)
    record_property("by what was there afterwards", dict(outcomes))


@pytest.mark.long
def test_a_rebuild_that_is_killed_leaves_an_index_that_answers(tmp_path: Path, record_property: Figures) -> None:
    assert imported(tmp_path, 0, _MAX_SECONDS)
    index = tmp_path / "index"
    longest = _time_of_rebuild(tmp_path)
    outcomes: Counter[str] = Counter()
    for number in range(ROUNDS):
        source = Random(f"reindex {number}")
        before = set(index.glob("g-*"))
        gone = source.random() < _WITHOUT_INDEX  # an index that has to be built because there is none
        if gone:
            shutil.rmtree(index)
        with started(tmp_path, "reindex") as process:
            while process.poll() is None and not set(index.glob("g-*")) - before:
                time.sleep(0.002)
            done = kill_after(process, source.uniform(0, longest))
        with CatalogueService.open(default_settings(tmp_path)) as catalogue:
            fault = catalogue.engine.unusable_reason(catalogue.store)
            assert gone or fault is None
            outcomes["done" if done else "none yet" if fault else "the one before" if not gone else "the new one"] += 1
        with reopened_catalogue(tmp_path) as catalogue:
            assert len(search_ids(catalogue, f'"{unique_word(0)}"')) == _RECORDS
    assert run_actions(tmp_path, "reindex").returncode == run_actions(tmp_path, "check").returncode == 0

    assert len(list(index.glob("g-*"))) == 1
    assert len(outcomes) > 1
    record_property("rounds", ROUNDS)
    record_property("by which index was there afterwards", dict(outcomes))


def _time_of_rebuild(data: Path) -> float:
    """Return how many seconds a rebuild takes from its first file on."""
    before = set((data / "index").glob("g-*"))
    with started(data, "reindex") as process:
        while not set((data / "index").glob("g-*")) - before:
            time.sleep(0.002)
        started_at = time.monotonic()
        assert process.wait() == 0
    return time.monotonic() - started_at
