"""Permissions of the files that the service creates: only their owner may access them, under any umask."""

import os
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PRIVATE_UMASK = stat.S_IRWXG | stat.S_IRWXO
_OTHERS = _PRIVATE_UMASK

_user_umask: int | None = None  # of the process before `make_new_files_private`


def make_new_files_private() -> None:
    """Set the umask of the process, so that new files are 0600 and new directories 0700.

    One umask covers the files that SQLite and Whoosh create. Processes started later inherit it.
    """
    global _user_umask  # noqa: PLW0603 - the umask is global to the process too
    previous = os.umask(_PRIVATE_UMASK)
    if _user_umask is None:
        _user_umask = previous


@contextmanager
def user_umask() -> Iterator[None]:
    """Create files with the umask that the user chose: for output that is public anyway. Not thread-safe."""
    private = os.umask(_PRIVATE_UMASK if _user_umask is None else _user_umask)
    try:
        yield
    finally:
        os.umask(private)


def make_output_private() -> None:
    """Set the mode of standard output to 0600 when it is an empty regular file: a secret is about to be written."""
    with suppress(OSError, AttributeError, ValueError):  # closed, or without a descriptor
        descriptor = sys.stdout.fileno()
        status = os.fstat(descriptor)
        if stat.S_ISREG(status.st_mode) and not status.st_size:
            os.fchmod(descriptor, stat.S_IRUSR | stat.S_IWUSR)


def accessible_to_others(paths: Iterable[Path]) -> list[Path]:
    """Return the files and directories of `paths` that hold something with permissions for other accounts."""
    return [path for path in paths if any(map(_is_accessible, (path, *_children(path))))]


def _children(path: Path) -> Iterator[Path]:
    for directory, _, names in os.walk(path):
        yield Path(directory)
        yield from (Path(directory, name) for name in names)


def _is_accessible(path: Path) -> bool:
    try:
        status = path.lstat()
    except OSError:  # absent, or deleted meanwhile
        return False
    return not stat.S_ISLNK(status.st_mode) and bool(status.st_mode & _OTHERS)
