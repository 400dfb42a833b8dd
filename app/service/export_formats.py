"""The formats of an export, by name; each takes records and yields pieces, so that memory stays flat."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pkgutil import resolve_name

from app.catalogue.record import Record
from app.exporting.csv_format import write_csv
from app.exporting.json_lines import write_json_lines
from app.importing.text_format import render_action, render_export

# By its name: loading what makes workbooks takes longer than most of the commands, which do without it.
_WORKBOOKS = "app.exporting.workbook:write_workbook"
_PIECE = 32_768  # bytes at least, but for the last piece


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """How much of each record is written: its `keys` in their order (none: all); `bom` opens a CSV with its mark."""

    keys: tuple[str, ...] = ()
    bom: bool = True


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """A format that whole answers can be had in: how files in it are called, what they are, and who writes them."""

    suffix: str
    media_type: str
    write: Callable[[Iterable[Record], ExportOptions], Iterator[bytes]]


def export_text(record: Record) -> str:
    """Return one record in the format of the catalogue's export."""
    return render_action(record.action)


def _text(records: Iterable[Record], _shape: ExportOptions) -> Iterator[bytes]:
    return in_chunks(render_export(record.action for record in records))


def _json_lines(records: Iterable[Record], shape: ExportOptions) -> Iterator[bytes]:
    return in_chunks(write_json_lines(records, shape.keys))


def _csv(records: Iterable[Record], shape: ExportOptions) -> Iterator[bytes]:
    return in_chunks(write_csv(records, *filter(None, (shape.keys,)), bom=shape.bom))


def _workbook(records: Iterable[Record], shape: ExportOptions) -> Iterator[bytes]:
    write: Callable[..., Iterator[bytes]] = resolve_name(_WORKBOOKS)
    return write(records, *filter(None, (shape.keys,)))


EXPORT_FORMATS = {
    "texte": ExportFormat("txt", "text/plain; charset=utf-8", _text),
    "jsonl": ExportFormat("jsonl", "application/x-ndjson; charset=utf-8", _json_lines),
    "csv": ExportFormat("csv", "text/csv; charset=utf-8", _csv),
    "xlsx": ExportFormat("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", _workbook),
}
"""Every format that the command line offers, by the name that it is asked for."""


def in_chunks(texts: Iterable[str]) -> Iterator[bytes]:
    """Yield `texts` in UTF-8, some together: each piece costs whoever sends it the same, however short."""
    piece: list[str] = []
    size = 0
    for text in texts:
        piece.append(text)
        size += len(text)
        if size >= _PIECE:
            yield "".join(piece).encode()
            piece, size = [], 0
    if piece:
        yield "".join(piece).encode()
