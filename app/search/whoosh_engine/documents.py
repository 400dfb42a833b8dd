"""What the index holds of a record: the schema, and the document that a record becomes; both follow the fields."""

import json
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from typing import Any, NamedTuple

from whoosh.fields import ID, STORED, FieldType, Schema
from whoosh.formats import Format

from app.catalogue.action import content
from app.catalogue.facets import Facet, facets_of
from app.catalogue.fields import Field, Kind
from app.catalogue.record import Record
from app.catalogue.sorting import SortValue, sorts_of
from app.catalogue.text import digest
from app.search import analysis

INDEX_NAME = "actions"
ID_FIELD = "id"
STEMS_FIELD = "stems"
WORDS_FIELD = "words"
ROW_FIELD = "row"
SPELLED = "\t"  # stands between a folded word and its spelling in lower case; no word holds one

_FORMAT = 3  # raise it when documents below, or the readers of the facets, change what is stored of a record


class Weighed(Format):  # type: ignore[misc]
    """A posting format for terms that come with their weight: `(term, occurrences, weight, encoded positions)`."""

    posting_size = -1  # bytes of what is encoded: they differ

    def word_values(self, value: Any, analyzer: Any, **options: Any) -> Any:
        """Return what was given: the analysis has been done."""
        return value

    def supports(self, name: str) -> bool:
        """Tell what a posting says: its weight."""
        return name in {"frequency", "weight"}


@dataclass(frozen=True, slots=True)
class Layout:
    """What the declared fields ask of an index: the fields to search, the facets and the sorts."""

    fields: tuple[Field, ...]
    searched: Mapping[str, Field]
    facets: Mapping[str, Facet]
    sorts: Mapping[str, SortValue]

    @classmethod
    def of(cls, fields: Iterable[Field]) -> "Layout":
        """Return the layout that follows from `fields`."""
        declared = tuple(fields)
        searched = {field.key: field for field in declared if field.searched}
        return cls(declared, searched, facets_of(declared), sorts_of(declared))

    @property
    def fingerprint(self) -> str:
        """A digest that differs when an index written otherwise could not be read as if written now."""
        libraries = [version("whoosh-reloaded"), version("snowballstemmer")]
        searched = [(key, field.weight) for key, field in self.searched.items()]
        declared = [searched, list(self.facets), list(self.sorts)]
        return digest(json.dumps([_FORMAT, analysis.VERSION, libraries, declared]))


class Row(NamedTuple):
    """What is stored of a record: its title, and by the order of the layout its facet values, sort values and fields.

    `starts` are the positions where each searched field begins, and where the last one ends; `length` is the number of
    words, each counted as much as its field weighs.
    """

    id: str
    version: int
    title: str
    facets: tuple[tuple[tuple[str, str], ...], ...]
    sorts: tuple[str, ...]
    starts: tuple[int, ...]
    length: float


def schema_of(layout: Layout) -> Schema:
    """Return the Whoosh schema: the stems of a record and its words as spelled, each with their places; a row."""
    return Schema(
        **{
            ID_FIELD: ID(unique=True),
            STEMS_FIELD: FieldType(Weighed(), None),
            WORDS_FIELD: FieldType(Weighed(), None),
            ROW_FIELD: STORED(),
        }
    )


def document(record: Record, layout: Layout) -> dict[str, Any]:
    """Return the fields of the Whoosh document of `record`.

    Positions run through all searched fields, so that one posting list answers for each word. Between two fields, and
    two values of a list, one is left out, so that no phrase runs across.
    """
    stems: defaultdict[str, array[int]] = defaultdict(lambda: array("I"))
    words: defaultdict[str, array[int]] = defaultdict(lambda: array("I"))
    weights: list[float] = []  # of each position
    starts = []
    for key, value in content(record.action, layout.searched.values()).items():
        weight = layout.searched[key].weight
        starts.append(len(weights))
        for text in _texts(value):
            for position, term in enumerate(analysis.terms(text), len(weights)):
                stems[term.stem].append(position)
                words[_indexed(term)].append(position)
                weights.append(weight)
            weights.append(0.0)
    facets = (facet.values(record.action) for facet in layout.facets.values())
    row = Row(
        record.id,
        record.version,
        next(getattr(record.action, field.key) for field in layout.fields if field.kind is Kind.TITLE),
        tuple(tuple((value.value, value.label) for value in found) for found in facets),
        tuple(value(record) for value in layout.sorts.values()),
        (*starts, len(weights)),
        sum(weights),
    )
    return {
        ID_FIELD: record.id,
        STEMS_FIELD: _weighed(stems, weights),
        WORDS_FIELD: _weighed(words, weights),
        ROW_FIELD: tuple(row),
    }


def _weighed(places: Mapping[str, "array[int]"], weights: Sequence[float]) -> list[tuple[str, int, float, bytes]]:
    """Return what `Weighed` takes of terms that stand at these places, given the weight of each position."""
    return [(term, len(at), sum(map(weights.__getitem__, at)), at.tobytes()) for term, at in places.items()]


@lru_cache(maxsize=200_000)
def _indexed(term: analysis.Term) -> str:
    """Return what is indexed of a word: it folded, so that its beginning is found, then its spelling, if otherwise."""
    return f"{term.word}{SPELLED}{term.spelled if term.spelled != term.word else ''}"


def _texts(value: str | list[str] | None) -> Iterator[str]:
    if isinstance(value, list):
        yield from value
    elif value:
        yield value
