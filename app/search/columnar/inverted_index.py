"""Inverted index of a segment: posting lists by term, and the character offsets of tokens.

The posting lists of a segment are built by one sort over all its tokens; Whoosh sorts single postings, which is three
times slower.
"""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from app.search.analysis import TermNumbering
from app.search.columnar.array_file import Array, StoredArray, narrow
from app.search.columnar.sorted_terms import SortedTerms

SURFACE_SEPARATOR = "\t"  # between a folded word and its surface form; neither contains it
DELETED_DOCUMENT = -1  # new number of a document that a merge drops
FieldText = tuple[int, int, str]  # rank of the field, character offset in the field, text

# Names of arrays in the file; renaming one changes the index format.
_POSTINGS_ARRAYS = {
    "documents": "documents",
    "weights": "weights",
    "posting_starts": "first_at",
    "positions": "positions",
}


@dataclass(frozen=True, slots=True, eq=False)
class PostingLists:
    """The posting lists of one field, in compressed sparse rows.

    Term t has the postings `term_starts[t]` to `term_starts[t + 1]` of `documents` and `weights`; posting p has the
    entries `posting_starts[p]` to `posting_starts[p + 1]` of `positions`. Both arrays of starts have one more entry
    than there are rows. Weights are weighted term frequencies.
    """

    terms: SortedTerms
    term_starts: Array
    documents: Array | StoredArray
    weights: Array | StoredArray
    posting_starts: Array | StoredArray
    positions: Array | StoredArray

    def to_arrays(self, field: str) -> dict[str, Array]:
        """Return the arrays to store, by name; `from_arrays` reads them."""
        arrays = {
            "text": self.terms.text,
            "starts": self.terms.starts,
            "weights": self.weights[:].astype(np.float32),
            "first": narrow(self.term_starts[:]),
            "documents": narrow(self.documents[:]),
            "first_at": narrow(self.posting_starts[:]),
            "positions": narrow(self.positions[:]),
        }
        return {f"{field}.{name}": array for name, array in arrays.items()}

    @classmethod
    def from_arrays(cls, field: str, arrays: Mapping[str, StoredArray]) -> "PostingLists":
        """Return the posting lists of `field`; terms are read at once, the arrays of postings stay in the file."""
        text, starts, term_starts = (arrays[f"{field}.{name}"][:] for name in ("text", "starts", "first"))
        stored = (arrays[f"{field}.{name}"] for name in _POSTINGS_ARRAYS.values())
        return cls(SortedTerms(text, starts), term_starts, *stored)


@dataclass(frozen=True, slots=True, eq=False)
class TokenOffsets:
    """Positions of fields and character offsets of tokens, by document.

    `field_starts` has shape (documents, fields + 1): the position at which each searched field begins, and the end of
    the last one. `document_lengths` (float64) are the weighted numbers of tokens. Document d has the entries
    `document_starts[d]` to `document_starts[d + 1]` of `token_starts` (character offset in the field) and
    `token_lengths` (characters; 0 where a position has no token), one entry per position.
    """

    field_starts: Array
    document_lengths: Array
    document_starts: Array
    token_starts: Array | StoredArray
    token_lengths: Array | StoredArray

    def to_arrays(self) -> dict[str, Array]:
        """Return the arrays to store, by name; `from_arrays` reads them."""
        arrays = {
            "starts": narrow(self.field_starts.ravel()),
            # The width of `field_starts` cannot be derived when a merge leaves no document.
            "width": np.array(self.field_starts.shape[1:], np.uint32),
            "lengths": self.document_lengths,
            "first": narrow(self.document_starts[:]),
            "begin": narrow(self.token_starts[:]),
            "size": narrow(self.token_lengths[:]),
        }
        return {f"texts.{name}": array for name, array in arrays.items()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, StoredArray]) -> "TokenOffsets":
        """Return the token offsets of a segment; the arrays of tokens stay in the file."""
        names = ("starts", "width", "lengths", "first")
        starts, width, lengths, document_starts = (arrays[f"texts.{name}"][:] for name in names)
        field_starts = starts.reshape(len(lengths), int(width[0]))
        return cls(field_starts, lengths, document_starts, arrays["texts.begin"], arrays["texts.size"])


