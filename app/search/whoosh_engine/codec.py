"""Whoosh codec that stores the inverted index of a segment in one array file.

Segments, commits, deletions, merges and stored fields are Whoosh's. Its own codec packs postings into blocks that
Python decodes one by one; arrays are used as they are read.
"""

import zlib
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from whoosh.codec.base import FieldWriter, TermsReader
from whoosh.codec.whoosh3 import W3Codec, W3TermInfo
from whoosh.filedb.filestore import RamStorage
from whoosh.index import TOC, clean_files
from whoosh.matching import ListMatcher
from whoosh.reading import TermNotFound
from whoosh.writing import SegmentWriter

from app.search.columnar.array_file import Array, read_arrays, write_arrays
from app.search.columnar.documents import IndexDocument, IndexSchema
from app.search.columnar.inverted_index import (
    DELETED_DOCUMENT,
    InvertedIndex,
    InvertedIndexBuilder,
    PostingLists,
    TokenOffsets,
    merge_indexes,
)
from app.search.whoosh_engine.directory import CorruptIndexFile, LastChange, write_last_change
from app.search.whoosh_engine.schema import ID_FIELD, STEMS_FIELD, STORED_FIELDS_FIELD, WORDS_FIELD

_ARRAY_FILE_EXTENSION = ".cols"
_STORED_FIELDS = "_stored"  # Whoosh's name of the column of stored fields


class Codec(W3Codec):  # type: ignore[misc]
    """Whoosh 3 codec with posting lists and document lengths in an array file.

    The table of contents pickles this class by its name: renaming or moving it makes indexes unreadable.
    """

    length_stats = False

    def field_writer(self, storage: Any, segment: Any) -> "_ArrayFileWriter":
        """Return the writer of the array file of `segment`."""
        return _ArrayFileWriter(_path(storage, segment))

    def terms_reader(self, storage: Any, segment: Any) -> "ArrayFileTerms":
        """Return the reader of the array file of `segment`."""
        return ArrayFileTerms(read_inverted_index(storage, segment))


def read_inverted_index(storage: Any, segment: Any) -> InvertedIndex:
    """Return the inverted index of a segment; raises CorruptArrayFile, OSError or KeyError when its file is damaged."""
    arrays = read_arrays(_path(storage, segment))
    ids, stems, words = (PostingLists.from_arrays(name, arrays) for name in (ID_FIELD, STEMS_FIELD, WORDS_FIELD))
    return InvertedIndex(ids, stems, words, TokenOffsets.from_arrays(arrays))


def verify_stored_fields(storage: Any, segment: Any) -> None:
    """Raise CorruptIndexFile when the stored fields of a segment do not match the checksum in its entry."""
    if _stored_fields_checksum(storage, segment) != segment.stored_fields_checksum:
        raise CorruptIndexFile(f"the stored fields of segment {segment.segment_id()} do not match their checksum")


def _stored_fields_checksum(storage: Any, segment: Any) -> int:
    """Return the CRC-32 of the file of stored fields, the only file of a segment that Whoosh writes."""
    return zlib.crc32(Path(storage.folder, W3Codec.column_filename(segment, _STORED_FIELDS)).read_bytes())


def _path(storage: Any, segment: Any) -> Path:
    return Path(storage.folder, segment.make_filename(_ARRAY_FILE_EXTENSION))


class SegmentDocumentWriter(SegmentWriter):  # type: ignore[misc]
    """Whoosh segment writer for whole documents; `lock=False` when no other process can write the index.

    `last_change` has to be set before the commit, which writes its note.
    """

    last_change: LastChange

    def __init__(self, index: Any, schema: IndexSchema, *, lock: bool = True) -> None:
        super().__init__(index, codec=Codec(), compound=False, _lk=lock)
        self.pool = _DocumentPool(schema)

    def add_reader(self, reader: Any) -> None:
        """Merge a segment into this one; raises CorruptIndexFile instead of copying damaged stored fields."""
        verify_stored_fields(self.storage, reader.segment())
        super().add_reader(reader)

    def _finalize_segment(self) -> Any:
        """Write the segment and return its entry, which the table of contents pickles with the checksum."""
        segment = super()._finalize_segment()
        segment.stored_fields_checksum = _stored_fields_checksum(self.storage, segment)
        return segment

    def _commit_toc(self, segments: Sequence[Any]) -> None:
        """Write the note of the last change with a checksum of the table of contents, then that table, atomically."""
        memory = RamStorage()
        TOC(self.schema, segments, self.generation).write(memory, self.indexname)
        [(name, toc)] = memory.files.items()
        directory = Path(self.storage.folder)
        write_last_change(directory, self.generation, self.last_change, toc)
        temporary = directory / f"{name}.tmp"
        temporary.write_bytes(toc)
        temporary.replace(directory / name)
        clean_files(self.storage, self.indexname, self.generation, segments)

    def add(self, document: IndexDocument) -> None:
        """Add a document: its stored fields to Whoosh, its texts to the inverted index."""
        super().add_document(**{STORED_FIELDS_FIELD: tuple(document.stored)})
        self.pool.builder.add(document.stored.id, document.texts)

    def add_postings_to_pool(self, reader: Any, startdoc: int, docmap: dict[int, int] | None) -> None:
        """Add the inverted index of a segment that is merged into this one; `docmap` has the new document numbers."""
        count = reader.doc_count_all()
        numbers = np.arange(startdoc, startdoc + count)
        if docmap is not None:
            numbers = np.array([docmap.get(number, DELETED_DOCUMENT) for number in range(count)], np.int64)
        self.pool.merged.append((read_inverted_index(self.storage, reader.segment()), numbers))


