"""Reference `SearchEngine` without an index, which scans every record for every query."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cmp_to_key
from itertools import combinations

from app.catalogue.cursor import SortPosition
from app.catalogue.facets import FacetValue, facets_of
from app.catalogue.fields import FIELDS, Field, FieldKind
from app.catalogue.query import ActionQuery, FacetFilter, SortKey
from app.catalogue.record import Record
from app.catalogue.sorting import RELEVANCE_SORT, sorts_of
from app.catalogue.statistics import (
    MAX_PAIRED_VALUES,
    PAIRED_FACET,
    FacetBreakdown,
    Statistics,
    ValueCount,
    ValuePair,
    max_listed_values,
)
from app.catalogue.text import collation_key, fold
from app.search.completion import CompletionEntry, Completions
from app.search.engine import (
    Aggregation,
    EngineHealth,
    FacetCount,
    FacetCounts,
    Hit,
    RecordSource,
    SearchResult,
    SimilarHit,
    Suggestion,
    UnknownValue,
)
from app.search.interpretation import MIN_FULL_MATCHES, interpret
from app.search.query_language import parse_text
from app.search.thesaurus import EMPTY_THESAURUS, Thesaurus
from tests.search.reference_scoring import Corpus, MatchedIds, Scores


class ReferenceEngine:
    """A `SearchEngine` over a copy of the records."""

    def __init__(self, fields: Iterable[Field] = FIELDS, thesaurus: Thesaurus = EMPTY_THESAURUS) -> None:
        self._fields = tuple(fields)
        self._searched = {field.key: field for field in self._fields if field.searched}
        self._facets = facets_of(self._fields)
        self._sorts = sorts_of(self._fields)
        self._thesaurus = thesaurus
        self._records: dict[str, Record] = {}
        self._corpus = Corpus((), self._searched)
        self._change = 0
        self._token = ""

    def unusable_reason(self, source: RecordSource) -> str | None:
        return None if self._token == source.change_token(self._change) else "L'index est celui d'un autre catalogue."

    def catch_up(self, source: RecordSource) -> int:
        if self._token != source.change_token(self._change):
            return self.rebuild(source)
        for change in source.changes_after(self._change):
            self._records.pop(change.id, None)
            if change.record:
                self._records[change.id] = change.record
        return self._store_change(source)

    def rebuild(self, source: RecordSource, progress: Callable[[int], None] | None = None) -> int:
        self._records = {}
        for count, record in enumerate(source.records(), 1):
            self._records[record.id] = record
            if progress:
                progress(count)
        return self._store_change(source)

    def search(self, query: ActionQuery) -> SearchResult:
        clauses = parse_text(query.text, self._searched)
        interpretation = interpret(query.text, clauses, self._corpus, self._thesaurus)
        matched = self._corpus.match(interpretation)
        full, found, kept = self._answer(matched, query)
        positions = sorted(
            (self._position(record, query.order, matched.scores, near=record.id not in full) for record in kept),
            key=cmp_to_key(_order(query.order)),
        )
        if query.after is not None:
            later = [place for place in positions if _order(query.order)(place, query.after) > 0]
        else:
            later = positions[query.offset :]
        shown = later if query.limit is None else later[: query.limit]
        scores = matched.scores if clauses else {}
        return SearchResult(
            hits=tuple(
                Hit(str(place[-1]), self._records[str(place[-1])].version, scores.get(str(place[-1])), place)
                for place in shown
            ),
            total=len(kept),
            full_matches=len(full),
            more=len(later) > len(shown),
            facets={name: self._counts(name, found, query) for name in query.facets},
            unknown=tuple(self._unknown(query.filters)),
            highlight_terms=interpretation.highlight_terms,
            suggestion=interpretation.suggestion,
            has_words=bool(clauses),
            change=self._change,
            index=self.health().name,
        )

    def aggregate(self, query: ActionQuery) -> Aggregation:
        clauses = parse_text(query.text, self._searched)
        interpretation = interpret(query.text, clauses, self._corpus, self._thesaurus)
        _, _, kept = self._answer(self._corpus.match(interpretation), query)
        years = Counter(str(record.cree_le.year) for record in kept)
        statistics = Statistics(
            len(kept),
            FacetBreakdown(tuple(ValueCount(year, year, years[year]) for year in sorted(years)), len(years), len(kept)),
            {name: self._breakdown(name, kept, max_listed_values(name, query.facet_size)) for name in self._facets},
            self._pairs(kept, query.facet_size),
            {
                field.key: sum(1 for record in kept if getattr(record.action, field.key) not in (None, "", []))
                for field in self._fields
            },
        )
        return Aggregation(
            statistics, tuple(self._unknown(query.filters)), interpretation.suggestion, has_words=bool(clauses)
        )

    def match_ids(self, query: ActionQuery) -> list[str]:
        return [hit.id for hit in self.search(replace(query, offset=0, limit=None, after=None)).hits]

    def suggest(self, text: str, size: int) -> tuple[Suggestion, ...]:
        title = next(field.key for field in self._fields if field.kind is FieldKind.TITLE)
        entries = [
            CompletionEntry(getattr(record.action, title), FieldKind.TITLE.value, record.id, 1)
            for record in self._records.values()
        ]
        for name, facet in self._facets.items():
            if facet.suggested:
                everything = ActionQuery(
                    facet_size=sum(len(facet.values(each.action)) for each in self._records.values())
                )
                counted = self._counts(name, self._records, everything).values
                entries += [CompletionEntry(value.label, name, value.value, value.count) for value in counted]
        return Completions(entries).complete(text, size)

    def similar(self, record: Record, size: int) -> tuple[SimilarHit, ...]:
        return self._corpus.similar(record, size)

    def versions(self) -> dict[str, int]:
        return {record.id: record.version for record in self._records.values()}

    def health(self) -> EngineHealth:
        return EngineHealth(self._change, len(self._records), "reference")

    def close(self) -> None:
        self._records = {}

    def _store_change(self, source: RecordSource) -> int:
        self._corpus = Corpus(self._records.values(), self._searched)
        self._change = source.last_change()
        self._token = source.change_token(self._change)
        return self._change

    def _values(self, record: Record, facet: str) -> tuple[FacetValue, ...]:
        return self._facets[facet].values(record.action)

    def _passes(self, record: Record, filters: Iterable[FacetFilter], ignored_facet: str = "") -> bool:
        return all(
            self._allows(record, facet_filter) for facet_filter in filters if facet_filter.facet != ignored_facet
        )

    def _allows(self, record: Record, facet_filter: FacetFilter) -> bool:
        values = self._values(record, facet_filter.facet)
        return (
            (not facet_filter.values or any(_named(value, facet_filter.values) for value in values))
            and not any(_named(value, facet_filter.excluded) for value in values)
            and (facet_filter.is_null is None or facet_filter.is_null is not bool(values))
        )

    def _answer(self, matched: MatchedIds, query: ActionQuery) -> tuple[set[str], set[str], list[Record]]:
        """Return the full matches, all matches before filters, and the records of the answer."""
        full = {identifier for identifier in matched.full if self._passes(self._records[identifier], query.filters)}
        found = set(matched.full) if len(full) >= MIN_FULL_MATCHES else matched.full | matched.near
        return full, found, [self._records[each] for each in found if self._passes(self._records[each], query.filters)]

    def _breakdown(self, name: str, kept: Iterable[Record], size: int | None) -> FacetBreakdown:
        counted = Counter(value.key for record in kept for value in self._values(record, name))
        spellings = self._spellings(name)
        ordered = sorted(counted, key=lambda key: (-counted[key], *_label_key(spellings[key])))
        counts = (ValueCount(spellings[key].value, spellings[key].label, counted[key]) for key in ordered[:size])
        return FacetBreakdown(tuple(counts), len(counted), sum(1 for record in kept if self._values(record, name)))

    def _pairs(self, kept: Iterable[Record], size: int) -> tuple[ValuePair, ...]:
        spellings = self._spellings(PAIRED_FACET)
        held = ([spellings[value.key] for value in self._values(record, PAIRED_FACET)] for record in kept)
        few = (sorted(values, key=_label_key) for values in held if len(values) <= MAX_PAIRED_VALUES)
        counted = Counter(pair for values in few for pair in combinations(values, 2))
        ordered = sorted(counted, key=lambda pair: (-counted[pair], [_label_key(value) for value in pair]))
        return tuple(ValuePair((one.label, other.label), counted[one, other]) for one, other in ordered[:size])

    def _spellings(self, name: str) -> dict[str, FacetValue]:
        """Return the displayed spelling of each value, by its key: the most frequent one."""
        spelled: dict[str, list[FacetValue]] = {}
        for record in self._records.values():
            for value in self._values(record, name):
                spelled.setdefault(value.key, []).append(value)
        return {
            key: min(values, key=lambda value: (-values.count(value), value.label, value.value))
            for key, values in spelled.items()
        }

    def _counts(self, name: str, found: Iterable[str], query: ActionQuery) -> FacetCounts:
        chosen = [
            value for facet_filter in query.filters if facet_filter.facet == name for value in facet_filter.values
        ]
        spelled: dict[str, list[FacetValue]] = {}
        counts: dict[str, int] = {}
        for record in self._records.values():
            for value in self._values(record, name):
                spelled.setdefault(value.key, []).append(value)
                counts.setdefault(value.key, 0)
        for record in (self._records[identifier] for identifier in found):
            if self._passes(record, query.filters, ignored_facet=name):
                for value in self._values(record, name):
                    counts[value.key] += 1
        spellings = self._spellings(name)
        selected = {key for key, values in spelled.items() if any(_named(value, chosen) for value in values)}
        ordered = sorted(
            (key for key in counts if counts[key] or key in selected),
            key=lambda key: (-counts[key], *_label_key(spellings[key])),
        )
        kept = [key for place, key in enumerate(ordered) if place < query.facet_size or key in selected]
        return FacetCounts(
            tuple(FacetCount(spellings[key].value, spellings[key].label, counts[key], key in selected) for key in kept),
            len(kept) < len(ordered),
        )

    def _unknown(self, filters: Iterable[FacetFilter]) -> Iterator[UnknownValue]:
        """Yield the filter values of no record, without the nearest known one, which is not specified."""
        for facet_filter in filters:
            held = [value for record in self._records.values() for value in self._values(record, facet_filter.facet)]
            for parameter, values in (
                (facet_filter.facet, facet_filter.values),
                (f"{facet_filter.facet}__not", facet_filter.excluded),
            ):
                for asked in dict.fromkeys(values):
                    if not any(_named(value, [asked]) for value in held):
                        yield UnknownValue(parameter, asked, None)

    def _position(self, record: Record, order: tuple[SortKey, ...], scores: Scores, *, near: bool) -> SortPosition:
        values = (scores[record.id] if key.name == RELEVANCE_SORT else self._sorts[key.name](record) for key in order)
        return (int(near), *values, record.id)


def _label_key(value: FacetValue) -> tuple[str, str, str]:
    return collation_key(value.label), value.label, value.value


def _named(value: FacetValue, names: Iterable[str]) -> bool:
    return any(fold(name) in (value.key, fold(value.label)) for name in names)


def _order(order: tuple[SortKey, ...]) -> Callable[[SortPosition, SortPosition], int]:
    """Return the comparison of positions: full matches first, then each key (missing values last), then identifiers."""

    def compare(one: SortPosition, other: SortPosition) -> int:
        if one[0] != other[0]:
            return int(one[0]) - int(other[0])
        for key, mine, its in zip(order, one[1:], other[1:], strict=False):
            if key.name == RELEVANCE_SORT:
                difference = float(its) - float(mine)
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
