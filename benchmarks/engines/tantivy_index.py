"""Tantivy through its Python binding: French stems, hits by a collector, facets by aggregations over fast fields.

The binding runs hits and aggregations apart, so that each question is matched twice, and once more for each facet that
is filtered on. `WeightedFields` has one field a searched field, each with its weight, as ours has; `OneField` has all
text in a single field, which is less work than ours does.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tantivy import (
    Document,
    Filter,
    Index,
    Occur,
    Order,
    Query,
    SchemaBuilder,
    TextAnalyzer,
    TextAnalyzerBuilder,
    Tokenizer,
)

from benchmarks.engines import SEARCHED, Answer, besides, sources
from benchmarks.measuring import processors
from benchmarks.mix import FACETS, PAGE, VALUES, Asked

_FRENCH, _PLAIN = "french", "plain"
_WORDS = "words"
_BUFFER = 256 * 2**20  # bytes that the writer may fill


def _analyzer(*, stemmed: bool) -> TextAnalyzer:
    built = TextAnalyzerBuilder(Tokenizer.simple()).filter(Filter.remove_long(64)).filter(Filter.lowercase())
    if stemmed:
        built = built.filter(Filter.stemmer("french"))
    return built.filter(Filter.ascii_fold()).build()


class WeightedFields:
    """See `benchmarks.engines.Engine`."""

    fields = SEARCHED

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        builder = SchemaBuilder().add_text_field("id", stored=True, tokenizer_name="raw")
        for name in (*FACETS, "title"):
            builder.add_text_field(name, fast=True, tokenizer_name="raw")
        for key in self.fields:
            builder.add_text_field(key, tokenizer_name=_FRENCH)
        self._schema = builder.add_text_field(_WORDS, tokenizer_name=_PLAIN, index_option="basic").build()
        self._index = Index(self._schema, path=str(directory))
        self._stems = _analyzer(stemmed=True)
        self._index.register_tokenizer(_FRENCH, self._stems)
        self._index.register_tokenizer(_PLAIN, _analyzer(stemmed=False))

    def build(self, records: Path) -> None:
        """Index the records with as many threads as there are processors."""
        writer = self._index.writer(_BUFFER, processors())
        for source in sources(records):
            document = Document(id=source.id, title=source.title)
            for name, values in source.facets.items():
                for value in values:
                    document.add_text(name, value)
            for key, text in source.texts.items():
                document.add_text(key if key in self.fields else next(iter(self.fields)), text)
                document.add_text(_WORDS, text)
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()

    def open(self) -> None:
        """Open a searcher that stays open."""
        self._index.reload()
        self._searcher = self._index.searcher()

    def search(self, asked: Asked) -> Answer:
        """Answer one question."""
        words = [] if not asked.words else [(Occur.Must, self._wanted(asked))]
        everything = self._both(words, asked.filters)
        order: dict[str, Any] = {} if words else {"order_by_field": "title", "order": Order.Asc}
        found = self._searcher.search(everything, PAGE, count=True, **order)
        own = {name for name, _ in asked.filters}
        facets = self._counts(everything, [name for name in FACETS if name not in own])
        for name in own:
            facets |= self._counts(self._both(words, besides(asked, name)), [name])
        return Answer(tuple(self._searcher.doc(place)["id"][0] for _, place in found.hits), found.count, facets)

    def close(self) -> None:
        """Let go of the searcher."""
        del self._searcher

    def _counts(self, matching: Query, names: Iterable[str]) -> dict[str, dict[str, int]]:
        asked = {name: {"terms": {"field": name, "size": VALUES}} for name in names}
        counted = self._searcher.aggregate(matching, asked)
        return {
            name: {bucket["key"]: bucket["doc_count"] for bucket in found["buckets"]} for name, found in counted.items()
        }

    def _both(self, words: list[tuple[Occur, Query]], filters: Iterable[tuple[str, str]]) -> Query:
        kept = [(Occur.Must, Query.const_score_query(self._term(name, value), 0.0)) for name, value in filters]
        return Query.boolean_query([*words, *kept]) if words or kept else Query.all_query()

    def _term(self, field: str, value: str) -> Query:
        return Query.term_query(self._schema, field, value, "basic")

    def _wanted(self, asked: Asked) -> Query:
        if asked.prefix:
            return Query.regex_query(self._schema, _WORDS, f"{asked.words[0]}.*")
        words = [self._stems.analyze(word) for word in asked.words]
        if asked.phrase:
            phrase = [stem for stems in words for stem in stems]
            return self._anywhere(lambda key: Query.phrase_query(self._schema, key, phrase))
        each = [
            self._anywhere(lambda key, stem=stem: Query.term_query(self._schema, key, stem, "freq"))
            for (stem,) in words
        ]
        if asked.wanted:
            return Query.boolean_query([(Occur.Should, one) for one in each], asked.wanted)
        return each[0] if len(each) == 1 else Query.boolean_query([(Occur.Must, one) for one in each])

    def _anywhere(self, make: Any) -> Query:
        """Return what `make` gives for any of the fields, each counting as much as it weighs."""
        ways = [
            (Occur.Should, make(key) if weight == 1 else Query.boost_query(make(key), weight))
            for key, weight in self.fields.items()
        ]
        return ways[0][1] if len(ways) == 1 else Query.boolean_query(ways)


class OneField(WeightedFields):
    """The same with all text in one field."""

    fields = {"text": 1.0}
