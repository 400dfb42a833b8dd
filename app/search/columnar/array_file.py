"""Named arrays in one file, of which a reader takes what it needs when it needs it.

They are not mapped into memory: a file that is cut while it is mapped ends the process that touches what is gone.
"""

import json
import os
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

_MAGIC = b"ACSARR1\n"
_ALIGNED = 8  # bytes
_WIDTHS = (np.uint8, np.uint16, np.uint32)
_NUMBERS = "uif"  # kinds of array that a file may hold: nothing that would have to be unpickled


class CorruptArrayFile(ValueError):
    """A file that is none of ours, or not all of one."""


class _File:
    """An open file; it is closed with its last user."""

    def __init__(self, path: Path) -> None:
        self._handle = os.open(path, os.O_RDONLY)
        self._name = path.name
        weakref.finalize(self, os.close, self._handle)

    @property
    def size(self) -> int:
        return os.fstat(self._handle).st_size

    def read(self, offset: int, size: int) -> bytes:
        found = os.pread(self._handle, size, offset)
        if len(found) != size:
            raise CorruptArrayFile(f"{self._name} is cut")
        return found


@dataclass(frozen=True, slots=True, eq=False)
class StoredArray:
    """An array in a file: a slice of it is read when it is asked for."""

    file: _File
    dtype: np.dtype[Any]
    offset: int
    count: int

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, span: slice) -> Array:
        begin, end, _ = span.indices(self.count)
        size = self.dtype.itemsize
        found: Array = np.frombuffer(self.file.read(self.offset + begin * size, max(end - begin, 0) * size), self.dtype)
        return found


def write_arrays(path: Path, arrays: Mapping[str, Array]) -> None:
    """Write one-dimensional `arrays` by name."""
    offset = 0
    table = {}
    for name, array in arrays.items():
        table[name] = (array.dtype.str, offset, len(array))
        offset = _up(offset + array.nbytes)
    head = json.dumps({"size": offset, "arrays": table}).encode()
    with path.open("wb") as stream:
        stream.write(_MAGIC)
        stream.write(len(head).to_bytes(_ALIGNED, "little"))
        stream.write(head.ljust(_up(len(head))))
        for array in arrays.values():
            stream.write(np.ascontiguousarray(array).data)
            stream.write(bytes(_up(array.nbytes) - array.nbytes))


def read_arrays(path: Path) -> dict[str, StoredArray]:
    """Return the arrays of a file, by name; they can be read even when the file has been removed.

    Raises CorruptArrayFile when it was not written by `write_arrays`, or has not the size that it was written with; so
    does reading them once it has been cut.
    """
    file = _File(path)
    start = len(_MAGIC) + _ALIGNED
    begin = file.read(0, start)
    length = int.from_bytes(begin[len(_MAGIC) :], "little")
    if begin[: len(_MAGIC)] != _MAGIC or start + length > file.size:
        raise CorruptArrayFile(f"{path.name} is no file of arrays")
    head = json.loads(file.read(start, length))
    start += _up(length)
    if start + head["size"] != file.size:
        raise CorruptArrayFile(f"{path.name} is cut")
    return {name: _stored(file, start, *described) for name, described in head["arrays"].items()}


def narrow(values: Array) -> Array:
    """Return whole numbers that are not negative in the narrowest type that holds them all."""
    most = int(values.max()) if len(values) else 0
    return values.astype(next((width for width in _WIDTHS if most <= np.iinfo(width).max), np.uint64))


def _stored(file: _File, start: int, dtype: str, offset: int, count: int) -> StoredArray:
    if dtype[1] not in _NUMBERS:
        raise CorruptArrayFile(f"an array of {dtype}")
    return StoredArray(file, np.dtype(dtype), start + offset, count)


def _up(size: int) -> int:
    return -(-size // _ALIGNED) * _ALIGNED
