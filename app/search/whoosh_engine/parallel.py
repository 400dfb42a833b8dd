"""Building a large index on several processors: each process writes whole segments, which one commit puts together."""

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
from app.search.whoosh_engine.codec import ColumnWriter
from app.search.whoosh_engine.schema import INDEX_NAME, whoosh_schema

SEGMENT_SIZE = 5_000  # records of a segment
_MAX_PROCESSES = 8


def write_segments(
    directory: Path, layout: IndexSchema, records: Iterator[Record], progress: Callable[[int], None] | None
) -> list[Any]:
    """Write `records` as segments of the index in `directory`, which does not name them yet; return them in order.

    Only one batch more than there are processes is in memory.
    """
    processes = min(os.cpu_count() or 1, _MAX_PROCESSES)
    begun: deque[Future[Any]] = deque()
    segments: list[Any] = []

    def finish() -> None:
        segments.append(begun.popleft().result())
        if progress:
            progress(sum(segment.doc_count_all() for segment in segments))

    # A new interpreter each: a copy of this one would have the locks of its threads, held or not.
    with ProcessPoolExecutor(processes, get_context("spawn"), _end_with_parent) as pool:
        while batch := list(islice(records, SEGMENT_SIZE)):
            begun.append(pool.submit(_write_segment, directory, layout.fields, batch))
            if len(begun) > processes:
                finish()
        while begun:
            finish()
    return segments


def _write_segment(directory: Path, fields: tuple[Field, ...], records: Sequence[Record]) -> Any:
    """Write one segment; fields are given instead of their layout, which holds functions and cannot be sent."""
    layout = IndexSchema.of(fields)
    index = FileIndex(FileStorage(str(directory)), whoosh_schema(), INDEX_NAME)
    # The process that builds the index has it to itself.
    writer = ColumnWriter(index, layout, lock=False)
    for record in records:
        writer.add(index_document(record, layout))
    return writer._finalize_segment()  # noqa: SLF001 - as Whoosh's own parallel writer does


def _end_with_parent() -> None:
    """End this process when the one that started it is gone, even if that was killed."""
    parent = parent_process()
    if parent is None:
        return

    def watch() -> None:
        connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
