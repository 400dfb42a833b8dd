"""The report of an import: what became of its records, counted, and what there is to say of them."""

from dataclasses import asdict, dataclass, field
from typing import Any

_MOST = 1000  # warnings that a report spells out, and errors


@dataclass(frozen=True, slots=True)
class ImportNotice:
    """A warning or an error of an import: what, and where."""

    file: str
    line: int | None
    field: str | None
    message: str


@dataclass(slots=True)
class ImportNotices:
    """The first thousand notices of one kind, and how many there were beyond."""

    listed: list[ImportNotice] = field(default_factory=list)
    omitted: int = 0

    def add(self, notice: ImportNotice) -> None:
        """Take in one more."""
        if len(self.listed) < _MOST:
            self.listed.append(notice)
        else:
            self.omitted += 1

    def all(self) -> list[ImportNotice]:
        """Return them, with a last one that counts those which are not spelt out."""
        last = self.listed[-1] if self.listed else None
        rest = [ImportNotice(last.file, None, None, f"{self.omitted} autres ne sont pas détaillés.")] if last else []
        return [*self.listed, *(rest if self.omitted else [])]


@dataclass(slots=True)
class ImportReport:
    """What became of the records of an import, counted, and what there is to say of them.

    `unreadable` counts files that could not be imported at all; `refused` says that `strict` kept all from being
    written.
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
        """Whether nothing was refused and nothing looked odd."""
        return not self.errors.listed and not self.warnings.listed

    def as_dict(self) -> dict[str, Any]:
        """Return the report as `import --json` prints it."""
        names = ("read", "created", "updated", "unchanged", "duplicates", "rejected")
        return {
            **{name: getattr(self, name) for name in names},
            "warnings": [asdict(notice) for notice in self.warnings.all()],
            "errors": [asdict(notice) for notice in self.errors.all()],
        }
