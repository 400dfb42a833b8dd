"""How segments are stored: a Whoosh codec whose terms and posting lists are columns, in one file of arrays a segment.

Whoosh keeps what it is good at: segments, commits, deletions, merges, stored rows. Its own codec packs postings into
blocks that Python has to take apart again one by one; columns are used where they lie.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from whoosh.codec.base import FieldWriter, TermsReader
from whoosh.codec.whoosh3 import W3Codec, W3TermInfo
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
from app.search.whoosh_engine.schema import ID_FIELD, ROW_FIELD, STEMS_FIELD, WORDS_FIELD

COLUMNS_EXT = ".cols"


class Codec(W3Codec):  # type: ignore[misc]
    """Whoosh's codec with columns for its posting lists; statistics of lengths are columns of ours, too."""

    length_stats = False

    def field_writer(self, storage: Any, segment: Any) -> "_ColumnsWriter":
        """Return a writer of posting lists."""
        return _ColumnsWriter(_path(storage, segment))

    def terms_reader(self, storage: Any, segment: Any) -> "ColumnTerms":
        """Return a reader of posting lists."""
        return ColumnTerms(read_columns(storage, segment))


def read_columns(storage: Any, segment: Any) -> InvertedIndex:
    """Return the columns of a segment; CorruptArrayFile, OSError or KeyError when its file is not what it should be."""
    arrays = read_arrays(_path(storage, segment))
    ids, stems, words = (PostingLists.from_arrays(name, arrays) for name in (ID_FIELD, STEMS_FIELD, WORDS_FIELD))
    return InvertedIndex(ids, stems, words, TokenOffsets.from_arrays(arrays))


def _path(storage: Any, segment: Any) -> Path:
    return Path(storage.folder, segment.make_filename(COLUMNS_EXT))


class ColumnWriter(SegmentWriter):  # type: ignore[misc]
    """Whoosh's writer of a segment, given whole documents; without `lock` whoever writes has the index to itself."""

    def __init__(self, index: Any, layout: IndexSchema, *, lock: bool = True) -> None:
        super().__init__(index, codec=Codec(), compound=False, _lk=lock)
        self.pool = _Pool(layout)

    def add(self, document: IndexDocument) -> None:
        """Add a document, whose texts Whoosh need not see."""
        super().add_document(**{ROW_FIELD: tuple(document.stored)})
        self.pool.inversion.add(document.stored.id, document.texts)

    def add_postings_to_pool(self, reader: Any, startdoc: int, docmap: dict[int, int] | None) -> None:
        """Take in the posting lists of another segment, which a merge makes part of this one."""
        count = reader.doc_count_all()
        numbers = np.arange(startdoc, startdoc + count)
        if docmap is not None:
            numbers = np.array([docmap.get(number, DELETED_DOCUMENT) for number in range(count)], np.int64)
        self.pool.others.append((read_columns(self.storage, reader.segment()), numbers))


class _Pool:
    """Stands in for Whoosh's pool of postings: new documents, and the segments that are merged with them."""

    def __init__(self, layout: IndexSchema) -> None:
        self.inversion = InvertedIndexBuilder([field.weight for field in layout.searched.values()])
        self.others: list[tuple[InvertedIndex, Array]] = []

    def add(self, posting: object) -> None:
        """Refuse a single posting: documents come whole."""
        raise TypeError(f"a posting by itself: {posting!r}")

    def iter_postings(self) -> InvertedIndex:
        """Return the posting lists of all: what was added has the first numbers, since a merge comes after it."""
        new = self.inversion.build()
        if not self.others:
            return new
        return merge_indexes([(new, np.arange(len(self.inversion))), *self.others])

    def cleanup(self) -> None:
        """Let go of everything; there are no files."""


class _ColumnsWriter(FieldWriter):  # type: ignore[misc]
    """Writes the posting lists of a segment."""

    is_closed = False

    def __init__(self, path: Path) -> None:
        self._path = path

    def add_postings(self, schema: Any, lengths: Any, items: InvertedIndex) -> None:
        """Write what a `_Pool` holds."""
        lists = {ID_FIELD: items.ids, STEMS_FIELD: items.stems, WORDS_FIELD: items.words}
        arrays = {name: array for field, found in lists.items() for name, array in found.to_arrays(field).items()}
        write_arrays(self._path, arrays | items.token_offsets.to_arrays())

    def close(self) -> None:
        """Do nothing: the file is whole once it is written."""
        self.is_closed = True


class ColumnTerms(TermsReader):  # type: ignore[misc]
    """The terms of a segment as Whoosh's own searcher wants them."""

    def __init__(self, columns: InvertedIndex) -> None:
        self.columns = columns
        self._lists = {ID_FIELD: columns.ids, STEMS_FIELD: columns.stems, WORDS_FIELD: columns.words}

    def __contains__(self, term: tuple[str, bytes]) -> bool:
        name, text = term
        return name in self._lists and bool(self._lists[name].terms.find_range(text.decode()))

    def indexed_field_names(self) -> Sequence[str]:
        """Return the names of the fields."""
        return list(self._lists)

    def terms(self) -> Iterator[tuple[str, bytes]]:
        """Yield every term with its field."""
        return ((name, term) for name, lists in self._lists.items() for term in lists.terms)

    def term_info(self, name: str, text: bytes) -> W3TermInfo:
        """Return how many documents hold a term, and its weight in all of them."""
        documents, weights, _ = self._postings(name, text)
        return W3TermInfo(weight=float(weights.sum()), df=len(documents), maxweight=float(weights.max()))

    def frequency(self, name: str, text: bytes) -> float:
        """Return the weight of a term in all documents."""
        return float(self.term_info(name, text).weight())

    def doc_frequency(self, name: str, text: bytes) -> int:
        """Return how many documents hold a term."""
        return int(self.term_info(name, text).doc_frequency())

    def matcher(self, name: str, text: bytes, format_: Any, scorer: Any = None) -> ListMatcher:
        """Return a cursor over a posting list; a value is the positions of a term in a document."""
        documents, weights, positions = self._postings(name, text)
        values = [at.astype(np.uint32).tobytes() for at in positions]
        info = self.term_info(name, text)
        given = documents.tolist(), weights.tolist(), values
        return ListMatcher(*given, format_, scorer=scorer, term=(name, text), terminfo=info)

    def close(self) -> None:
        """Do nothing: the file is let go of with its last array."""

    def _postings(self, name: str, text: bytes) -> tuple[Array, Array, list[Array]]:
        lists = self._lists.get(name)
        if lists is None or not (found := lists.terms.find_range(text.decode())):
            raise TermNotFound(f"{name}:{text!r}")
        first, last = int(lists.term_starts[found.start]), int(lists.term_starts[found.stop])
        ends = lists.posting_starts[first : last + 1].astype(np.int64).tolist()
        positions = [lists.positions[begin:end] for begin, end in pairwise(ends)]
        return lists.documents[first:last], lists.weights[first:last], positions
