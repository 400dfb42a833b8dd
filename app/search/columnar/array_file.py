"""File of named one-dimensional arrays, read by slices, with a CRC-32 for each block of an array.

The file is not memory-mapped: truncating a mapped file kills the process that reads the missing pages.
"""

import json
import os
import struct
import weakref
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

_PREAMBLE = struct.Struct("<8sII")  # magic, length and CRC-32 of the JSON header
_MAGIC = b"ACSARR2\n"
_ALIGNMENT = 8  # bytes
_BLOCK_SIZE = 2048  # bytes of an array under one CRC-32; a multiple of every item size
_CHECKSUM_TYPE = np.dtype("<u4")
_UNSIGNED_TYPES = (np.uint8, np.uint16, np.uint32)
_NUMERIC_KINDS = "uif"  # dtype kinds allowed in a file; object arrays would be unpickled


class CorruptArrayFile(ValueError):
    """The file is not an array file, is truncated, or does not match a checksum."""


class _File:
    """An open file, closed when its last reference is collected."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDONLY)
        self.name = path.name
        weakref.finalize(self, os.close, self._descriptor)

    @property
    def size(self) -> int:
        return os.fstat(self._descriptor).st_size

    def read(self, offset: int, size: int) -> bytes:
        data = os.pread(self._descriptor, size, offset)
        if len(data) != size:
            raise CorruptArrayFile(f"{self.name} is truncated")
        return data


@dataclass(frozen=True, slots=True, eq=False)
class StoredArray:
    """An array in a file; indexing with a slice reads the blocks of that slice and verifies them, each time.

    `checksums` are the CRC-32 of each block.
    """

    file: _File
    dtype: np.dtype[Any]
    offset: int
    count: int
    checksums: memoryview

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, key: slice) -> Array:
        start, stop, _ = key.indices(self.count)
        if stop <= start:
            return np.empty(0, self.dtype)
        size = self.dtype.itemsize
        first, last = start * size // _BLOCK_SIZE, (stop * size - 1) // _BLOCK_SIZE
        begin, end = first * _BLOCK_SIZE, min((last + 1) * _BLOCK_SIZE, self.count * size)
        data = self.file.read(self.offset + begin, end - begin)
        # Most slices are in one block, where a list of one checksum would cost more than the checksum.
        if first == last:
            intact = zlib.crc32(data) == self.checksums[first]
        else:
            intact = _block_checksums(data) == self.checksums[first : last + 1].tolist()
        if not intact:
            raise CorruptArrayFile(f"{self.file.name} does not match its checksums")
        values: Array = np.frombuffer(data, self.dtype, stop - start, start * size - begin)
        return values


def write_arrays(path: Path, arrays: Mapping[str, Array]) -> None:
    """Write one-dimensional `arrays` with their names: preamble, JSON header, checksums of blocks, aligned data."""
    offset = 0
    table = {}
    checksums: list[int] = []
    buffers: list[memoryview] = [np.ascontiguousarray(array).view(np.uint8).data for array in arrays.values()]
    for (name, array), buffer in zip(arrays.items(), buffers, strict=True):
        table[name] = (array.dtype.str, offset, len(array))
        offset = _aligned(offset + array.nbytes)
        checksums += _block_checksums(buffer)
    blocks = np.array(checksums, _CHECKSUM_TYPE).tobytes()
    header = json.dumps({"size": offset, "checksums": zlib.crc32(blocks), "arrays": table}).encode()
    header = header.ljust(_aligned(len(header)))
    with path.open("wb") as stream:
        stream.write(_PREAMBLE.pack(_MAGIC, len(header), zlib.crc32(header)))
        stream.write(header)
        for data in (memoryview(blocks), *buffers):
            stream.write(data)
            stream.write(bytes(_aligned(len(data)) - len(data)))


def read_arrays(path: Path) -> dict[str, StoredArray]:
    """Return the arrays of a file by name; they stay readable after the file is deleted.

    Raises CorruptArrayFile when `write_arrays` did not write the file, its size has changed, or its header or checksums
    are damaged. Reading a slice raises it when the blocks of that slice are damaged or missing.
    """
    file = _File(path)
    magic, length, checksum = _PREAMBLE.unpack(file.read(0, _PREAMBLE.size))
    if magic != _MAGIC or _PREAMBLE.size + length > file.size:
        raise CorruptArrayFile(f"{path.name} is not an array file")
    text = file.read(_PREAMBLE.size, length)
    if zlib.crc32(text) != checksum:
        raise CorruptArrayFile(f"the header of {path.name} does not match its checksum")
    header = json.loads(text)
    entries = {name: (_numeric_type(dtype), offset, count) for name, (dtype, offset, count) in header["arrays"].items()}
    block_counts = [_block_count(dtype.itemsize * count) for dtype, _, count in entries.values()]
    start = _PREAMBLE.size + length
    blocks = file.read(start, sum(block_counts) * _CHECKSUM_TYPE.itemsize)
    start += _aligned(len(blocks))
    if start + header["size"] != file.size:
        raise CorruptArrayFile(f"{path.name} is truncated")
    if zlib.crc32(blocks) != header["checksums"]:
        raise CorruptArrayFile(f"the checksums of {path.name} are damaged")
    checksums = np.split(np.frombuffer(blocks, _CHECKSUM_TYPE).astype(np.uint32), np.cumsum(block_counts))
    return {
        name: StoredArray(file, dtype, start + offset, count, block_checksums.data)
        for (name, (dtype, offset, count)), block_checksums in zip(entries.items(), checksums, strict=False)
    }


def narrow(values: Array) -> Array:
    """Return non-negative integers in the smallest unsigned dtype that holds them all."""
    largest = int(values.max()) if len(values) else 0
    return values.astype(next((dtype for dtype in _UNSIGNED_TYPES if largest <= np.iinfo(dtype).max), np.uint64))


def _numeric_type(name: str) -> np.dtype[Any]:
    if name[1] not in _NUMERIC_KINDS:
        raise CorruptArrayFile(f"unsupported dtype {name}")
    return np.dtype(name)


def _block_checksums(data: bytes | memoryview) -> list[int]:
    """Return the CRC-32 of each block of `data`."""
    view = memoryview(data)
    return [zlib.crc32(view[begin : begin + _BLOCK_SIZE]) for begin in range(0, len(view), _BLOCK_SIZE)]


def _block_count(size: int) -> int:
    return -(-size // _BLOCK_SIZE)


def _aligned(size: int) -> int:
    return -(-size // _ALIGNMENT) * _ALIGNMENT
