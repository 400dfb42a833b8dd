"""Writes records as JSON Lines, one document a line, a format that `import` reads."""

from collections.abc import Iterable, Iterator, Sequence

import orjson

from app.catalogue.record import Record
from app.exporting.json_documents import record_document

_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE


def write_json_lines(records: Iterable[Record], keys: Sequence[str] = ()) -> Iterator[str]:
    """Yield one line for each record, with the `keys` of its document in that order; () for all keys."""
    for record in records:
        document = record_document(record)
        selected = {key: document[key] for key in keys} if keys else document
        yield orjson.dumps(selected, option=_OPTIONS).decode()