@dataclass(frozen=True, slots=True, eq=False)
class InvertedIndex:
    """The posting lists of identifiers, stems and surface forms of a segment, and its token offsets."""

    ids: PostingLists
    stems: PostingLists
    words: PostingLists
    token_offsets: TokenOffsets


class InvertedIndexBuilder:
    """Collects documents and builds their inverted index; `weights` are those of the searched fields, in order."""

    def __init__(self, weights: Sequence[float]) -> None:
        self._weights = np.array(weights, np.float64)
        self._numbering = TermNumbering()
        self._ids: list[bytes] = []
        # One entry per token: term number, character offset in its text, length.
        self._token_terms, self._token_starts, self._token_lengths = array("i"), array("I"), array("I")
        # One entry per text: number of tokens, field rank, character offset in the field, document.
        self._texts = array("I"), array("I"), array("I"), array("I")

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, identifier: str, texts: Iterable[FieldText]) -> None:
        """Add the next document; `texts` come by ascending field rank, several per field for lists."""
        for field, offset, text in texts:
            before = len(self._token_terms)
            self._numbering.append_terms(text, self._token_terms, self._token_starts, self._token_lengths)
            row = (len(self._token_terms) - before, field, offset, len(self._ids))
            for column, value in zip(self._texts, row, strict=True):
                column.append(value)
        self._ids.append(identifier.encode())

    def build(self) -> InvertedIndex:
        """Return the inverted index of all documents.

        Positions count through all searched fields of a document, so that one posting list serves every field. One
        position is skipped after each text, so that a phrase cannot span two texts.
        """
        counts, fields, offsets, documents_of_texts = map(_int_array, self._texts)
        text_of = np.repeat(np.arange(len(counts)), counts)
        slots = np.arange(len(text_of)) + text_of  # positions, counted through all documents
        sizes = np.zeros((len(self), len(self._weights) + 1), np.int64)
        np.add.at(sizes, (documents_of_texts, fields + 1), counts + 1)
        starts = _starts(sizes.sum(axis=1))
        token_starts, token_lengths = np.zeros(starts[-1], np.int64), np.zeros(starts[-1], np.int64)
        token_starts[slots] = _int_array(self._token_starts) + offsets[text_of]
        token_lengths[slots] = _int_array(self._token_lengths)
        documents, weights = documents_of_texts[text_of], self._weights[fields[text_of]]
        document_lengths = np.bincount(documents, weights, len(self))
        token_offsets = TokenOffsets(np.cumsum(sizes, axis=1), document_lengths, starts, token_starts, token_lengths)
        columns = _int_array(self._token_terms), documents, slots - starts[documents], weights
        terms = self._numbering.terms
        stems = _posting_lists([term.stem.encode() for term in terms], *columns)
        words = _posting_lists([_word_term(term.word, term.surface) for term in terms], *columns)
        return InvertedIndex(_id_posting_lists(self._ids), stems, words, token_offsets)


def merge_indexes(sources: Sequence[tuple[InvertedIndex, Array]]) -> InvertedIndex:
    """Merge the inverted indexes of several segments.

    Each comes with the new number of each of its documents, `DELETED_DOCUMENT` for a deleted one. New numbers ascend
    from 0 in the order of `sources`.
    """
    parts = [_kept_offsets(source.token_offsets, numbers != DELETED_DOCUMENT) for source, numbers in sources]
    field_starts, lengths, sizes, token_starts, token_lengths = (
        np.concatenate(column) for column in zip(*parts, strict=True)
    )
    return InvertedIndex(
        _merge_posting_lists([(source.ids, numbers) for source, numbers in sources]),
        _merge_posting_lists([(source.stems, numbers) for source, numbers in sources]),
        _merge_posting_lists([(source.words, numbers) for source, numbers in sources]),
        TokenOffsets(field_starts, lengths, _starts(sizes), token_starts, token_lengths),
    )


def range_slices(starts: Array, rows: Array) -> Array:
    """Return the indexes of the entries of `rows`, concatenated; row r has the entries starts[r] to starts[r + 1]."""
    begins = starts[rows].astype(np.int64)
    sizes = starts[rows + 1].astype(np.int64) - begins
    before = np.cumsum(sizes) - sizes
    indexes: Array = np.repeat(begins - before, sizes) + np.arange(int(sizes.sum()))
    return indexes


