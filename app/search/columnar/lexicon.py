"""Lexicon of a snapshot: known words, near words, surface forms and completion entries."""

from collections import Counter

import numpy as np

from app.catalogue.fields import FieldKind
from app.search.analysis import stem
from app.search.columnar.columns import pack_bits
from app.search.columnar.snapshot import IndexSnapshot
from app.search.completion import CompletionEntry
from app.search.spelling import nearest_word

_MAX_CACHED = 10_000  # unknown words whose nearest word is cached


class SnapshotLexicon:
    """The `Lexicon` of one snapshot."""

    def __init__(self, snapshot: IndexSnapshot) -> None:
        self.snapshot = snapshot
        self._nearest: dict[str, str | None] = {}

    def contains(self, word: str) -> bool:
        """Return whether a document contains a word with the stem of the folded `word`."""
        return bool(len(self.snapshot.postings_for_stem(stem(word))))

    def nearest(self, word: str) -> str | None:
        """Return the indexed folded word nearest to `word`; see `app.search.spelling.nearest_word`."""
        if word not in self._nearest:
            if len(self._nearest) >= _MAX_CACHED:
                self._nearest.clear()
            vocabularies = [view.segment.vocabulary for view in self.snapshot.segments]
            self._nearest[word] = nearest_word(
                word, vocabularies, lambda candidate: len(self.snapshot.postings_for_form(candidate))
            )
        return self._nearest[word]

    def surface_form(self, word: str) -> str:
        """Return the most frequent surface form of the folded `word`."""
        frequencies: Counter[str] = Counter()
        for view in self.snapshot.segments:
            frequencies.update(view.segment.surface_forms(word))
        return min(frequencies, key=lambda form: (-frequencies[form], form), default=word)

    def completion_entries(self) -> list[CompletionEntry]:
        """Return the completion entries of the snapshot: titles, and the values of suggested facets."""
        snapshot = self.snapshot
        titles = snapshot.concatenate_column(lambda columns: columns.titles)
        ids = snapshot.id_column().values
        entries = [
            CompletionEntry(titles[number], FieldKind.TITLE.value, ids[number], 1)
            for number in np.flatnonzero(snapshot.alive).tolist()
        ]
        for name, facet in snapshot.schema.facets.items():
            if facet.suggested:
                column = snapshot.facet(name)
                counts = column.counts(snapshot.alive, pack_bits(snapshot.alive)).tolist()
                entries += [
                    CompletionEntry(spelling.label, name, spelling.value, count)
                    for spelling, count in zip(column.spellings, counts, strict=True)
                ]
        return entries
