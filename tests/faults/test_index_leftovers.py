"""A rebuild that was killed leaves nothing behind at the next start; one in progress is left alone."""

import fcntl
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.in_process import run_actions
from tests.processes import ACTIONS, ROOT, WITHOUT_COVERAGE, environment, running_server


@contextmanager
def blocked_rebuild(data: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Start `reindex`, which builds an index and then waits for the lock that the switch to it needs."""
    index = data / "index"
    before = set(index.glob("g-*"))
    with (index / "write.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with subprocess.Popen(
            [ACTIONS, "reindex"],
            env=environment(data, **WITHOUT_COVERAGE),
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            try:
                while not any(path.glob("*.toc") for path in set(index.glob("g-*")) - before):
                    assert process.poll() is None
                    time.sleep(0.01)
                yield process
            finally:
                process.kill()


def built(data: Path) -> set[str]:
    """Return the names of the directories and manifests of the index."""
    return {path.name for pattern in ("g-*", "current*") for path in (data / "index").glob(pattern)}


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_an_interrupted_rebuild_leaves_nothing_behind(filled: Path, number: signal.Signals) -> None:
    before = built(filled)
    with blocked_rebuild(filled) as process:
        assert len(built(filled)) == len(before) + 1
        process.send_signal(number)
        process.wait()
    (filled / "index" / f"current.g-{'0' * 32}").touch()
    (filled / "index" / f"g-{'0' * 32}").mkdir()
    with running_server(filled):
        assert built(filled) == before


def test_a_command_sweeps_as_a_server_does(filled: Path) -> None:
    before = built(filled)
    with blocked_rebuild(filled) as process:
        process.kill()
        process.wait()
    assert run_actions(filled, "stats").returncode == 0

    assert built(filled) == before


def test_a_rebuild_in_progress_is_left_alone(filled: Path) -> None:
    with blocked_rebuild(filled) as process:
        during = built(filled)
        assert run_actions(filled, "stats").returncode == 0
        assert process.poll() is None
        assert built(filled) == during


def test_the_index_of_another_version_is_left_alone(filled: Path) -> None:
    manifest = filled / "index" / "current"
    manifest.write_text(manifest.read_text().replace('"fingerprint": "', '"fingerprint": "0'))
    before = built(filled)
    with blocked_rebuild(filled):
        assert before < built(filled)
