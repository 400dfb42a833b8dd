"""Index directory: one subdirectory per build, a manifest that names the live one, and file locks of writers."""

import fcntl
import json
import os
import re
import shutil
import uuid
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

_MANIFEST = "current"
_GENERATION = re.compile(r"g-[0-9a-f]{32}")

ManifestStamp = tuple[int, int, int]


class CorruptIndexFile(ValueError):
    """A file of the index does not match its checksum."""


@dataclass(frozen=True, slots=True)
class IndexDirectory:
    """The directory of one index. Only the subdirectory that the manifest names is read, because reading unpickles it.

    `fingerprint` identifies the index format; an index with another fingerprint counts as missing. The manifest needs
    no checksum: with a wrong byte, it names no existing directory or another fingerprint.
    """

    path: Path
    fingerprint: str

    def stamp(self) -> ManifestStamp | None:
        """Return inode, mtime and size of the manifest, which change with every switch; None without a manifest."""
        try:
            status = (self.path / _MANIFEST).stat()
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns, status.st_size

    def live(self) -> Path | None:
        """Return the directory that the manifest names; None when it is missing, invalid or of another fingerprint."""
        try:
            name, fingerprint = self._read_manifest()
        except OSError:
            return None
        return self.path / name if name and fingerprint == self.fingerprint else None

    def _read_manifest(self) -> tuple[str, object]:
        """Return the name of the live directory, "" when the manifest is missing or invalid, and its fingerprint."""
        try:
            manifest = json.loads((self.path / _MANIFEST).read_bytes())
            name, fingerprint = manifest["directory"], manifest["fingerprint"]
        except (FileNotFoundError, ValueError, TypeError, KeyError):
            return "", None
        return (name, fingerprint) if isinstance(name, str) and _GENERATION.fullmatch(name) else ("", None)

    def create(self) -> Path:
        """Create an empty directory that the manifest does not name yet."""
        directory = self.path / f"g-{uuid.uuid4().hex}"
        directory.mkdir(parents=True)
        return directory

    def switch(self, directory: Path) -> None:
        """Make `directory` the live one, atomically."""
        manifest = self.path / f"{_MANIFEST}.{directory.name}"
        manifest.write_text(json.dumps({"directory": directory.name, "fingerprint": self.fingerprint}), "utf-8")
        manifest.replace(self.path / _MANIFEST)

    def sweep(self) -> None:
        """Delete directories that no manifest names and manifests that a killed process left.

        The caller holds the lock of rebuilds: no other process is building. Readers keep their open files. The live
        directory stays even when its fingerprint is that of another version, which may still be serving.
        """
        for path in self.leftovers():
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)

    def leftovers(self) -> list[Path]:
        """Return the paths that `sweep` deletes; outside of the lock, another process may be building one of them."""
        live, _ = self._read_manifest()
        directories = [path for path in self.path.glob("g-*") if path.name != live]
        return [*directories, *self.path.glob(f"{_MANIFEST}.g-*")]

    @contextmanager
    def lock(self, name: str, *, wait: bool = True) -> Iterator[None]:
        """Hold the file lock `name`, exclusive across threads and processes; it ends with its process.

        Without `wait` a lock that is held raises BlockingIOError.
        """
        descriptor = self._acquire(self.path / f"{name}.lock", fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        try:
            yield
        finally:
            os.close(descriptor)

    def _acquire(self, path: Path, operation: int) -> int:
        while True:
            self.path.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o644)
            try:
                fcntl.flock(descriptor, operation)
                # The file may have been deleted with its directory during the wait; others then lock a new file.
                if os.path.samestat(os.fstat(descriptor), path.stat()):
                    return descriptor
            except FileNotFoundError:
                pass
            except BaseException:
                os.close(descriptor)
                raise
            os.close(descriptor)


@dataclass(frozen=True, slots=True)
class LastChange:
    """The number of the last indexed change, and its token, which differs between catalogues."""

    change: int
    token: str


def write_last_change(directory: Path, generation: int, last_change: LastChange, toc: bytes) -> None:
    """Write the note of the last change of `generation`, whose table of contents `toc` is about to be committed.

    The note precedes the commit and counts only once the generation exists, which makes both atomic. The next writer of
    the generation overwrites the note of an interrupted commit. One checksum covers note and table of contents.
    """
    note = {
        "change": last_change.change,
        "token": last_change.token,
        "checksum": _commit_checksum(last_change, toc),
    }
    _note_path(directory, generation).write_text(json.dumps(note), "utf-8")


def read_last_change(directory: Path, generation: int, toc: bytes) -> LastChange:
    """Return the last change of `generation`, whose table of contents is `toc`.

    Raises FileNotFoundError when its note has been deleted, ValueError or KeyError when note or table of contents are
    damaged.
    """
    note = json.loads(_note_path(directory, generation).read_bytes())
    last_change = LastChange(int(note["change"]), str(note["token"]))
    if note["checksum"] != _commit_checksum(last_change, toc):
        raise CorruptIndexFile(f"commit {generation} does not match its checksum")
    return last_change


def _commit_checksum(last_change: LastChange, toc: bytes) -> int:
    return zlib.crc32(toc, zlib.crc32(json.dumps([last_change.change, last_change.token]).encode()))


def delete_old_notes(directory: Path, generation: int) -> None:
    """Delete the notes of generations before the previous one, which a reader may be opening."""
    for note in directory.glob("applied-*.json"):
        number = note.stem.removeprefix("applied-")
        if number.isdecimal() and int(number) < generation - 1:
            with suppress(FileNotFoundError):
                note.unlink()


def _note_path(directory: Path, generation: int) -> Path:
    return directory / f"applied-{generation}.json"
