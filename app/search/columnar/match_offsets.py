"""Character offsets of the matched words in the documents of a page, read from the index."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from app.search.analysis import stem
from app.search.columnar.postings import IntArray, Mask, documents_of, positions_of, shift_documents
from app.search.columnar.snapshot import IndexSnapshot
from app.search.engine import HighlightTerms, MatchOffset

FieldOffsets = dict[str, list[MatchOffset]]  # by field key


def match_offsets(snapshot: IndexSnapshot, terms: HighlightTerms, documents: Sequence[int]) -> dict[int, FieldOffsets]:
    """Return the offsets of `terms` in each of `documents`, by document number and field key, in the text's order."""
    offsets: dict[int, FieldOffsets] = {document: {} for document in documents}
    within = np.zeros(len(snapshot.alive), np.bool_)
    within[list(documents)] = True
    by_stem = list(_term_occurrences(snapshot, terms, within))
    if not by_stem:
        return offsets
    occurrences, first_indexes = np.unique(
        np.concatenate([occurrences for _, occurrences in by_stem]), return_index=True
    )
    stems = [word_stem for word_stem, occurrences in by_stem for _ in range(len(occurrences))]
    keys = list(snapshot.schema.searched)
    fields = [keys[rank] for rank in snapshot.fields_at(occurrences).tolist()]
    matched_documents, begins = np.unique(documents_of(occurrences), return_index=True)
    bounds = pairwise([*begins.tolist(), len(occurrences)])
    for document, (begin, end) in zip(matched_documents.tolist(), bounds, strict=True):
        view = next(view for view in snapshot.segments if document < view.documents.stop)
        starts, ends = view.segment.character_offsets(document - view.offset, positions_of(occurrences[begin:end]))
        for index, bound in enumerate(zip(starts, ends, strict=True), begin):
            match = MatchOffset(*bound, stems[first_indexes[index]])
            offsets[document].setdefault(fields[index], []).append(match)
    return offsets


def _term_occurrences(snapshot: IndexSnapshot, terms: HighlightTerms, within: Mask) -> Iterator[tuple[str, IntArray]]:
    """Yield stems with occurrences to highlight; a stem may come several times."""
    for key, stems in terms.stems.items():
        for word_stem in stems:
            yield word_stem, _in_field(snapshot, key, snapshot.occurrences_of_stem(word_stem, within))
    for key, prefixes in terms.prefixes.items():
        for prefix in prefixes:
            for view in snapshot.segments:
                for word, occurrences in view.segment.forms_with_prefix(prefix, within[view.documents]):
                    yield stem(word), _in_field(snapshot, key, shift_documents(occurrences, view.offset))
    for key, phrases in terms.phrases.items():
        for phrase in phrases:
            starts = _in_field(snapshot, key, snapshot.occurrences_of_phrase(phrase, within))
            yield from ((word_stem, starts + index) for index, word_stem in enumerate(phrase))


def _in_field(snapshot: IndexSnapshot, key: str, occurrences: IntArray) -> IntArray:
    """Return the occurrences in the field `key`; all of them when `key` is empty."""
    if not key:
        return occurrences
    rank = list(snapshot.schema.searched).index(key)
    selected: IntArray = occurrences[snapshot.fields_at(occurrences) == rank]
    return selected
