"""Processes that write one action after another and say on standard output which ones they were answered for.

`python -m tests.faults.writers DATA_DIR NAME` writes until it is told to stop or killed. A line is printed only after
the action is committed and searchable, so each line is a promise.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from app.service import CatalogueService
from tests.factories import make_action
from tests.processes import ROOT, WITHOUT_COVERAGE, default_settings

_MAX_WAIT_SECONDS = 60.0  # seconds that anybody waits for a write
WORD_PREFIX = "xq"
"""What a word of each of their titles begins with, and no other word does."""


@contextmanager
def writer_processes(data_dir: Path, names: Sequence[str] = ("un", "deux")) -> Iterator[list[str]]:
    """Let a process of each name write; the list grows by the identifier of each write that one was answered for.

    At the end each finishes the write that it is at.
    """
    answered: list[str] = []
    writers = [
        subprocess.Popen(
            [sys.executable, "-m", __name__, data_dir, name],
            env={**os.environ, **WITHOUT_COVERAGE},
            cwd=ROOT,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        for name in names
    ]
    listeners = [threading.Thread(target=_collect_ids, args=(writer, answered)) for writer in writers]
    for listener in listeners:
        listener.start()
    try:
        yield answered
    finally:
        for writer in writers:
            writer.terminate()
        for writer, listener in zip(writers, listeners, strict=True):
            listener.join()
            with writer:
                # On a busy machine one may be told to stop before it has begun, and so before it knows how to.
                assert writer.wait(timeout=_MAX_WAIT_SECONDS) in {0, -signal.SIGTERM}


def _collect_ids(writer: "subprocess.Popen[str]", answered: list[str]) -> None:
    assert writer.stdout
    answered.extend(line.strip() for line in writer.stdout)


def wait_for_writes(answered: Sequence[str], many: int) -> None:
    """Wait until so many writes were answered."""
    deadline = time.monotonic() + _MAX_WAIT_SECONDS
    while len(answered) < many:
        assert time.monotonic() < deadline, "nobody writes"
        time.sleep(0.01)


def unique_title(name: str, number: int) -> str:
    """Return a title that no other write has."""
    letters = "".join(chr(ord("a") + int(digit)) for digit in f"{number:05}")
    return f"Écriture {WORD_PREFIX}{name}{letters}"


def main(data_dir: Path, name: str) -> None:
    """Write into the catalogue in `data_dir`, as `name`."""
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    with CatalogueService.open(default_settings(data_dir)) as catalogue:
        for number in count(1):
            if stopping.is_set():
                return
            with catalogue.store.write() as writer:
                record = writer.create(make_action(unique_title(name, number)), author=name)
            catalogue.catch_up()
            sys.stdout.write(f"{record.id}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
