"""Opens a file, tells which of the two formats it is in, and yields what its records are."""

import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from app.catalogue.errors import UnreadableFile, system_error_message
from app.importing.decoding import MAX_LINE_BYTES, DetectedEncoding, detect_encoding, read_lines
from app.importing.diagnostics import ParseResult
from app.importing.json_lines_reader import MAX_JSON_LINE_BYTES, parse_json_lines
from app.importing.text_format import parse_export

_CHUNK_SIZE = 1 << 12


def read_export(path: Path, progress: Callable[[int], None] | None = None) -> Iterator[ParseResult]:
    """Yield the warnings about the file at `path`, then what each of its records is; text or JSON Lines by content.

    UnreadableFile names the file and why it cannot be imported at all; it comes after records when the disk fails
    under way. `progress` is called with the number of bytes read so far, the size of the file at the end.
    """
    try:
        with _open_seekable(path) as stream:
            yield from _parse_stream(stream, progress)
    except UnreadableFile as error:
        raise UnreadableFile(f"{path} : {error}") from None
    except OSError as error:
        raise UnreadableFile(f"{path} : {system_error_message(error)}") from error


def _parse_stream(stream: IO[bytes], progress: Callable[[int], None] | None) -> Iterator[ParseResult]:
    form = detect_encoding(stream)
    first = _first_character(stream, form)
    if not first:
        raise UnreadableFile("ce fichier est vide.")
    yield from form.warnings
    if first == b"{":
        # Composed only once decoded: an accent that begins a value must not join the `n` of a `\\n` before it.
        lines = read_lines(stream, form, max_bytes=MAX_JSON_LINE_BYTES, compose=False, progress=progress)
        yield from parse_json_lines(lines)
    else:
        yield from parse_export(read_lines(stream, form, max_bytes=MAX_LINE_BYTES, progress=progress))


def _first_character(stream: IO[bytes], form: DetectedEncoding) -> bytes:
    """Return the first byte that is not white space, an empty string when there is none."""
    stream.seek(form.start)
    while piece := stream.read(_CHUNK_SIZE):
        if filled := piece.lstrip():
            return filled[:1]
    return b""


@contextmanager
def _open_seekable(path: Path) -> Iterator[IO[bytes]]:
    """Open `path` so that it can be read twice: what is not a plain file is first copied to a temporary one."""
    with path.open("rb") as stream:
        if stat.S_ISREG(path.stat().st_mode):
            yield stream
            return
        with TemporaryFile() as copy:
            shutil.copyfileobj(stream, copy)
            yield copy
