"""What reading an export yields: actions, refusals, and findings that say what is wrong and where."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from app.catalogue.action import Action
from app.catalogue.text import shorten

MAX_DIAGNOSTICS = 20  # of one sort; the rest is counted


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """An error or a warning: a French sentence, the line of the file and the key of the field where these are known."""

    message: str
    line: int | None = None
    field: str | None = None


@dataclass(frozen=True, slots=True)
class ParsedRecord:
    """An action that was read: the line at which its record begins, and the identifier that it came with, if any."""

    line: int
    action: Action
    warnings: tuple[Diagnostic, ...] = ()
    id: str | None = None


@dataclass(frozen=True, slots=True)
class RejectedRecord:
    """A record that cannot be kept: the line at which it begins, and why."""

    line: int
    errors: tuple[Diagnostic, ...]


ParseResult = ParsedRecord | RejectedRecord | Diagnostic
"""One result of reading a file; a finding on its own is a warning about the file itself."""


@dataclass(slots=True)
class Diagnostics:
    """A growing list that keeps the first findings and counts the others, so that memory stays bounded."""

    listed: list[Diagnostic] = field(default_factory=list)
    omitted: int = 0

    def add(self, *findings: Diagnostic) -> None:
        """Append `findings`."""
        for finding in findings:
            if len(self.listed) < MAX_DIAGNOSTICS:
                self.listed.append(finding)
            else:
                self.omitted += 1

    def __bool__(self) -> bool:
        return bool(self.listed)

    def __iter__(self) -> Iterator[Diagnostic]:
        """Yield those kept by growing line, then one that counts the others."""
        yield from sorted(self.listed, key=lambda finding: finding.line or 0)
        if self.omitted:
            last = self.listed[-1]
            yield Diagnostic(f"Remarques suivantes du même genre, non citées : {self.omitted}.", last.line, last.field)


def quoted(text: str) -> str:
    """Return `text` between French quotes, cut when it is long."""
    return f"« {shorten(text)} »"
