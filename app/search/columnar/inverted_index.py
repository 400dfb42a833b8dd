"""Inversion: the words of many documents, one document after the other, become posting lists, one term after the other.

Whoosh collects single postings and sorts them one by one, which takes most of the time of an index. What is here sorts
all words of a segment at once, as columns.
"""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from app.search.analysis import TermNumbering
from app.search.columnar.array_file import Array, StoredArray, narrow
from app.search.columnar.sorted_terms import SortedTerms

SURFACE_SEPARATOR = "\t"  # stands between a folded word and its spelling in lower case; no word holds one
FieldText = tuple[
    int, int, str
]  # the rank of its field, the character of that field at which it begins, and what it says
_STORED = ("documents", "weights", "first_at", "positions")  # of lists: what grows with the texts
DELETED_DOCUMENT = -1  # the new number of a document that a merge leaves out


@dataclass(frozen=True, slots=True, eq=False)
class PostingLists:
    """The posting lists of one field, by term: `first` is where each begins among the documents and their weights.

    `first_at` is where each document of each list begins among the `positions`. Both have one number more than there is
    to begin, the end of the last one.
    """

    terms: SortedTerms
    first: Array
    documents: Array | StoredArray
    weights: Array | StoredArray
    first_at: Array | StoredArray
    positions: Array | StoredArray

    def to_arrays(self, field: str) -> dict[str, Array]:
        """Return what `Lists.read` reads."""
        columns = {name: narrow(getattr(self, name)[:]) for name in ("first", "documents", "first_at", "positions")}
        named = {
            "text": self.terms.text,
            "starts": self.terms.starts,
            "weights": self.weights[:].astype(np.float32),
            **columns,
        }
        return {f"{field}.{name}": column for name, column in named.items()}

    @classmethod
    def from_arrays(cls, field: str, arrays: Mapping[str, StoredArray]) -> "PostingLists":
        """Return the lists of `field` among the arrays of a segment; what grows with the texts stays in the file."""
        text, starts, first = (arrays[f"{field}.{name}"][:] for name in ("text", "starts", "first"))
        return cls(SortedTerms(text, starts), first, *(arrays[f"{field}.{name}"] for name in _STORED))


@dataclass(frozen=True, slots=True, eq=False)
class TokenOffsets:
    """The texts of documents: where their fields begin, and where their words stand, by position.

    `starts` has a row for each document: the positions where its searched fields begin, and where the last one ends;
    `lengths` are the weighted numbers of words. `first` is where the words of each document begin among `begin` (the
    characters, of the field's text, at which each begins) and `size` (its characters; 0 where a position has no word).
    """

    starts: Array
    lengths: Array
    first: Array
    begin: Array | StoredArray
    size: Array | StoredArray

    def to_arrays(self) -> dict[str, Array]:
        """Return what `Texts.read` reads."""
        columns = {name: narrow(getattr(self, name)[:]) for name in ("first", "begin", "size")}
        # Of no documents, as a merge of deleted ones leaves them, the rows would not tell their width.
        width = np.array(self.starts.shape[1:], np.uint32)
        named = {"starts": narrow(self.starts.ravel()), "width": width, "lengths": self.lengths, **columns}
        return {f"texts.{name}": column for name, column in named.items()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, StoredArray]) -> "TokenOffsets":
        """Return the texts among the arrays of a segment; where single words stand stays in the file."""
        names = ("starts", "width", "lengths", "first")
        starts, width, lengths, first = (arrays[f"texts.{name}"][:] for name in names)
        rows = starts.reshape(len(lengths), int(width[0]))
        return cls(rows, lengths, first, arrays["texts.begin"], arrays["texts.size"])


@dataclass(frozen=True, slots=True, eq=False)
class InvertedIndex:
    """What a segment knows of its documents: who has an identifier, and where each stem and each word stands."""

    ids: PostingLists
    stems: PostingLists
    words: PostingLists
    texts: TokenOffsets


