"""The words of a view: which are known, which are near, how they are spelled, and what may complete a text."""

from collections import Counter

import numpy as np

from app.catalogue.fields import FieldKind
from app.search.analysis import stem
from app.search.columnar.columns import pack_bits
from app.search.columnar.snapshot import IndexSnapshot
from app.search.completion import CompletionEntry
from app.search.spelling import nearest_word

_MAX_CACHED = 10_000  # misspelt words that are not looked for again


class SnapshotLexicon:
    """The `Lexicon` of one view, made when a word is first looked for."""

    def __init__(self, view: IndexSnapshot) -> None:
        self.snapshot = view
        self._nearest: dict[str, str | None] = {}

    def contains(self, word: str) -> bool:
        """Tell whether a record holds a word with the same stem as the folded `word`."""
        return bool(len(self.snapshot.postings_for_stem(stem(word))))

    def nearest(self, word: str) -> str | None:
        """Return the folded word of the records that comes nearest to `word`; see `app.search.spelling.nearest`."""
        if word not in self._nearest:
            if len(self._nearest) >= _MAX_CACHED:
                self._nearest.clear()
            vocabularies = [part.segment.vocabulary for part in self.snapshot.segments]
            self._nearest[word] = nearest_word(
                word, vocabularies, lambda near: len(self.snapshot.postings_for_form(near))
            )
        return self._nearest[word]

    def surface_form(self, word: str) -> str:
        """Return the folded `word` as the records mostly spell it, in lower case."""
        used: Counter[str] = Counter()
        for part in self.snapshot.segments:
            used.update(part.segment.surface_forms(word))
        return min(used, key=lambda spelling: (-used[spelling], spelling), default=word)

    def completion_entries(self) -> list[CompletionEntry]:
        """Return what may complete a text: the titles of the view, and the values of its suggested facets."""
        view = self.snapshot
        titles = view.column(lambda columns: columns.titles)
        ids = view.id_column().values
        found = [
            CompletionEntry(titles[number], FieldKind.TITLE.value, ids[number], 1)
            for number in np.flatnonzero(view.alive).tolist()
        ]
        for name, facet in view.schema.facets.items():
            if facet.suggested:
                column = view.facet(name)
                counts = column.counts(view.alive, pack_bits(view.alive))
                counted = zip(column.spellings, counts.tolist(), strict=True)
                found += [CompletionEntry(shown.label, name, shown.value, count) for shown, count in counted]
        return found
