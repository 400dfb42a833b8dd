"""Decodes a file into numbered lines in constant memory, for any size, encoding and line ends.

The first of two passes detects the encoding, the second one yields the lines.
"""

import codecs
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, Literal, NamedTuple
from unicodedata import is_normalized, normalize

from app.catalogue.errors import UnreadableFile
from app.importing.diagnostics import Diagnostic

MAX_LINE_BYTES = 1_000_000  # bytes, line end included
_CHUNK = 1 << 18
_LINE_ENDS = (b"\n", b"\r")
_UTF16_UTF32_BOMS = (
    codecs.BOM_UTF16_LE,
    codecs.BOM_UTF16_BE,
    codecs.BOM_UTF32_BE,
)  # UTF-32-LE begins as UTF-16-LE does
_ENCODING_NAMES = {"utf-8": "UTF-8", "cp1252": "Windows-1252"}

ProgressCallback = Callable[[int], None]
"""Gets the number of bytes read so far."""


class Line(NamedTuple):
    """One line without its line end. With a `problem`, a French sentence, its text may be wrong or empty."""

    number: int
    text: str
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class DetectedEncoding:
    """The encoding of a file, the byte offset of its first line, and warnings about unusual line ends and accents."""

    encoding: Literal["utf-8", "cp1252"] = "utf-8"
    start: int = 0
    warnings: tuple[Diagnostic, ...] = ()


def detect_encoding(stream: IO[bytes]) -> DetectedEncoding:
    """Read the whole of `stream` and return its encoding; UnreadableFile for UTF-16 and UTF-32."""
    stream.seek(0)
    head = stream.read(4)
    if head.startswith(_UTF16_UTF32_BOMS):
        raise UnreadableFile("le fichier est en UTF-16 ; l'enregistrer en UTF-8.")
    start = len(codecs.BOM_UTF8) if head.startswith(codecs.BOM_UTF8) else 0
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    crlf = cr = decomposed = invalid = False
    stream.seek(start)
    for chunk in _chunks(stream):
        pairs = chunk.count(b"\r\n")
        crlf = crlf or pairs > 0
        cr = cr or chunk.count(b"\r") > pairs
        text = decoder.decode(chunk)
        invalid = invalid or "\ufffd" in text
        decomposed = decomposed or not is_normalized("NFC", text)
    invalid = invalid or bool(decoder.decode(b"", final=True))
    windows = invalid and _mostly_not_utf8(stream, start)
    messages = (
        (start > 0, "Marque d'ordre des octets (BOM) en tête du fichier : ignorée."),
        (windows, "Le fichier n'est pas en UTF-8 : lu comme du Windows-1252."),
        (crlf, "Fins de ligne de Windows (CRLF) : lues comme de simples fins de ligne."),
        (cr, "Fins de ligne par un retour chariot seul (CR) : lues comme de simples fins de ligne."),
        (decomposed and not windows, "Accents décomposés (NFD) : recomposés (NFC)."),
    )
    warnings = tuple(Diagnostic(message) for noticed, message in messages if noticed)
    return DetectedEncoding("cp1252" if windows else "utf-8", start, warnings)


def read_lines(
    stream: IO[bytes],
    detected: DetectedEncoding,
    *,
    max_bytes: int = MAX_LINE_BYTES,
    compose: bool = True,
    progress: ProgressCallback | None = None,
) -> Iterator[Line]:
    """Yield the lines of `stream`, split at `\\n`, `\\r\\n` and `\\r` only; `compose` normalizes them to NFC.

    A line over `max_bytes` is skipped and yielded empty, with a problem. `progress` is called with the number of bytes
    read so far.
    """
    stream.seek(detected.start)
    for number, raw in enumerate(_split_lines(stream, max_bytes, progress), start=1):
        if raw is None:
            yield Line(number, "", f"Ligne de plus de {max_bytes} octets.")
        else:
            yield _decode_line(number, raw.rstrip(b"\r\n"), detected.encoding, compose=compose)


def _decode_line(number: int, raw: bytes, encoding: str, *, compose: bool) -> Line:
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        position = f"octet 0x{raw[error.start]:02X} (le {error.start + 1}ᵉ de la ligne)"
        return Line(
            number, raw.decode(encoding, "replace"), f"Texte illisible en {_ENCODING_NAMES[encoding]} : {position}."
        )
    if "\x00" in text:
        return Line(number, text, "Caractère NUL interdit : le fichier est sans doute abîmé.")
    return Line(number, normalize("NFC", text) if compose else text)


def _chunks(stream: IO[bytes], progress: ProgressCallback | None = None) -> Iterator[bytes]:
    """Yield the rest of `stream` in chunks; a chunk never ends between `\\r` and `\\n`."""
    ahead = b""
    while chunk := ahead + stream.read(_CHUNK):
        ahead = stream.read(1) if chunk.endswith(b"\r") else b""
        if ahead == b"\n":
            chunk, ahead = chunk + ahead, b""
        if progress:
            progress(stream.tell())
        yield chunk


def _split_lines(stream: IO[bytes], max_bytes: int, progress: ProgressCallback | None = None) -> Iterator[bytes | None]:
    """Yield each line with its line end, None for one over `max_bytes`."""
    parts: list[bytes] = []
    size = 0
    for chunk in _chunks(stream, progress):
        for piece in chunk.splitlines(keepends=True):  # of bytes: at \n, \r\n and \r only
            size += len(piece)
            if size <= max_bytes:
                parts.append(piece)
            else:
                parts.clear()
            if piece.endswith(_LINE_ENDS):
                yield b"".join(parts) if size <= max_bytes else None
                parts.clear()
                size = 0
    if size:
        yield b"".join(parts) if size <= max_bytes else None


def _mostly_not_utf8(stream: IO[bytes], start: int) -> bool:
    """Tell whether most of the lines that are not ASCII are not UTF-8 either."""
    stream.seek(start)
    balance = 0
    for raw in _split_lines(stream, MAX_LINE_BYTES):
        if raw is not None and not raw.isascii():
            try:
                raw.decode()
            except UnicodeDecodeError:
                balance += 1
            else:
                balance -= 1
    return balance > 0