class InvertedIndexBuilder:
    """Documents on their way to posting lists; `weights` are those of the searched fields, in their order."""

    def __init__(self, weights: Sequence[float]) -> None:
        self._weights = np.array(weights, np.float64)
        self._known = TermNumbering()
        self._ids: list[bytes] = []
        # Of each word: the number of its term, where it begins and how long it is.
        self._numbers, self._begin, self._size = array("i"), array("I"), array("I")
        # Of each text: the number of its words, its field, where it begins there, and its document.
        self._texts = array("I"), array("I"), array("I"), array("I")

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, identifier: str, texts: Iterable[FieldText]) -> None:
        """Take in the next document.

        Texts come by growing rank of their field, which may have several.
        """
        for field, at, text in texts:
            before = len(self._numbers)
            self._known.append_terms(text, self._numbers, self._begin, self._size)
            for column, value in zip(
                self._texts, (len(self._numbers) - before, field, at, len(self._ids)), strict=True
            ):
                column.append(value)
        self._ids.append(identifier.encode())

    def build(self) -> InvertedIndex:
        """Return the posting lists of all documents.

        Positions run through all searched fields, so that one posting list answers for each word. After each text one
        is left out, so that no phrase runs across.
        """
        counts, fields, at, owners = map(_column, self._texts)
        text_of = np.repeat(np.arange(len(counts)), counts)
        places = np.arange(len(text_of)) + text_of  # positions, but those of all documents in one row
        sizes = np.zeros((len(self), len(self._weights) + 1), np.int64)
        np.add.at(sizes, (owners, fields + 1), counts + 1)
        first = _ends(sizes.sum(axis=1))
        begin, size = np.zeros(first[-1], np.int64), np.zeros(first[-1], np.int64)
        begin[places], size[places] = _column(self._begin) + at[text_of], _column(self._size)
        documents, weights = owners[text_of], self._weights[fields[text_of]]
        lengths = np.bincount(documents, weights, len(self))
        texts = TokenOffsets(np.cumsum(sizes, axis=1), lengths, first, begin, size)
        posted = _column(self._numbers), documents, places - first[documents], weights
        terms = self._known.terms
        stems = _lists([term.stem.encode() for term in terms], *posted)
        words = _lists([_spelled(term.word, term.surface) for term in terms], *posted)
        return InvertedIndex(_identified(self._ids), stems, words, texts)


def merge_indexes(sources: Sequence[tuple[InvertedIndex, Array]]) -> InvertedIndex:
    """Merge the indexes of several segments into one.

    Each source comes with the new number of each of its documents, `DELETED_DOCUMENT` for a deleted one. New numbers
    count from 0, in the order of the sources and of their documents.
    """
    texts = [_kept(source.texts, numbers != DELETED_DOCUMENT) for source, numbers in sources]
    names = ("starts", "lengths", "first", "begin", "size")
    starts, lengths, sizes, begin, size = (np.concatenate([text[name] for text in texts]) for name in names)
    return InvertedIndex(
        _merged([(source.ids, numbers) for source, numbers in sources]),
        _merged([(source.stems, numbers) for source, numbers in sources]),
        _merged([(source.words, numbers) for source, numbers in sources]),
        TokenOffsets(starts, lengths, _ends(sizes), begin, size),
    )


def range_slices(first: Array, chosen: Array) -> Array:
    """Return the places that the `chosen` of the spans that `first` begins take up, one span after the other."""
    begin = first[chosen].astype(np.int64)
    sizes = first[chosen + 1].astype(np.int64) - begin
    before = np.cumsum(sizes) - sizes
    places: Array = np.repeat(begin - before, sizes) + np.arange(int(sizes.sum()))
    return places


def _kept(texts: TokenOffsets, kept: Array) -> dict[str, Array]:
    """Return the columns of the texts of documents that are `kept`; in the place of `first` are their sizes."""
    chosen = np.flatnonzero(kept)
    places = range_slices(texts.first, chosen)
    sizes = _sizes(texts.first)[chosen]
    columns = {"starts": texts.starts[chosen], "lengths": texts.lengths[chosen], "first": sizes}
    return columns | {"begin": texts.begin[:][places], "size": texts.size[:][places]}


