"""The words of a view: which are known, which are near, how they are spelled, and what may complete a text."""

from collections import Counter

import numpy as np

from app.catalogue.fields import Kind
from app.search.analysis import stem
from app.search.completion import Entry
from app.search.spelling import nearest
from app.search.whoosh_engine.columns import packed
from app.search.whoosh_engine.view import View

_KEPT = 10_000  # misspelt words that are not looked for again


class ViewLexicon:
    """The `Lexicon` of one view, made when a word is first looked for."""

    def __init__(self, view: View) -> None:
        self.view = view
        self._nearest: dict[str, str | None] = {}

    def holds(self, word: str) -> bool:
        """Tell whether a record holds a word with the same stem as the folded `word`."""
        return bool(len(self.view.holders(stem(word))))

    def nearest(self, word: str) -> str | None:
        """Return the folded word of the records that comes nearest to `word`; see `app.search.spelling.nearest`."""
        if word not in self._nearest:
            if len(self._nearest) >= _KEPT:
                self._nearest.clear()
            vocabularies = [part.segment.vocabulary for part in self.view.parts]
            self._nearest[word] = nearest(word, vocabularies, lambda near: len(self.view.exact(near)))
        return self._nearest[word]

    def spelled(self, word: str) -> str:
        """Return the folded `word` as the records mostly spell it, in lower case."""
        used: Counter[str] = Counter()
        for part in self.view.parts:
            used.update(part.segment.spellings(word))
        return min(used, key=lambda spelling: (-used[spelling], spelling), default=word)

    def entries(self) -> list[Entry]:
        """Return what may complete a text: the titles of the view, and the values of its suggested facets."""
        view = self.view
        titles = view.column(lambda columns: columns.titles)
        ids = view.id_ranks().of
        found = [
            Entry(titles[number], Kind.TITLE.value, ids[number], 1) for number in np.flatnonzero(view.alive).tolist()
        ]
        for name, facet in view.layout.facets.items():
            if facet.suggested:
                column = view.facet(name)
                counts = column.counts(view.alive, packed(view.alive))
                counted = zip(column.shown, counts.tolist(), strict=True)
                found += [Entry(shown.label, name, shown.value, count) for shown, count in counted]
        return found
