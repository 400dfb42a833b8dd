"""Turns the bytes of a file into numbered lines of text, in constant memory whatever its size, encoding or line ends.

A file is read twice: once to learn its form, and once for its lines.
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

ByteProgress = Callable[[int], None]


class Line(NamedTuple):
    """One line without its end. With a `problem`, a French sentence, its text is not to be relied on."""

    number: int
    text: str
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class DetectedEncoding:
    """How a file is written: its encoding, the offset of its first line, and what is unusual in it."""

    encoding: Literal["utf-8", "cp1252"] = "utf-8"
    start: int = 0
    warnings: tuple[Diagnostic, ...] = ()


def detect_encoding(stream: IO[bytes]) -> DetectedEncoding:
    """Read `stream` whole and return its form; UnreadableFile when it is UTF-16."""
    stream.seek(0)
    head = stream.read(4)
    if head.startswith(_UTF16_UTF32_BOMS):
        raise UnreadableFile("le fichier est en UTF-16 ; l'enregistrer en UTF-8.")
    start = len(codecs.BOM_UTF8) if head.startswith(codecs.BOM_UTF8) else 0
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    crlf = cr = decomposed = doubtful = False
    stream.seek(start)
    for chunk in _chunks(stream):
        pairs = chunk.count(b"\r\n")
        crlf = crlf or pairs > 0
        cr = cr or chunk.count(b"\r") > pairs
        text = decoder.decode(chunk)
        doubtful = doubtful or "\ufffd" in text
        decomposed = decomposed or not is_normalized("NFC", text)
    doubtful = doubtful or bool(decoder.decode(b"", final=True))
    windows = doubtful and _mostly_not_utf8(stream, start)
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
    encoding: DetectedEncoding,
    *,
    max_bytes: int = MAX_LINE_BYTES,
    compose: bool = True,
    progress: ByteProgress | None = None,
) -> Iterator[Line]:
    """Yield the lines of `stream`, split at `\\n`, `\\r\\n` and `\\r` only, `composed` (NFC) or as they are.

    `progress` is called with the number of bytes read so far. A line over `longest` bytes is skipped without being
    held, and stands as a problem.
    """
    stream.seek(encoding.start)
    for number, raw in enumerate(_split_lines(stream, max_bytes, progress), start=1):
        if raw is None:
            yield Line(number, "", f"Ligne de plus de {max_bytes} octets.")
        else:
            yield _decode_line(number, raw.rstrip(b"\r\n"), encoding.encoding, composed=compose)


def _decode_line(number: int, raw: bytes, encoding: str, *, composed: bool) -> Line:
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        where = f"octet 0x{raw[error.start]:02X} (le {error.start + 1}ᵉ de la ligne)"
        return Line(
            number, raw.decode(encoding, "replace"), f"Texte illisible en {_ENCODING_NAMES[encoding]} : {where}."
        )
    if "\x00" in text:
        return Line(number, text, "Caractère NUL interdit : le fichier est sans doute abîmé.")
    return Line(number, normalize("NFC", text) if composed else text)


def _chunks(stream: IO[bytes], progress: ByteProgress | None = None) -> Iterator[bytes]:
    """Yield what is left of `stream` piece by piece, never cutting between `\\r` and `\\n`."""
    ahead = b""
    while chunk := ahead + stream.read(_CHUNK):
        ahead = stream.read(1) if chunk.endswith(b"\r") else b""
        if ahead == b"\n":
            chunk, ahead = chunk + ahead, b""
        if progress:
            progress(stream.tell())
        yield chunk


def _split_lines(stream: IO[bytes], longest: int, progress: ByteProgress | None = None) -> Iterator[bytes | None]:
    """Yield each line with its end, None for one that is too long."""
    parts: list[bytes] = []
    size = 0
    for chunk in _chunks(stream, progress):
        for piece in chunk.splitlines(keepends=True):  # of bytes: at \n, \r\n and \r only
            size += len(piece)
            if size <= longest:
                parts.append(piece)
            else:
                parts.clear()
            if piece.endswith(_LINE_ENDS):
                yield b"".join(parts) if size <= longest else None
                parts.clear()
                size = 0
    if size:
        yield b"".join(parts) if size <= longest else None


def _mostly_not_utf8(stream: IO[bytes], start: int) -> bool:
    """Return whether most of the lines that are not plain ASCII cannot be read as UTF-8."""
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
