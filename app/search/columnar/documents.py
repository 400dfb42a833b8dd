"""Index schema and index documents, both derived from the declared fields."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from app.catalogue.action import Value, field_values
from app.catalogue.facets import Facet, facets_of
from app.catalogue.fields import Field, FieldKind
from app.catalogue.record import Record
from app.catalogue.sorting import SortValue, sorts_of
from app.catalogue.statistics import creation_year, encode_filled_fields
from app.search.columnar.inverted_index import FieldText

# Tallies; no facet has such a name.
YEAR_COUNTER = "#year"
FILLED_COUNTER = "#filling"


@dataclass(frozen=True, slots=True)
class IndexSchema:
    """What the declared fields ask of an index: the fields to search, the facets and the sorts.

    `tallies` are counted as facets are, each with one value a record; nobody filters by them.
    """

    fields: tuple[Field, ...]
    searched: Mapping[str, Field]
    facets: Mapping[str, Facet]
    sorts: Mapping[str, SortValue]
    counters: Mapping[str, Callable[[Record], str]]

    @classmethod
    def of(cls, fields: Iterable[Field]) -> "IndexSchema":
        """Return the layout that follows from `fields`."""
        declared = tuple(fields)
        searched = {field.key: field for field in declared if field.searched}
        tallies = {YEAR_COUNTER: creation_year, FILLED_COUNTER: lambda record: encode_filled_fields(record, declared)}
        return cls(declared, searched, facets_of(declared), sorts_of(declared), tallies)

    @property
    def counted(self) -> tuple[str, ...]:
        """The names of what is counted, in the order of a row: the facets, then the tallies."""
        return (*self.facets, *self.counters)


class StoredFields(NamedTuple):
    """What is stored of a record: its title, and by the order of the layout what is counted and its sort values."""

    id: str
    version: int
    title: str
    facets: tuple[tuple[tuple[str, str], ...], ...]
    sorts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IndexDocument:
    """What is indexed of a record: its row, and the texts to search in."""

    stored: StoredFields
    texts: tuple[FieldText, ...]


def index_document(record: Record, layout: IndexSchema) -> IndexDocument:
    """Return the document of `record`."""
    facets = (facet.values(record.action) for facet in layout.facets.values())
    tallies = (value(record) for value in layout.counters.values())
    row = StoredFields(
        record.id,
        record.version,
        next(getattr(record.action, field.key) for field in layout.fields if field.kind is FieldKind.TITLE),
        (
            *(tuple((value.value, value.label) for value in found) for found in facets),
            *(((value, value),) for value in tallies),
        ),
        tuple(value(record) for value in layout.sorts.values()),
    )
    return IndexDocument(row, tuple(_texts(field_values(record.action, layout.searched.values()).values())))


def _texts(values: Iterable[Value]) -> Iterator[FieldText]:
    for rank, value in enumerate(values):
        at = 0
        for text in value if isinstance(value, list) else [value] if value else []:
            yield rank, at, text
            at += len(text) + 1  # as if joined with a character between them
