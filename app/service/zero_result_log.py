"""The log of text searches without a full match, for the operator who maintains the thesaurus: text and day only."""

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

_MAX_BYTES = 5_000_000

logger = structlog.get_logger(__name__)


class ZeroResultLog:
    """A file of JSON lines, and the previous one (`….1`).

    Several processes may append at once. A file of more than `max_bytes` is rotated: it replaces the previous one.
    """

    def __init__(self, path: Path, *, max_bytes: int = _MAX_BYTES) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._previous = path.with_name(f"{path.name}.1")

    def add(self, text: str, total: int) -> None:
        """Append a search of today with its number of near matches; a disk error is logged, not raised."""
        entry = {
            "q": text.encode("utf-8", "replace").decode(),
            "total": total,
            "date": datetime.now(UTC).date(),
        }
        try:
            self._append(orjson.dumps(entry, option=orjson.OPT_APPEND_NEWLINE))
        except OSError as error:
            logger.warning("search_not_noted", reason=str(error))

    @property
    def paths(self) -> tuple[Path, Path]:
        """The file and the previous one, which may not exist."""
        return self._path, self._previous

    def most_frequent(self, size: int = 50) -> list[tuple[str, int]]:
        """Return up to `size` searches with their counts, most frequent first, then in alphabetical order.

        Searches that differ in case, accents or white space count as one, under its most frequent spelling. Invalid
        lines are skipped. Raises OSError when an existing file cannot be opened.
        """
        spellings: dict[str, Counter[str]] = defaultdict(Counter)
        for text in self._texts():
            spellings[fold(text)][text] += 1
        counts = {folded: counter.total() for folded, counter in spellings.items()}
        ordered = sorted(counts, key=lambda folded: (-counts[folded], folded))[:size]
        return [(_most_frequent_spelling(spellings[folded]), counts[folded]) for folded in ordered]

    def _append(self, line: bytes) -> None:
        # One write with O_APPEND: lines of several processes do not mix. Only the owner may read them.
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.write(descriptor, line)
            if os.fstat(descriptor).st_size > self._max_bytes:
                self._rotate(descriptor)
        finally:
            os.close(descriptor)

    def _rotate(self, descriptor: int) -> None:
        # Another process may have rotated the file while this one waited for the lock: then leave the new file alone.
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(descriptor), self._path.stat()):
                self._path.replace(self._previous)

    def _texts(self) -> Iterator[str]:
        for path in (self._previous, self._path):
            try:
                with path.open("rb") as lines:
                    yield from filter(None, map(_parse_line, lines))
            except FileNotFoundError:
                continue


def _parse_line(line: bytes) -> str:
    """Return the search text of a line without unprintable characters; empty when the line is invalid."""
    try:
        entry = orjson.loads(line)
    except orjson.JSONDecodeError:
        return ""
    text = entry.get("q") if isinstance(entry, dict) else None
    if not isinstance(text, str):
        return ""
    return "".join(char for char in " ".join(text.split()) if char.isprintable())


def _most_frequent_spelling(spellings: Counter[str]) -> str:
    return min(spellings, key=lambda text: (-spellings[text], text))
