"""Generated records in a file of JSON lines, so that every process of a run reads the same ones at the same cost."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from app.catalogue.action import Action, action_slug, field_values
from app.catalogue.record import Change, Record
from app.importing.text_format import render_export
from benchmarks.generator import actions

_MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


def write_records(path: Path, count: int) -> None:
    """Write `count` generated actions, one a line."""
    with path.open("w", encoding="utf-8") as file:
        for action in actions(count):
            file.write(json.dumps(field_values(action), ensure_ascii=False) + "\n")


def write_export(path: Path, count: int) -> None:
    """Write `count` generated actions as the catalogue exports them."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(render_export(actions(count)))


def read_records(path: Path) -> Iterator[Record]:
    """Yield the records of a file of `write_records`, one at a time."""
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            action = Action(**json.loads(line))
            yield Record(number, f"{action_slug(action)}-{number}", 1, action, cree_le=_MOMENT, modifie_le=_MOMENT)


class RecordFile:
    """A `RecordSource` over such a file: every line is one change, and nothing changes afterwards."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with path.open("rb") as lines:
            self._count = sum(1 for _ in lines)

    def last_change(self) -> int:
        """Return the number of records."""
        return self._count

    def change_token(self, number: int) -> str:
        """Return what a catalogue of generated records is known by."""
        return f"generated {number}" if number else ""

    def changes_after(self, number: int) -> Iterator[Change]:
        """Yield nothing."""
        yield from ()

    def records(self) -> Iterator[Record]:
        """Yield each record."""
        return read_records(self._path)
