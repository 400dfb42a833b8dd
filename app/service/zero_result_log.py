"""Notes the searches that no record answers, so that an operator can feed the thesaurus: the text and the day alone."""

import fcntl
import os
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import orjson
import structlog

from app.catalogue.text import fold

_LARGEST = 5_000_000  # bytes

logger = structlog.get_logger(__name__)


class ZeroResultLog:
    """The file of the searches without result, a JSON object a line, and the one before it (`….1`).

    Several processes may note in it at once. Beyond `largest` bytes it takes the place of the one before it.
    """

    def __init__(self, path: Path, *, max_bytes: int = _LARGEST) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._older = path.with_name(f"{path.name}.1")

    def add(self, text: str, total: int) -> None:
        """Note that `text` was searched today and `total` records came near at most; a disk error is logged."""
        noted = {
            "q": text.encode("utf-8", "replace").decode(),
            "total": total,
            "date": datetime.now(UTC).date(),
        }
        try:
            self._append(orjson.dumps(noted, option=orjson.OPT_APPEND_NEWLINE))
        except OSError as error:
            logger.warning("search_not_noted", reason=str(error))

    def most_frequent(self, size: int = 50) -> list[tuple[str, int]]:
        """Return up to `size` searches and how often each was noted, the most frequent first, then by alphabet.

        Case, accents and white space do not tell searches apart; the most frequent spelling stands for all. Lines that
        cannot be read are skipped. OSError when a file is there and cannot be opened.
        """
        spellings: dict[str, Counter[str]] = defaultdict(Counter)
        for text in self._texts():
            spellings[fold(text)][text] += 1
        counts = {folded: found.total() for folded, found in spellings.items()}
        ordered = sorted(counts, key=lambda folded: (-counts[folded], folded))[:size]
        return [(_usual(spellings[folded]), counts[folded]) for folded in ordered]

    def _append(self, line: bytes) -> None:
        # One write on a descriptor that appends: lines of several processes do not mix. Nobody else need read them.
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.write(descriptor, line)
            if os.fstat(descriptor).st_size > self._max_bytes:
                self._make_room(descriptor)
        finally:
            os.close(descriptor)

    def _make_room(self, descriptor: int) -> None:
        # Whoever waited for the lock while another process moved the file must not move the new one after it.
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(descriptor), self._path.stat()):
                self._path.replace(self._older)

    def _texts(self) -> Iterator[str]:
        for path in (self._older, self._path):
            try:
                with path.open("rb") as lines:
                    yield from filter(None, map(_text, lines))
            except FileNotFoundError:
                continue


def _text(line: bytes) -> str:
    """Return the search that `line` notes, without what a terminal would not print; empty when there is none."""
    try:
        noted = orjson.loads(line)
    except orjson.JSONDecodeError:
        return ""
    text = noted.get("q") if isinstance(noted, dict) else None
    if not isinstance(text, str):
        return ""
    return "".join(char for char in " ".join(text.split()) if char.isprintable())


def _usual(spellings: Counter[str]) -> str:
    return min(spellings, key=lambda text: (-spellings[text], text))
