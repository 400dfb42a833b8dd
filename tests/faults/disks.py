"""Disks that are too small or may not be written: real ones, mounted for a test where this machine lets it."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_BLOCK = b"\0" * 4096


@contextmanager
def mount_small_disk(place: Path, megabytes: int) -> Iterator[Path]:
    """Mount a disk of that size at `place` for as long as the block lasts; skip the test where that is not allowed."""
    place.mkdir()
    _mount("-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", place)
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


@contextmanager
def mount_read_only(place: Path) -> Iterator[None]:
    """Make `place` read-only, even for root; skip the test where that is not allowed."""
    _mount("--bind", place, place)
    try:
        _mount("-o", "remount,bind,ro", place)
        yield
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


def fill_disk(place: Path) -> Path:
    """Write a file that takes all that is left of the disk at `place`; who deletes it frees the disk."""
    filler = place / "filler"
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
