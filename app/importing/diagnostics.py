"""The results of reading an export: parsed records, rejected records, and diagnostics with line and field."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from app.catalogue.action import Action
from app.catalogue.text import shorten

MAX_DIAGNOSTICS = 20  # of one kind about one record; the others are counted


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """An error or a warning: a French sentence, the line of the file and the key of the field, None when unknown."""

    message: str
    line: int | None = None
    field: str | None = None


@dataclass(frozen=True, slots=True)
class ParsedRecord:
    """A valid record: its first line, its action, and the identifier in the file, if any."""

    line: int
    action: Action
    warnings: tuple[Diagnostic, ...] = ()
    id: str | None = None


@dataclass(frozen=True, slots=True)
class RejectedRecord:
    """A record with errors, which is not imported, and its first line."""

    line: int
    errors: tuple[Diagnostic, ...]


ParseResult = ParsedRecord | RejectedRecord | Diagnostic
"""One result of reading a file; a Diagnostic on its own is a warning about the file."""


@dataclass(slots=True)
class Diagnostics:
    """A bounded list: it holds the first diagnostics and counts the others."""

    listed: list[Diagnostic] = field(default_factory=list)
    omitted: int = 0

    def add(self, *diagnostics: Diagnostic) -> None:
        """Append `diagnostics`."""
        for diagnostic in diagnostics:
            if len(self.listed) < MAX_DIAGNOSTICS:
                self.listed.append(diagnostic)
            else:
                self.omitted += 1

    def __bool__(self) -> bool:
        return bool(self.listed)

    def __iter__(self) -> Iterator[Diagnostic]:
        """Yield the listed diagnostics by line, then one with the count of the others."""
        yield from sorted(self.listed, key=lambda diagnostic: diagnostic.line or 0)
        if self.omitted:
            last = self.listed[-1]
            yield Diagnostic(f"Remarques suivantes du même genre, non citées : {self.omitted}.", last.line, last.field)


def quote_for_message(text: str) -> str:
    """Return `text`, shortened, between French quotes."""
    return f"« {shorten(text)} »"