def _merged(sources: Sequence[tuple[PostingLists, Array]]) -> PostingLists:
    terms = sorted(set().union(*(lists.terms for lists, _ in sources)))
    places = {term: place for place, term in enumerate(terms)}
    found: list[tuple[Array, ...]] = []
    for lists, numbers in sources:
        of_term = np.fromiter((places[term] for term in lists.terms), np.int64, len(lists.terms))
        held, weights, first_at, positions = (np.asarray(getattr(lists, name)[:]) for name in _STORED)
        term = np.repeat(of_term, _sizes(lists.first))
        kept = np.flatnonzero(numbers[held] != DELETED_DOCUMENT)
        sizes = _sizes(first_at)[kept]
        at = range_slices(first_at, kept)
        found.append((term[kept], numbers[held[kept]], weights[kept], sizes, positions[at]))
    term, documents, weights, sizes, positions = (np.concatenate(column) for column in zip(*found, strict=True))
    order = np.lexsort((documents, term))
    at = range_slices(_ends(sizes), order)
    present, first = _runs(term[order])
    return PostingLists(
        SortedTerms.from_sorted([terms[place] for place in present.tolist()]),
        first,
        documents[order],
        weights[order],
        _ends(sizes[order]),
        positions[at],
    )


def _lists(terms: Sequence[bytes], numbers: Array, documents: Array, positions: Array, weights: Array) -> PostingLists:
    """Return the posting lists of words, given the term, document, position and weight of each, by growing place.

    `terms` may repeat one: stems are those of several words.
    """
    distinct = sorted(set(terms))
    places = {term: place for place, term in enumerate(distinct)}
    term = np.array([places[each] for each in terms], np.int64)[numbers] if terms else numbers
    order = np.argsort(term, kind="stable")
    term, documents, positions, weights = term[order], documents[order], positions[order], weights[order]
    begins = np.flatnonzero((np.diff(term, prepend=-1) != 0) | (np.diff(documents, prepend=-1) != 0))
    added = np.add.reduceat(weights, begins) if len(begins) else weights
    present, first = _runs(term[begins])
    return PostingLists(
        SortedTerms.from_sorted([distinct[place] for place in present.tolist()]),
        first,
        documents[begins],
        added,
        np.append(begins, len(term)),
        positions,
    )


def _identified(ids: Sequence[bytes]) -> PostingLists:
    """Return the posting lists of identifiers, those of the documents in their order; they stand nowhere."""
    order = sorted(range(len(ids)), key=ids.__getitem__)
    nowhere = np.zeros(len(ids) + 1, np.int64)
    terms, documents = SortedTerms.from_sorted([ids[number] for number in order]), np.array(order, np.int64)
    return PostingLists(terms, np.arange(len(ids) + 1), documents, np.ones(len(ids)), nowhere, np.empty(0, np.int64))


def _runs(values: Array) -> tuple[Array, Array]:
    """Return the distinct ones of ascending `values`, and where each begins, with the end of the last one."""
    begins = np.flatnonzero(np.diff(values, prepend=-1))
    return values[begins], np.append(begins, len(values))


def _ends(sizes: Array) -> Array:
    """Return where spans of these sizes begin one after the other, with the end of the last one."""
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64)])


def _sizes(ends: Array) -> Array:
    """Return the sizes of spans that begin and end there."""
    whole: Array = ends.astype(np.int64)
    return whole[1:] - whole[:-1]


def _column(values: "array[int]") -> Array:
    return np.array(values, np.int64)


def _spelled(word: str, spelling: str) -> bytes:
    """Return what is indexed of a word: it folded, so that its beginning is found, then its spelling, if otherwise."""
    return f"{word}{SURFACE_SEPARATOR}{spelling if spelling != word else ''}".encode()
