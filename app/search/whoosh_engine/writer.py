"""Writes an index: a new one, or the changes since the last commit. Each function makes one Whoosh commit."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import Any

from whoosh.filedb.filestore import FileStorage
from whoosh.index import FileIndex

from app.catalogue.record import Change, Record
from app.search.columnar.documents import IndexSchema, index_document
from app.search.engine import RecordSource
from app.search.whoosh_engine.codec import SegmentDocumentWriter
from app.search.whoosh_engine.directory import LastChange, delete_old_notes
from app.search.whoosh_engine.parallel import SEGMENT_SIZE, write_segments
from app.search.whoosh_engine.reader import read_commit
from app.search.whoosh_engine.schema import ID_FIELD, INDEX_NAME, whoosh_schema


def build_index(
    directory: Path,
    schema: IndexSchema,
    records: Iterable[Record],
    last_change: LastChange,
    progress: Callable[[int], None] | None,
) -> None:
    """Write `records` as a new index into the empty `directory`; they include every change up to `last_change`.

    More than one segment of records is written by several processes.
    """
    index = FileIndex.create(FileStorage(str(directory)), whoosh_schema(), INDEX_NAME)
    remaining = iter(records)
    first = list(islice(remaining, SEGMENT_SIZE))
    with _writing(index, schema) as writer:
        if len(first) == SEGMENT_SIZE:
            writer.segments += write_segments(directory, schema, chain(first, remaining), progress)
        else:
            for count, record in enumerate(first, 1):
                writer.add(index_document(record, schema))
                if progress:
                    progress(count)
        _commit(writer, directory, last_change, merge=False)


def apply_changes(directory: Path, schema: IndexSchema, source: RecordSource, change: int) -> int:
    """Apply the changes of `source` after `change` to the index in `directory`; return the number of the last one.

    Applying a change twice is harmless: each replaces a record by its current state.
    """
    pending = iter(source.changes_after(change))
    first = next(pending, None)
    if first is None:
        return change
    read_commit(directory)  # Whoosh does not verify the table of contents
    index = FileIndex(FileStorage(str(directory)), whoosh_schema(), INDEX_NAME)
    with _writing(index, schema) as writer, index.searcher() as committed:
        last = _apply(writer, committed, schema, first)
        for next_change in pending:
            last = _apply(writer, committed, schema, next_change)
        _commit(writer, directory, LastChange(last, source.change_token(last)))
    return last


def _apply(writer: SegmentDocumentWriter, committed: Any, schema: IndexSchema, change: Change) -> int:
    writer.delete_by_term(ID_FIELD, change.id, searcher=committed)
    if change.record:
        writer.add(index_document(change.record, schema))
    return change.number


def _commit(writer: SegmentDocumentWriter, directory: Path, last_change: LastChange, *, merge: bool = True) -> None:
    writer.last_change = last_change
    writer.commit(merge=merge)
    delete_old_notes(directory, writer.generation)


@contextmanager
def _writing(index: FileIndex, schema: IndexSchema) -> Iterator[SegmentDocumentWriter]:
    """Yield a writer of `index`; cancel it on errors, which leaves the last commit unchanged."""
    writer = SegmentDocumentWriter(index, schema)
    try:
        yield writer
    finally:
        if not writer.is_closed:
            writer.cancel()