class _DocumentPool:
    """Replaces Whoosh's pool of postings: collects the new documents and the merged segments of a segment writer."""

    def __init__(self, schema: IndexSchema) -> None:
        self.builder = InvertedIndexBuilder([field.weight for field in schema.searched.values()])
        self.merged: list[tuple[InvertedIndex, Array]] = []

    def add(self, posting: object) -> None:
        """Raise TypeError: the pool takes whole documents, not single postings."""
        raise TypeError(f"single posting: {posting!r}")

    def iter_postings(self) -> InvertedIndex:
        """Return the inverted index of the segment; new documents have the first numbers, then merged segments."""
        new = self.builder.build()
        if not self.merged:
            return new
        return merge_indexes([(new, np.arange(len(self.builder))), *self.merged])

    def cleanup(self) -> None:
        """Do nothing: the pool has no temporary files."""


class _ArrayFileWriter(FieldWriter):  # type: ignore[misc]
    """Writes the array file of a segment."""

    is_closed = False

    def __init__(self, path: Path) -> None:
        self._path = path

    def add_postings(self, schema: Any, lengths: Any, items: InvertedIndex) -> None:
        """Write the inverted index that `_DocumentPool.iter_postings` returned."""
        posting_lists = {ID_FIELD: items.ids, STEMS_FIELD: items.stems, WORDS_FIELD: items.words}
        arrays = {
            name: array for field, lists in posting_lists.items() for name, array in lists.to_arrays(field).items()
        }
        write_arrays(self._path, arrays | items.token_offsets.to_arrays())

    def close(self) -> None:
        """Do nothing: `add_postings` writes the whole file."""
        self.is_closed = True


class ArrayFileTerms(TermsReader):  # type: ignore[misc]
    """Terms reader of a segment for Whoosh's own searcher, which finds the documents to delete."""

    def __init__(self, inverted: InvertedIndex) -> None:
        self._lists = {ID_FIELD: inverted.ids, STEMS_FIELD: inverted.stems, WORDS_FIELD: inverted.words}

    def __contains__(self, term: tuple[str, bytes]) -> bool:
        name, text = term
        return name in self._lists and bool(self._lists[name].terms.find_range(text.decode()))

    def indexed_field_names(self) -> Sequence[str]:
        """Return the names of the fields."""
        return list(self._lists)

    def terms(self) -> Iterator[tuple[str, bytes]]:
        """Yield the (field, term) pairs."""
        return ((name, term) for name, lists in self._lists.items() for term in lists.terms)

    def term_info(self, name: str, text: bytes) -> W3TermInfo:
        """Return the document frequency of a term, and its total and maximal weight."""
        documents, weights, _ = self._postings(name, text)
        return W3TermInfo(weight=float(weights.sum()), df=len(documents), maxweight=float(weights.max()))

    def frequency(self, name: str, text: bytes) -> float:
        """Return the total weight of a term."""
        return float(self.term_info(name, text).weight())

    def doc_frequency(self, name: str, text: bytes) -> int:
        """Return the document frequency of a term."""
        return int(self.term_info(name, text).doc_frequency())

    def matcher(self, name: str, text: bytes, format_: Any, scorer: Any = None) -> ListMatcher:
        """Return a matcher over a posting list; the value of a posting is its positions as uint32."""
        documents, weights, positions = self._postings(name, text)
        values = [each.astype(np.uint32).tobytes() for each in positions]
        info = self.term_info(name, text)
        return ListMatcher(
            documents.tolist(), weights.tolist(), values, format_, scorer=scorer, term=(name, text), terminfo=info
        )

    def close(self) -> None:
        """Do nothing: the file is closed with its last array."""

    def _postings(self, name: str, text: bytes) -> tuple[Array, Array, list[Array]]:
        lists = self._lists.get(name)
        if lists is None or not (terms := lists.terms.find_range(text.decode())):
            raise TermNotFound(f"{name}:{text!r}")
        first, last = int(lists.term_starts[terms.start]), int(lists.term_starts[terms.stop])
        starts = lists.posting_starts[first : last + 1].astype(np.int64).tolist()
        positions = [lists.positions[start:end] for start, end in pairwise(starts)]
        return lists.documents[first:last], lists.weights[first:last], positions
