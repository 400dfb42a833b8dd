"""Opens the committed state of a Whoosh index as an `IndexSnapshot`."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from whoosh.filedb.filestore import FileStorage
from whoosh.index import TOC, EmptyIndexError

from app.search.columnar.documents import IndexSchema, StoredFields
from app.search.columnar.postings_cache import PostingsCache
from app.search.columnar.segment import Segment, SegmentColumns
from app.search.columnar.snapshot import IndexSnapshot, SegmentView
from app.search.whoosh_engine.codec import read_inverted_index, verify_stored_fields
from app.search.whoosh_engine.directory import LastChange, ManifestStamp, read_last_change
from app.search.whoosh_engine.schema import INDEX_NAME, STORED_FIELDS_FIELD, whoosh_schema

_TOC_NAME = re.compile(rf"_{INDEX_NAME}_([0-9]+)\.toc")


@dataclass(frozen=True, slots=True, eq=False)
class CommittedIndex:
    """A snapshot with its location on disk: directory, manifest stamp, Whoosh generation and last change."""

    directory: Path
    stamp: ManifestStamp
    generation: int
    last_change: LastChange
    snapshot: IndexSnapshot


def open_index(
    directory: Path, stamp: ManifestStamp, schema: IndexSchema, previous: CommittedIndex | None, cache: PostingsCache
) -> CommittedIndex:
    """Open the newest commit in `directory`; segments that `previous` has open are shared with it."""
    storage = FileStorage(str(directory))
    toc, last_change = read_commit(directory)
    opened = {view.segment.id: view.segment for view in previous.snapshot.segments} if previous else {}
    views = []
    offset = 0
    for entry in toc.segments:
        segment = opened.get(entry.segment_id()) or _open_segment(storage, entry, schema)
        alive = np.ones(entry.doc_count_all(), np.bool_)
        alive[list(entry.deleted_docs())] = False
        views.append(SegmentView(segment, offset, alive))
        offset += len(alive)
    snapshot = IndexSnapshot(directory.name, last_change.change, tuple(views), schema, cache)
    return CommittedIndex(directory, stamp, toc.generation, last_change, snapshot)


def read_commit(directory: Path) -> tuple[TOC, LastChange]:
    """Return the table of contents and the last change of the newest commit.

    The checksum is compared before the table is unpickled. Raises EmptyIndexError without a commit, FileNotFoundError
    when a writer has replaced the commit meanwhile, CorruptIndexFile, ValueError or KeyError when it is damaged.
    """
    generation = newest_generation(directory)
    if generation < 0:
        raise EmptyIndexError(f"no commit in {directory}")
    toc = (directory / f"_{INDEX_NAME}_{generation}.toc").read_bytes()
    last_change = read_last_change(directory, generation, toc)
    return TOC.read(FileStorage(str(directory)), INDEX_NAME, generation, whoosh_schema()), last_change


def _open_segment(storage: FileStorage, entry: Any, schema: IndexSchema) -> Segment:
    """Open the segment of a table-of-contents entry and read its stored fields."""
    verify_stored_fields(storage, entry)
    reader = entry.codec().per_document_reader(storage, entry)
    try:
        rows = [
            StoredFields(*reader.stored_fields(number)[STORED_FIELDS_FIELD]) for number in range(reader.doc_count_all())
        ]
    finally:
        reader.close()
    return Segment(entry.segment_id(), SegmentColumns.from_rows(rows, schema), read_inverted_index(storage, entry))


def newest_generation(directory: Path) -> int:
    """Return the number of the newest commit in `directory`, -1 without one. Called before each search."""
    try:
        with os.scandir(directory) as entries:
            matches = [_TOC_NAME.fullmatch(entry.name) for entry in entries]
    except FileNotFoundError:
        return -1
    return max((int(match[1]) for match in matches if match), default=-1)
