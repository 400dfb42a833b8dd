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

# Names of counters; no facet has such a name.
YEAR_COUNTER = "#year"
FILLED_COUNTER = "#filling"


@dataclass(frozen=True, slots=True)
class IndexSchema:
    """The searched fields, facets and sort keys of an index, by key.

    `counters` are columns for statistics with one value per record; they are stored like facets but cannot be filtered.
    """

    fields: tuple[Field, ...]
    searched: Mapping[str, Field]
    facets: Mapping[str, Facet]
    sorts: Mapping[str, SortValue]
    counters: Mapping[str, Callable[[Record], str]]

    @classmethod
    def of(cls, fields: Iterable[Field]) -> "IndexSchema":
        """Return the schema of `fields`."""
        declared = tuple(fields)
        searched = {field.key: field for field in declared if field.searched}
        counters = {YEAR_COUNTER: creation_year, FILLED_COUNTER: lambda record: encode_filled_fields(record, declared)}
        return cls(declared, searched, facets_of(declared), sorts_of(declared), counters)

    @property
    def counted(self) -> tuple[str, ...]:
        """The names of the facets, then of the counters: the order of `StoredFields.facets`."""
        return (*self.facets, *self.counters)


class StoredFields(NamedTuple):
    """The stored fields of a record.

    `facets` has the (value, label) pairs of each facet and counter of the schema, `sorts` one value per sort key.
    """

    id: str
    version: int
    title: str
    facets: tuple[tuple[tuple[str, str], ...], ...]
    sorts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IndexDocument:
    """A record as an index document: its stored fields, and the texts of its searched fields."""

    stored: StoredFields
    texts: tuple[FieldText, ...]


def index_document(record: Record, schema: IndexSchema) -> IndexDocument:
    """Return the index document of `record`."""
    facet_values = (facet.values(record.action) for facet in schema.facets.values())
    counter_values = (counter(record) for counter in schema.counters.values())
    stored = StoredFields(
        record.id,
        record.version,
        next(getattr(record.action, field.key) for field in schema.fields if field.kind is FieldKind.TITLE),
        (
            *(tuple((value.value, value.label) for value in values) for values in facet_values),
            *(((value, value),) for value in counter_values),
        ),
        tuple(sort_value(record) for sort_value in schema.sorts.values()),
    )
    values = field_values(record.action, schema.searched.values()).values()
    return IndexDocument(stored, tuple(_field_texts(values)))


def _field_texts(values: Iterable[Value]) -> Iterator[FieldText]:
    for rank, value in enumerate(values):
        offset = 0
        for text in value if isinstance(value, list) else [value] if value else []:
            yield rank, offset, text
            offset += len(text) + 1  # list values are offset as if joined with one character
