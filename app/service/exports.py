"""The formats of an export, by name; each takes records and yields pieces of text, so that memory stays flat."""

from collections.abc import Callable, Iterable, Iterator

from app.catalogue.record import Record
from app.exporting.csv_format import write_csv
from app.exporting.json_lines import write_json_lines
from app.importing.text_format import render, render_action

Writer = Callable[[Iterable[Record]], Iterator[str]]


def write_text(records: Iterable[Record]) -> Iterator[str]:
    """Yield `records` in the format of the catalogue's export."""
    return render(record.action for record in records)


def as_text(record: Record) -> str:
    """Return one record in the format of the catalogue's export."""
    return render_action(record.action)


FORMATS: dict[str, Writer] = {"texte": write_text, "jsonl": write_json_lines, "csv": write_csv}
