"""The index on disk: one directory a generation, a manifest that names the live one, and the locks of its writers."""

import fcntl
import json
import os
import re
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

_MANIFEST = "current"
_GENERATION = re.compile(r"g-[0-9a-f]{32}")

ManifestStamp = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class IndexDirectory:
    """The directory of one index. Nothing is opened that its manifest does not name: reading an index unpickles it.

    `fingerprint` says how the index is written; a live one that was written otherwise is as good as missing.
    """

    path: Path
    fingerprint: str

    def stamp(self) -> ManifestStamp | None:
        """Return what changes whenever another directory goes live; None while none is."""
        try:
            status = (self.path / _MANIFEST).stat()
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns, status.st_size

    def live(self) -> Path | None:
        """Return the directory that the manifest names, None when there is none that can be used."""
        try:
            manifest = json.loads((self.path / _MANIFEST).read_bytes())
            name, fingerprint = manifest["directory"], manifest["fingerprint"]
        except (OSError, ValueError, TypeError, KeyError):
            return None
        known = isinstance(name, str) and _GENERATION.fullmatch(name) and fingerprint == self.fingerprint
        return self.path / name if known else None

    def create(self) -> Path:
        """Return a new empty directory, of which nobody knows yet."""
        created = self.path / f"g-{uuid.uuid4().hex}"
        created.mkdir(parents=True)
        return created

    def switch(self, to: Path) -> None:
        """Make `to` the live directory in one step."""
        manifest = self.path / f"{_MANIFEST}.{to.name}"
        manifest.write_text(json.dumps({"directory": to.name, "fingerprint": self.fingerprint}), encoding="utf-8")
        manifest.replace(self.path / _MANIFEST)

    def sweep(self) -> None:
        """Remove the directories that are not live; readers keep what they have open."""
        live = self.live()
        for other in self.path.glob("g-*"):
            if other != live:
                shutil.rmtree(other, ignore_errors=True)

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Hold the lock `name` against every other thread and process; it falls with the process that holds it."""
        handle = self._locked(self.path / f"{name}.lock")
        try:
            yield
        finally:
            os.close(handle)

    def _locked(self, path: Path) -> int:
        while True:
            self.path.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o644)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX)
                # Whoever deleted the directory while this one waited took the file away: others lock a new one.
                if os.path.samestat(os.fstat(handle), path.stat()):
                    return handle
            except FileNotFoundError:
                pass
            except BaseException:
                os.close(handle)
                raise
            os.close(handle)


@dataclass(frozen=True, slots=True)
class LastChange:
    """The last change that an index holds, and the mark that tells its catalogue from others."""

    change: int
    token: str


def write_last_change(directory: Path, generation: int, applied: LastChange) -> None:
    """Write down the last change that `generation` of a Whoosh index will hold.

    This comes before the commit: the note counts only once its generation exists, so both are one step. A note that a
    crash left behind is written over by the next writer of that generation.
    """
    (directory / _note(generation)).write_text(json.dumps({"change": applied.change, "mark": applied.token}), "utf-8")


def read_last_change(directory: Path, generation: int) -> LastChange:
    """Return the last change that `generation` holds; FileNotFoundError when it is too old to be asked."""
    note = json.loads((directory / _note(generation)).read_bytes())
    return LastChange(int(note["change"]), str(note["mark"]))


def delete_old_notes(directory: Path, generation: int) -> None:
    """Remove the notes of the generations before the last but one, which a reader may be opening."""
    for note in directory.glob("applied-*.json"):
        number = note.stem.removeprefix("applied-")
        if number.isdecimal() and int(number) < generation - 1:
            with suppress(FileNotFoundError):
                note.unlink()


def _note(generation: int) -> str:
    return f"applied-{generation}.json"
