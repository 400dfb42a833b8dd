"""The report of an import: counts of its records by outcome, warnings and errors."""

from dataclasses import asdict, dataclass, field
from typing import Any

_MAX_NOTICES = 1000  # listed warnings, and listed errors


@dataclass(frozen=True, slots=True)
class ImportNotice:
    """A warning or an error of an import, with its location in a file."""

    file: str
    line: int | None
    field: str | None
    message: str


@dataclass(slots=True)
class ImportNotices:
    """The first 1,000 notices of one kind, and the number of those omitted."""

    listed: list[ImportNotice] = field(default_factory=list)
    omitted: int = 0

    def add(self, notice: ImportNotice) -> None:
        """Add a notice, or count it as omitted."""
        if len(self.listed) < _MAX_NOTICES:
            self.listed.append(notice)
        else:
            self.omitted += 1

    def all(self) -> list[ImportNotice]:
        """Return the listed notices, followed by one that states the number of omitted ones."""
        last = self.listed[-1] if self.listed else None
        rest = [ImportNotice(last.file, None, None, f"{self.omitted} autres ne sont pas détaillés.")] if last else []
        return [*self.listed, *(rest if self.omitted else [])]


@dataclass(slots=True)
class ImportReport:
    """The number of records by outcome, warnings and errors.

    `unreadable` counts files that could not be imported at all; `refused` tells that `strict` prevented the import.
    """

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    duplicates: int = 0
    rejected: int = 0
    warnings: ImportNotices = field(default_factory=ImportNotices)
    errors: ImportNotices = field(default_factory=ImportNotices)
    unreadable: int = 0
    refused: bool = False

    @property
    def clean(self) -> bool:
        """Whether there is no error and no warning."""
        return not self.errors.listed and not self.warnings.listed

    def as_dict(self) -> dict[str, Any]:
        """Return the report as `import --json` prints it."""
        names = ("read", "created", "updated", "unchanged", "duplicates", "rejected")
        return {
            **{name: getattr(self, name) for name in names},
            "warnings": [asdict(notice) for notice in self.warnings.all()],
            "errors": [asdict(notice) for notice in self.errors.all()],
        }
