"""Output to a terminal: text from data, without the characters that command it."""

import codecs
import json
from typing import IO, Any

import click

from app.logs import escape_unprintable

_LAYOUT = "\n\t"


def printable(text: str) -> str:
    """Return untrusted `text` with unprintable characters, such as escape sequences, replaced by spaces."""
    return "".join(char if char.isprintable() else " " for char in text)


def echo(text: str, *, err: bool = False) -> None:
    """Print one line of text that may come from data."""
    click.echo(printable(text), err=err)


def echo_json(document: Any, *, indent: int | None = None) -> None:
    """Print `document` as JSON, its unprintable characters escaped: that changes no value."""
    lines = json.dumps(document, ensure_ascii=False, indent=indent).split("\n")
    click.echo("\n".join(map(escape_unprintable, lines)))


class TerminalText:
    """Writes chunks of UTF-8 to a terminal: unprintable characters but tabs and line ends become spaces."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def write(self, chunk: bytes) -> int:
        """Write `chunk`; a character may be split between two chunks."""
        text = self._decoder.decode(chunk)
        self._stream.write("".join(char if char in _LAYOUT else printable(char) for char in text).encode())
        return len(chunk)
