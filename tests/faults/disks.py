"""Small and read-only file systems, mounted for a test where the machine allows it."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_BLOCK = b"\0" * 4096


@contextmanager
def mount_small_disk(path: Path, megabytes: int) -> Iterator[Path]:
    """Mount a tmpfs of that size at `path` within the block; skip the test where mounting is not allowed."""
    path.mkdir()
    _mount("-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", path)
    try:
        yield path
    finally:
        subprocess.run(["umount", "--lazy", path], check=True)


@contextmanager
def mount_read_only(path: Path) -> Iterator[None]:
    """Make `path` read-only, even for root, within the block; skip the test where mounting is not allowed."""
    _mount("--bind", path, path)
    try:
        _mount("-o", "remount,bind,ro", path)
        yield
    finally:
        subprocess.run(["umount", "--lazy", path], check=True)


def fill_disk(path: Path) -> Path:
    """Fill the disk at `path` with one file, and return the path of that file."""
    filler = path / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(_BLOCK)
        except OSError:
            return filler


def _mount(*arguments: str | Path) -> None:
    done = subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no disk can be mounted here: {done.stderr.strip()}")
