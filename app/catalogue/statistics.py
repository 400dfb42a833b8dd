"""What is counted of a catalogue as a whole, and what of each record is counted beside its facets; pure values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.catalogue.action import field_values
from app.catalogue.fields import FIELDS, Field
from app.catalogue.record import Record

PAIRED_FACET = "mot_cle"
"""The facet whose values are counted two by two."""
MAX_PAIRED_VALUES = 20
"""Values of one record beyond which none of its pairs are counted: it is about no two of them, and pairs are many."""

_ALL_TENTHS = 1000  # tenths of a percent
_UNLIMITED_FACETS = frozenset(["departement", "region"])  # a map wants them all, and there are 119


@dataclass(frozen=True, slots=True)
class ValueCount:
    """How many records have one value: what a filter takes, what people read, and the number."""

    value: str
    label: str
    number: int


@dataclass(frozen=True, slots=True)
class FacetBreakdown:
    """The values of one kind: `counts` are the most frequent first, and there may be more of them (`distinct`).

    `holders` is how many records have any value at all. A record with several values counts for each.
    """

    counts: tuple[ValueCount, ...]
    distinct: int
    records_with_value: int


@dataclass(frozen=True, slots=True)
class ValuePair:
    """Two values of one facet, by their labels, and how many records have both."""

    labels: tuple[str, str]
    number: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """What `total` records come to: by year of entry, by facet, by pairs of keywords, and by field that says something.

    `years` are all there, in their order; `filled` has every declared field, by key.
    """

    total: int
    years: FacetBreakdown
    facets: Mapping[str, FacetBreakdown]
    pairs: tuple[ValuePair, ...]
    filled: Mapping[str, int]

    def share(self, number: int) -> float:
        """Return which part of the records `number` is, from 0 to 1; 0 of none."""
        return round(number / self.total, 4) if self.total else 0.0


def percentage(number: int, total: int) -> str:
    """Return which part of `total` is `number` as French writes a percentage, to the tenth: 12,5 %.

    Few are not said to be none, nor most to be all: < 0,1 %, > 99,9 %. Of nothing it is 0 %.
    """
    tenths = (2000 * number + total) // (2 * total) if total else 0
    bound = ""
    if number and not tenths:
        bound, tenths = "<\N{NO-BREAK SPACE}", 1
    elif number < total and tenths == _ALL_TENTHS:
        bound, tenths = ">\N{NO-BREAK SPACE}", _ALL_TENTHS - 1
    written = f"{tenths // 10},{tenths % 10}".removesuffix(",0")
    return f"{bound}{written}\N{NARROW NO-BREAK SPACE}%"


def max_listed_values(facet: str, size: int) -> int | None:
    """Return how many values of `facet` are named when `size` are asked for; None: all of them."""
    return None if facet in _UNLIMITED_FACETS else size


def creation_year(record: Record) -> str:
    """Return the year in which `record` entered the catalogue, in UTC: exports name no date of the action itself."""
    return f"{record.cree_le.year:04}"


def encode_filled_fields(record: Record, fields: Iterable[Field] = FIELDS) -> str:
    """Return which of `fields` say something of `record`: a hexadecimal number, whose lowest bit is the first one."""
    said = field_values(record.action, fields).values()
    return f"{sum(1 << place for place, value in enumerate(said) if value):x}"


def filled_field_counts(fillings: Iterable[tuple[str, int]], fields: Iterable[Field] = FIELDS) -> dict[str, int]:
    """Return how many records say something in each of `fields`, given how many have each `filling`."""
    read = [(int(text, 16), number) for text, number in fillings]
    return {field.key: sum(number for bits, number in read if bits >> place & 1) for place, field in enumerate(fields)}