def _kept_offsets(offsets: TokenOffsets, kept: Array) -> tuple[Array, ...]:
    """Return the columns of `TokenOffsets` for the `kept` documents (a mask); sizes stand for `document_starts`."""
    documents = np.flatnonzero(kept)
    tokens = range_slices(offsets.document_starts, documents)
    return (
        offsets.field_starts[documents],
        offsets.document_lengths[documents],
        _sizes(offsets.document_starts)[documents],
        offsets.token_starts[:][tokens],
        offsets.token_lengths[:][tokens],
    )


def _merge_posting_lists(sources: Sequence[tuple[PostingLists, Array]]) -> PostingLists:
    terms = sorted(set().union(*(lists.terms for lists, _ in sources)))
    number_by_term = {term: number for number, term in enumerate(terms)}
    parts: list[tuple[Array, ...]] = []
    for lists, numbers in sources:
        merged_terms = np.fromiter((number_by_term[term] for term in lists.terms), np.int64, len(lists.terms))
        documents, weights, starts, positions = (np.asarray(getattr(lists, name)[:]) for name in _POSTINGS_ARRAYS)
        kept = np.flatnonzero(numbers[documents] != DELETED_DOCUMENT)
        parts.append(
            (
                np.repeat(merged_terms, _sizes(lists.term_starts))[kept],
                numbers[documents[kept]],
                weights[kept],
                _sizes(starts)[kept],
                positions[range_slices(starts, kept)],
            )
        )
    term, documents, weights, sizes, positions = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((documents, term))
    present, term_starts = _runs(term[order])
    return PostingLists(
        SortedTerms.from_sorted([terms[number] for number in present.tolist()]),
        term_starts,
        documents[order],
        weights[order],
        _starts(sizes[order]),
        positions[range_slices(_starts(sizes), order)],
    )


def _posting_lists(
    terms: Sequence[bytes], token_terms: Array, documents: Array, positions: Array, weights: Array
) -> PostingLists:
    """Return the posting lists of tokens: parallel arrays of term number, document, position and weight.

    `terms` may contain duplicates: several words have the same stem. Tokens come by ascending document and position.
    """
    distinct = sorted(set(terms))
    number_by_term = {term: number for number, term in enumerate(distinct)}
    term = np.array([number_by_term[each] for each in terms], np.int64)[token_terms] if terms else token_terms
    order = np.argsort(term, kind="stable")
    term, documents, positions, weights = term[order], documents[order], positions[order], weights[order]
    begins = np.flatnonzero((np.diff(term, prepend=-1) != 0) | (np.diff(documents, prepend=-1) != 0))
    sums = np.add.reduceat(weights, begins) if len(begins) else weights
    present, term_starts = _runs(term[begins])
    return PostingLists(
        SortedTerms.from_sorted([distinct[number] for number in present.tolist()]),
        term_starts,
        documents[begins],
        sums,
        np.append(begins, len(term)),
        positions,
    )


def _id_posting_lists(ids: Sequence[bytes]) -> PostingLists:
    """Return the posting lists of identifiers, `ids[d]` being that of document d; they have no positions."""
    order = sorted(range(len(ids)), key=ids.__getitem__)
    starts = np.zeros(len(ids) + 1, np.int64)
    terms, documents = SortedTerms.from_sorted([ids[number] for number in order]), np.array(order, np.int64)
    return PostingLists(terms, np.arange(len(ids) + 1), documents, np.ones(len(ids)), starts, np.empty(0, np.int64))


def _runs(values: Array) -> tuple[Array, Array]:
    """Return the distinct values of an ascending array, and the start of each run with the total length at the end."""
    begins = np.flatnonzero(np.diff(values, prepend=-1))
    return values[begins], np.append(begins, len(values))


def _starts(sizes: Array) -> Array:
    """Return the start of each row of these sizes, with the total at the end."""
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64)])


def _sizes(starts: Array) -> Array:
    """Return the size of each row; the inverse of `_starts`."""
    wide: Array = starts.astype(np.int64)
    return wide[1:] - wide[:-1]


def _int_array(values: "array[int]") -> Array:
    return np.array(values, np.int64)


def _word_term(word: str, surface: str) -> bytes:
    """Return the term of a surface form: the folded word first, for prefix search, then the form where it differs."""
    return f"{word}{SURFACE_SEPARATOR}{surface if surface != word else ''}".encode()
