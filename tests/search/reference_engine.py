"""A search engine without an index: it reads every record for every question, by definition rather than by design."""

from collections.abc import Callable, Iterable, Iterator
from functools import cmp_to_key
from math import log

from app.catalogue.cursor import Position
from app.catalogue.facets import FacetValue, facets_of
from app.catalogue.fields import FIELDS, Field
from app.catalogue.query import ActionQuery, FacetFilter, SortKey
from app.catalogue.record import Record
from app.catalogue.sorting import RELEVANCE, sorts_of
from app.catalogue.text import collation_key, fold
from app.search.analysis import tokens
from app.search.engine import EngineHealth, FacetCount, FacetCounts, Feed, Hit, SearchResult, UnknownValue
from app.search.language import Clause, Kind, marks_of, parse_text

Words = list[list[tuple[str, str]]]  # the (word, stem) pairs of each value of a field


class ReferenceEngine:
    """A `SearchEngine` over a copy of the records."""

    def __init__(self, fields: Iterable[Field] = FIELDS) -> None:
        declared = tuple(fields)
        self._searched = {field.key: field for field in declared if field.searched}
        self._facets = facets_of(declared)
        self._sorts = sorts_of(declared)
        self._records: dict[str, Record] = {}
        self._change = 0

    def catch_up(self, feed: Feed) -> int:
        if self._change > feed.last_change():
            return self.rebuild(feed)
        for change in feed.changes_after(self._change):
            self._records.pop(change.id, None)
            if change.record:
                self._records[change.id] = change.record
            self._change = change.number
        return self._change

    def rebuild(self, feed: Feed, progress: Callable[[int], None] | None = None) -> int:
        self._records = {}
        self._change = feed.last_change()
        for count, record in enumerate(feed.records(), 1):
            self._records[record.id] = record
            if progress:
                progress(count)
        return self._change

    def search(self, query: ActionQuery) -> SearchResult:
        clauses = parse_text(query.text, self._searched)
        scores = {record.id: self._score(record, clauses) for record in self._matching(clauses)}
        found = [record for record in self._records.values() if record.id in scores]
        kept = [record for record in found if self._passes(record, query.filters)]
        positions = sorted(
            (self._position(record, query.order, scores) for record in kept), key=cmp_to_key(_order(query.order))
        )
        if query.after is not None:
            later = [place for place in positions if _order(query.order)(place, query.after) > 0]
        else:
            later = positions[query.offset :]
        shown = later if query.limit is None else later[: query.limit]
        return SearchResult(
            hits=tuple(Hit(str(place[-1]), scores[str(place[-1])] if clauses else None, place) for place in shown),
            total=len(kept),
            more=len(later) > len(shown),
            facets={name: self._counts(name, found, query) for name in query.facets},
            unknown=tuple(self._unknown(query.filters)),
            marks=marks_of(clauses),
            searched=bool(clauses),
            change=self._change,
        )

    def versions(self) -> dict[str, int]:
        return {record.id: record.version for record in self._records.values()}

    def health(self) -> EngineHealth:
        return EngineHealth(self._change, len(self._records), "reference")

    def close(self) -> None:
        self._records = {}

    def _words(self, record: Record, key: str) -> Words:
        value = getattr(record.action, key)
        values = value if isinstance(value, list) else [value or ""]
        return [[(token.word, token.stem) for token in tokens(text)] for text in values]

    def _matching(self, clauses: tuple[Clause, ...]) -> list[Record]:
        return [
            record
            for record in self._records.values()
            if all(self._meets(record, clause) is not clause.negated for clause in clauses)
        ]

    def _meets(self, record: Record, clause: Clause) -> bool:
        keys = [clause.field] if clause.field else list(self._searched)
        if clause.kind is not Kind.PREFIX:
            return any(_occurrences(self._words(record, key), clause.stems) for key in keys)
        everywhere = [pair for key in self._searched for value in self._words(record, key) for pair in value]
        here = {stem for key in keys for value in self._words(record, key) for _, stem in value}
        return any(word.startswith(clause.words[0]) and stem in here for word, stem in everywhere)

    def _score(self, record: Record, clauses: tuple[Clause, ...]) -> float:
        return sum(self._clause_score(record, clause) for clause in clauses if not clause.negated)

    def _clause_score(self, record: Record, clause: Clause) -> float:
        if clause.kind is Kind.PREFIX:
            return 1.0
        keys = [clause.field] if clause.field else list(self._searched)
        return sum(self._searched[key].weight * self._bm25(record, key, clause.stems) for key in keys)

    def _bm25(self, record: Record, key: str, stems: tuple[str, ...]) -> float:
        texts = {other.id: self._words(other, key) for other in self._records.values()}
        counts = {identifier: _occurrences(words, stems) for identifier, words in texts.items()}
        lengths = {identifier: sum(map(len, words)) for identifier, words in texts.items()}
        count = counts[record.id]
        if not count:
            return 0.0
        idf = log(len(texts) / (sum(map(bool, counts.values())) + 1)) + 1
        relative = lengths[record.id] / (sum(lengths.values()) / len(lengths))
        return idf * count * (1.2 + 1) / (count + 1.2 * (1 - 0.75 + 0.75 * relative))

    def _values(self, record: Record, facet: str) -> tuple[FacetValue, ...]:
        return self._facets[facet].values(record.action)

    def _passes(self, record: Record, filters: Iterable[FacetFilter], besides: str = "") -> bool:
        return all(self._allows(record, wanted) for wanted in filters if wanted.facet != besides)

    def _allows(self, record: Record, wanted: FacetFilter) -> bool:
        values = self._values(record, wanted.facet)
        return (
            (not wanted.values or any(_named(value, wanted.values) for value in values))
            and not any(_named(value, wanted.excluded) for value in values)
            and (wanted.is_null is None or wanted.is_null is not bool(values))
        )

    def _counts(self, name: str, found: list[Record], query: ActionQuery) -> FacetCounts:
        chosen = [value for wanted in query.filters if wanted.facet == name for value in wanted.values]
        spelled: dict[str, list[FacetValue]] = {}
        counts: dict[str, int] = {}
        for record in self._records.values():
            for value in self._values(record, name):
                spelled.setdefault(value.key, []).append(value)
                counts.setdefault(value.key, 0)
        for record in found:
            if self._passes(record, query.filters, besides=name):
                for value in self._values(record, name):
                    counts[value.key] += 1
        shown = {
            key: min(values, key=lambda value: (-values.count(value), value.label, value.value))
            for key, values in spelled.items()
        }
        selected = {key for key, values in spelled.items() if any(_named(value, chosen) for value in values)}
        ordered = sorted(
            (key for key in counts if counts[key] or key in selected),
            key=lambda key: (-counts[key], collation_key(shown[key].label), shown[key].label, shown[key].value),
        )
        kept = [key for place, key in enumerate(ordered) if place < query.facet_size or key in selected]
        return FacetCounts(
            tuple(FacetCount(shown[key].value, shown[key].label, counts[key], key in selected) for key in kept),
            len(kept) < len(ordered),
        )

    def _unknown(self, filters: Iterable[FacetFilter]) -> Iterator[UnknownValue]:
        """Yield the values that no record holds; which known one is nearest is left to the engines proper."""
        for wanted in filters:
            held = [value for record in self._records.values() for value in self._values(record, wanted.facet)]
            for parameter, values in ((wanted.facet, wanted.values), (f"{wanted.facet}__not", wanted.excluded)):
                for asked in dict.fromkeys(values):
                    if not any(_named(value, [asked]) for value in held):
                        yield UnknownValue(parameter, asked, None)

    def _position(self, record: Record, order: tuple[SortKey, ...], scores: dict[str, float]) -> Position:
        values = (scores[record.id] if key.name == RELEVANCE else self._sorts[key.name](record) for key in order)
        return (*values, record.id)


def _occurrences(values: Words, stems: tuple[str, ...]) -> int:
    """Return how often `stems` stand side by side within one value."""
    lines = [[stem for _, stem in value] for value in values]
    return sum(tuple(line[place : place + len(stems)]) == stems for line in lines for place in range(len(line)))


def _named(value: FacetValue, names: Iterable[str]) -> bool:
    return any(fold(name) in (value.key, fold(value.label)) for name in names)


def _order(order: tuple[SortKey, ...]) -> Callable[[Position, Position], int]:
    """Return the comparison of two positions: missing values last, relevance and `descending` reversed, then ids."""

    def compare(one: Position, other: Position) -> int:
        for key, mine, its in zip(order, one, other, strict=False):
            if key.name == RELEVANCE:
                difference = round(float(its), 6) - round(float(mine), 6)
            elif "" in (mine, its):
                difference = (mine == "") - (its == "")
                if difference:
                    return difference
            else:
                difference = (str(mine) > str(its)) - (str(mine) < str(its))
            if difference:
                return 1 if (difference > 0) is not key.descending else -1
        return (str(one[-1]) > str(other[-1])) - (str(one[-1]) < str(other[-1]))

    return compare
