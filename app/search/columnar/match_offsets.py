"""Spotting: where the words that a query looked for stand in the records of a page, without reading these."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from app.search.analysis import stem
from app.search.columnar.postings import Mask, Numbers, document_of, position_of, shift_documents
from app.search.columnar.snapshot import IndexSnapshot
from app.search.engine import HighlightTerms, MatchOffset

FieldOffsets = dict[str, list[MatchOffset]]


def match_offsets(view: IndexSnapshot, marks: HighlightTerms, documents: Sequence[int]) -> dict[int, FieldOffsets]:
    """Return the words that `marks` are about in each of `documents`, by field key."""
    spots: dict[int, FieldOffsets] = {document: {} for document in documents}
    within = np.zeros(len(view.alive), np.bool_)
    within[list(documents)] = True
    found = list(_found(view, marks, within))
    if not found:
        return spots
    at, first = np.unique(np.concatenate([places for _, places in found]), return_index=True)
    stems = [word_stem for word_stem, places in found for _ in range(len(places))]
    keys = list(view.schema.searched)
    fields = [keys[rank] for rank in view.fields_at(at).tolist()]
    holders, begins = np.unique(document_of(at), return_index=True)
    bounds = pairwise([*begins.tolist(), len(at)])
    for document, (begin, end) in zip(holders.tolist(), bounds, strict=True):
        part = next(part for part in view.segments if document < part.documents.stop)
        starts, stops = part.segment.character_offsets(document - part.offset, position_of(at[begin:end]))
        of = spots[document]
        for place, (start, stop) in enumerate(zip(starts, stops, strict=True), begin):
            of.setdefault(fields[place], []).append(MatchOffset(start, stop, stems[first[place]]))
    return spots


def _found(view: IndexSnapshot, marks: HighlightTerms, within: Mask) -> Iterator[tuple[str, Numbers]]:
    """Yield stems, and places where a word of it is marked."""
    for key, stems in marks.stems.items():
        for word_stem in stems:
            yield word_stem, _in_field(view, key, view.occurrences_of_stem(word_stem, within))
    for key, prefixes in marks.prefixes.items():
        for prefix in prefixes:
            for part in view.segments:
                for word, places in part.segment.forms_with_prefix(prefix, within[part.documents]):
                    yield stem(word), _in_field(view, key, shift_documents(places, part.offset))
    for key, phrases in marks.phrases.items():
        for phrase in phrases:
            starts = _in_field(view, key, view.occurrences_of_phrase(phrase, within))
            yield from ((word_stem, starts + distance) for distance, word_stem in enumerate(phrase))


def _in_field(view: IndexSnapshot, key: str, places: Numbers) -> Numbers:
    """Return those of `places` that are in the field `key`, all of them for the key of every field."""
    if not key:
        return places
    of_field: Numbers = places[view.fields_at(places) == list(view.schema.searched).index(key)]
    return of_field
