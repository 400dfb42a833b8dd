"""Writes records as JSON Lines: one document a line, which `import` takes back."""

from collections.abc import Iterable, Iterator, Sequence

import orjson

from app.catalogue.record import Record
from app.exporting.json_documents import record_document

_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE


def write_json_lines(records: Iterable[Record], keys: Sequence[str] = ()) -> Iterator[str]:
    """Yield one line for each of `records`, with the `keys` of its document in their order, or all of them."""
    for record in records:
        document = record_document(record)
        chosen = {key: document[key] for key in keys} if keys else document
        yield orjson.dumps(chosen, option=_OPTIONS).decode()
