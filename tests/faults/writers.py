"""Processes that create one action after another and print the identifier of each acknowledged one.

`python -m tests.faults.writers DATA_DIR NAME` writes until SIGTERM or a kill. It prints a line only after the action is
committed and searchable, so the action of each line must survive a crash.
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

_MAX_WAIT_SECONDS = 60.0  # for a write
WORD_PREFIX = "xq"
"""The prefix of one word of each title, and of no other word."""


@contextmanager
def writer_processes(data_dir: Path, names: Sequence[str] = ("un", "deux")) -> Iterator[list[str]]:
    """Run one writing process per name; the list grows by the identifier of each acknowledged action.

    At the end each process finishes its current write.
    """
    acknowledged: list[str] = []
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
    listeners = [threading.Thread(target=_collect_ids, args=(writer, acknowledged)) for writer in writers]
    for listener in listeners:
        listener.start()
    try:
        yield acknowledged
    finally:
        for writer in writers:
            writer.terminate()
        for writer, listener in zip(writers, listeners, strict=True):
            listener.join()
            with writer:
                # On a busy machine SIGTERM may arrive before the process has installed its handler.
                assert writer.wait(timeout=_MAX_WAIT_SECONDS) in {0, -signal.SIGTERM}


def _collect_ids(writer: "subprocess.Popen[str]", acknowledged: list[str]) -> None:
    assert writer.stdout
    acknowledged.extend(line.strip() for line in writer.stdout)


def wait_for_writes(acknowledged: Sequence[str], many: int) -> None:
    """Wait until that many writes are acknowledged."""
    deadline = time.monotonic() + _MAX_WAIT_SECONDS
    while len(acknowledged) < many:
        assert time.monotonic() < deadline, "no process writes"
        time.sleep(0.01)


def unique_title(name: str, number: int) -> str:
    """Return a title that no other write has."""
    letters = "".join(chr(ord("a") + int(digit)) for digit in f"{number:05}")
    return f"Écriture {WORD_PREFIX}{name}{letters}"


def main(data_dir: Path, name: str) -> None:
    """Create actions in the catalogue in `data_dir` with the author `name`."""
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    with CatalogueService.open(default_settings(data_dir)) as service:
        for number in count(1):
            if stopping.is_set():
                return
            with service.store.write() as writer:
                record = writer.create(make_action(unique_title(name, number)), author=name)
            service.catch_up()
            sys.stdout.write(f"{record.id}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
