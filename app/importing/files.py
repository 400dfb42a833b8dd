"""Reads a file of either import format, detected by content."""

import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from app.catalogue.errors import UnreadableFile, system_error_message
from app.importing.decoding import MAX_LINE_BYTES, DetectedEncoding, ProgressCallback, detect_encoding, read_lines
from app.importing.diagnostics import ParseResult
from app.importing.json_lines_reader import MAX_JSON_LINE_BYTES, parse_json_lines
from app.importing.text_format import parse_export

_CHUNK_SIZE = 1 << 12


def read_export(path: Path, progress: ProgressCallback | None = None) -> Iterator[ParseResult]:
    """Yield the warnings about the file at `path`, then the result of each record.

    Raises UnreadableFile, with the file and the reason, also after some records when a read fails. `progress` is
    called with the number of bytes read so far.
    """
    try:
        with _open_seekable(path) as stream:
            yield from _parse_stream(stream, progress)
    except UnreadableFile as error:
        raise UnreadableFile(f"{path} : {error}") from None
    except OSError as error:
        raise UnreadableFile(f"{path} : {system_error_message(error)}") from error


def _parse_stream(stream: IO[bytes], progress: ProgressCallback | None) -> Iterator[ParseResult]:
    detected = detect_encoding(stream)
    first = _first_character(stream, detected)
    if not first:
        raise UnreadableFile("ce fichier est vide.")
    yield from detected.warnings
    if first == b"{":
        # JSON is parsed before composing: an accent that starts a value would compose with the `n` of `\\n` before it.
        lines = read_lines(stream, detected, max_bytes=MAX_JSON_LINE_BYTES, compose=False, progress=progress)
        yield from parse_json_lines(lines)
    else:
        yield from parse_export(read_lines(stream, detected, max_bytes=MAX_LINE_BYTES, progress=progress))


def _first_character(stream: IO[bytes], detected: DetectedEncoding) -> bytes:
    """Return the first byte that is not white space, b"" when there is none."""
    stream.seek(detected.start)
    while chunk := stream.read(_CHUNK_SIZE):
        if stripped := chunk.lstrip():
            return stripped[:1]
    return b""


@contextmanager
def _open_seekable(path: Path) -> Iterator[IO[bytes]]:
    """Open `path` for two passes: anything but a regular file, such as a pipe, is first copied to a temporary file."""
    with path.open("rb") as stream:
        if stat.S_ISREG(path.stat().st_mode):
            yield stream
            return
        with TemporaryFile() as copy:
            shutil.copyfileobj(stream, copy)
            yield copy
