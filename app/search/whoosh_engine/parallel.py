"""Parallel index build: each process writes whole segments, which one commit combines."""

import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import islice
from multiprocessing import connection, get_context, parent_process
from pathlib import Path
from typing import Any

from whoosh.filedb.filestore import FileStorage
from whoosh.index import FileIndex

from app.catalogue.fields import Field
from app.catalogue.record import Record
from app.search.columnar.documents import IndexSchema, index_document
from app.search.whoosh_engine.codec import SegmentDocumentWriter
from app.search.whoosh_engine.schema import INDEX_NAME, whoosh_schema

SEGMENT_SIZE = 5_000  # records per segment
_MAX_PROCESSES = 8


def write_segments(
    directory: Path, schema: IndexSchema, records: Iterator[Record], progress: Callable[[int], None] | None
) -> list[Any]:
    """Write `records` as segments in `directory` and return these in order, for the caller to commit.

    At most one batch more than there are processes is in memory.
    """
    processes = min(os.cpu_count() or 1, _MAX_PROCESSES)
    pending: deque[Future[Any]] = deque()
    segments: list[Any] = []

    def finish() -> None:
        segments.append(pending.popleft().result())
        if progress:
            progress(sum(segment.doc_count_all() for segment in segments))

    # "spawn": a forked process would inherit locks that threads of this one hold.
    with ProcessPoolExecutor(processes, get_context("spawn"), _exit_with_parent) as pool:
        while batch := list(islice(records, SEGMENT_SIZE)):
            pending.append(pool.submit(_write_segment, directory, schema.fields, batch))
            if len(pending) > processes:
                finish()
        while pending:
            finish()
    return segments


def _write_segment(directory: Path, fields: tuple[Field, ...], records: Sequence[Record]) -> Any:
    """Write one segment. Takes fields instead of a schema, which contains functions and cannot be pickled."""
    schema = IndexSchema.of(fields)
    index = FileIndex(FileStorage(str(directory)), whoosh_schema(), INDEX_NAME)
    writer = SegmentDocumentWriter(index, schema, lock=False)  # the parent holds the lock of the new index
    for record in records:
        writer.add(index_document(record, schema))
    return writer._finalize_segment()  # noqa: SLF001 - as Whoosh's own parallel writer does


def _exit_with_parent() -> None:
    """Start a thread that ends this process once its parent has ended, killed or not."""
    parent = parent_process()
    if parent is None:
        return

    def watch() -> None:
        connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
