"""File of named one-dimensional arrays, read by slices.

The file is not memory-mapped: truncating a mapped file kills the process that reads the missing pages.
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
_ALIGNMENT = 8  # bytes
_UNSIGNED_TYPES = (np.uint8, np.uint16, np.uint32)
_NUMERIC_KINDS = "uif"  # dtype kinds allowed in a file; object arrays would be unpickled


class CorruptArrayFile(ValueError):
    """The file is not an array file, or is truncated."""


class _File:
    """An open file, closed when its last reference is collected."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDONLY)
        self._name = path.name
        weakref.finalize(self, os.close, self._descriptor)

    @property
    def size(self) -> int:
        return os.fstat(self._descriptor).st_size

    def read(self, offset: int, size: int) -> bytes:
        data = os.pread(self._descriptor, size, offset)
        if len(data) != size:
            raise CorruptArrayFile(f"{self._name} is truncated")
        return data


@dataclass(frozen=True, slots=True, eq=False)
class StoredArray:
    """An array in a file; indexing with a slice reads that slice."""

    file: _File
    dtype: np.dtype[Any]
    offset: int
    count: int

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, key: slice) -> Array:
        start, stop, _ = key.indices(self.count)
        size = self.dtype.itemsize
        data = self.file.read(self.offset + start * size, max(stop - start, 0) * size)
        values: Array = np.frombuffer(data, self.dtype)
        return values


def write_arrays(path: Path, arrays: Mapping[str, Array]) -> None:
    """Write one-dimensional `arrays` with their names: magic, header length, JSON header, aligned data."""
    offset = 0
    table = {}
    for name, array in arrays.items():
        table[name] = (array.dtype.str, offset, len(array))
        offset = _aligned(offset + array.nbytes)
    header = json.dumps({"size": offset, "arrays": table}).encode()
    with path.open("wb") as stream:
        stream.write(_MAGIC)
        stream.write(len(header).to_bytes(_ALIGNMENT, "little"))
        stream.write(header.ljust(_aligned(len(header))))
        for array in arrays.values():
            stream.write(np.ascontiguousarray(array).data)
            stream.write(bytes(_aligned(array.nbytes) - array.nbytes))


def read_arrays(path: Path) -> dict[str, StoredArray]:
    """Return the arrays of a file by name; they stay readable after the file is deleted.

    Raises CorruptArrayFile when `write_arrays` did not write the file or its size has changed. Reading a slice raises
    it when the file has been truncated since.
    """
    file = _File(path)
    start = len(_MAGIC) + _ALIGNMENT
    preamble = file.read(0, start)
    length = int.from_bytes(preamble[len(_MAGIC) :], "little")
    if preamble[: len(_MAGIC)] != _MAGIC or start + length > file.size:
        raise CorruptArrayFile(f"{path.name} is not an array file")
    header = json.loads(file.read(start, length))
    start += _aligned(length)
    if start + header["size"] != file.size:
        raise CorruptArrayFile(f"{path.name} is truncated")
    return {name: _stored_array(file, start, *entry) for name, entry in header["arrays"].items()}


def narrow(values: Array) -> Array:
    """Return non-negative integers in the smallest unsigned dtype that holds them all."""
    largest = int(values.max()) if len(values) else 0
    return values.astype(next((dtype for dtype in _UNSIGNED_TYPES if largest <= np.iinfo(dtype).max), np.uint64))


def _stored_array(file: _File, start: int, dtype: str, offset: int, count: int) -> StoredArray:
    if dtype[1] not in _NUMERIC_KINDS:
        raise CorruptArrayFile(f"unsupported dtype {dtype}")
    return StoredArray(file, np.dtype(dtype), start + offset, count)


def _aligned(size: int) -> int:
    return -(-size // _ALIGNMENT) * _ALIGNMENT
