"""Writes records as JSON Lines: one document a line, which `import` takes back."""

from collections.abc import Iterable, Iterator

import orjson

from app.catalogue.record import Record
from app.exporting.documents import record_document

_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE


def write_json_lines(records: Iterable[Record]) -> Iterator[str]:
    """Yield one line for each of `records`."""
    for record in records:
        yield orjson.dumps(record_document(record), option=_OPTIONS).decode()
