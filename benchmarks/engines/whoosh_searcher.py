"""Whoosh's own searcher over one field a searched field: its query parser, its BM25F, its facets while it collects.

The analysis is ours. A prefix is looked for in a field of unstemmed words.
"""

from collections.abc import Callable, Iterator
from itertools import combinations, islice
from pathlib import Path
from typing import Any

from whoosh import index, query, sorting
from whoosh.analysis import Analyzer, Token
from whoosh.fields import ID, KEYWORD, STORED, TEXT, Schema
from whoosh.qparser import AndGroup, MultifieldParser
from whoosh.scoring import BM25F

from app.search import analysis
from benchmarks.engines import SEARCHED, Answer, besides, sources
from benchmarks.mix import FACETS, PAGE, Asked

_SEVERAL = "mot_cle"
_COMMA = "\t"  # stands for those within a keyword, which commas part from others
_WORDS = "words"
_BUFFER = 256  # MiB that the writer may fill


class French(Analyzer):  # type: ignore[misc]
    """Our analysis as a Whoosh analyzer; `form` says what is indexed of a word."""

    def __init__(self, form: Callable[[analysis.Token], str]) -> None:
        self._form = form

    def __call__(self, value: str, positions: bool = False, mode: str = "", **options: Any) -> Iterator[Token]:  # noqa: FBT001, FBT002 - Whoosh calls it so
        """Yield the words of `value`."""
        token = Token(positions=positions, mode=mode)
        for position, found in enumerate(analysis.tokens(value)):
            token.text = self._form(found)
            token.boost = 1.0
            token.pos = position
            token.startchar, token.endchar = found.start, found.end
            token.stopped = False
            yield token


def _stem(token: analysis.Token) -> str:
    return token.stem


def _word(token: analysis.Token) -> str:
    return token.word


def _schema() -> Schema:
    texts = {key: TEXT(French(_stem), field_boost=weight) for key, weight in SEARCHED.items()}
    single = {name: ID(sortable=True) for name in FACETS if name != _SEVERAL}
    return Schema(
        id=STORED,
        title=ID(sortable=True),
        **texts,
        **single,
        **{_SEVERAL: KEYWORD(commas=True), _WORDS: TEXT(French(_word), phrase=False)},
    )


class Searcher:
    """See `benchmarks.engines.Engine`."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def build(self, records: Path) -> None:
        """Index the records in one process, then merge them into one segment."""
        self._directory.mkdir(parents=True, exist_ok=True)
        writer = index.create_in(self._directory, _schema()).writer(limitmb=_BUFFER)
        for source in sources(records):
            single = {name: next(iter(values), "") for name, values in source.facets.items() if name != _SEVERAL}
            several = ",".join(value.replace(",", _COMMA) for value in source.facets[_SEVERAL])
            writer.add_document(
                id=source.id,
                title=source.title,
                **source.texts,
                **single,
                **{_SEVERAL: several, _WORDS: "\n".join(source.texts.values())},
            )
        writer.commit(optimize=True)

    def open(self) -> None:
        """Open a searcher that stays open."""
        opened = index.open_dir(self._directory)
        self._searcher = opened.searcher(weighting=BM25F())
        self._parser = MultifieldParser(list(SEARCHED), opened.schema, group=AndGroup)

    def search(self, asked: Asked) -> Answer:
        """Answer one question: one collection for the page and facets, one more for each facet that is filtered on."""
        wanted = self._wanted(asked)
        own = {name for name, _ in asked.filters}
        order = {} if asked.words else {"sortedby": "title"}
        rest = [name for name in FACETS if name not in own]
        found = self._searcher.search(
            wanted, limit=PAGE, filter=_filter(asked.filters), groupedby=_facets(rest), **order
        )
        facets = {name: found.groups(name) for name in rest}
        for name in own:
            alone = self._searcher.search(
                wanted, limit=1, filter=_filter(besides(asked, name)), groupedby=_facets([name])
            )
            facets[name] = alone.groups(name)
        counts = {
            name: {str(value).replace(_COMMA, ","): count for value, count in groups.items() if value}
            for name, groups in facets.items()
        }
        return Answer(tuple(hit["id"] for hit in islice(found, PAGE)), len(found), counts)

    def close(self) -> None:
        """Let go of the files."""
        self._searcher.close()

    def _wanted(self, asked: Asked) -> query.Query:
        if not asked.words:
            return query.Every()
        if asked.prefix:
            return query.Prefix(_WORDS, asked.words[0])
        if asked.wanted:
            # Whoosh has no "so many of them" of its own.
            each = [self._parser.parse(word) for word in asked.words]
            return query.Or([query.And(some) for some in combinations(each, asked.wanted)])
        return self._parser.parse(asked.text)


def _filter(filters: tuple[tuple[str, str], ...]) -> query.Query | None:
    return query.And([query.Term(name, value) for name, value in filters]) if filters else None


def _facets(names: list[str]) -> sorting.Facets:
    facets = sorting.Facets()
    for name in names:
        facets.add_facet(name, sorting.FieldFacet(name, allow_overlap=name == _SEVERAL, maptype=sorting.Count))
    return facets
