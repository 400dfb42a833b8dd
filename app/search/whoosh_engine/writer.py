"""Writing an index: a whole new one, or the changes since the last commit; each is one Whoosh commit."""

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
from app.search.whoosh_engine.codec import ColumnWriter
from app.search.whoosh_engine.directory import LastChange, delete_old_notes, write_last_change
from app.search.whoosh_engine.parallel import SEGMENT_SIZE, write_segments
from app.search.whoosh_engine.schema import ID_FIELD, INDEX_NAME, whoosh_schema


def build_index(
    directory: Path,
    layout: IndexSchema,
    records: Iterable[Record],
    applied: LastChange,
    progress: Callable[[int], None] | None,
) -> None:
    """Write `records` as a new index into the empty `directory`; `applied` is the last change that they surely hold.

    What is more than one batch is worth starting other processes.
    """
    index = FileIndex.create(FileStorage(str(directory)), whoosh_schema(), INDEX_NAME)
    given = iter(records)
    first = list(islice(given, SEGMENT_SIZE))
    with _writing(index, layout) as writer:
        if len(first) == SEGMENT_SIZE:
            writer.segments += write_segments(directory, layout, chain(first, given), progress)
        else:
            for count, record in enumerate(first, 1):
                writer.add(index_document(record, layout))
                if progress:
                    progress(count)
        _commit(writer, directory, applied, merge=False)


def apply_changes(directory: Path, layout: IndexSchema, feed: RecordSource, change: int) -> int:
    """Bring the index in `directory`, which holds `change`, up to `feed`, and return the number of the last change.

    Applying a change again does no harm: a record is replaced by what it is now.
    """
    pending = iter(feed.changes_after(change))
    first = next(pending, None)
    if first is None:
        return change
    index = FileIndex(FileStorage(str(directory)), whoosh_schema(), INDEX_NAME)
    with _writing(index, layout) as writer, index.searcher() as committed:
        last = _apply(writer, committed, layout, first)
        for following in pending:
            last = _apply(writer, committed, layout, following)
        _commit(writer, directory, LastChange(last, feed.change_token(last)))
    return last


def _apply(writer: ColumnWriter, committed: Any, layout: IndexSchema, change: Change) -> int:
    writer.delete_by_term(ID_FIELD, change.id, searcher=committed)
    if change.record:
        writer.add(index_document(change.record, layout))
    return change.number


def _commit(writer: ColumnWriter, directory: Path, applied: LastChange, *, merge: bool = True) -> None:
    write_last_change(directory, writer.generation, applied)
    writer.commit(merge=merge)
    delete_old_notes(directory, writer.generation)


@contextmanager
def _writing(index: FileIndex, layout: IndexSchema) -> Iterator[ColumnWriter]:
    """Give a writer of `index`, and leave the last commit as it was when anything goes wrong."""
    writer = ColumnWriter(index, layout)
    try:
        yield writer
    finally:
        if not writer.is_closed:
            writer.cancel()
