"""Statistics of a set of records: counts by year, facet, pair of keywords and filled field."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.catalogue.action import field_values
from app.catalogue.fields import FIELDS, Field
from app.catalogue.record import Record

PAIRED_FACET = "mot_cle"
"""The facet whose pairs of values are counted."""
MAX_PAIRED_VALUES = 20
"""The pairs of a record with more values are not counted: they grow with the square and say little."""

_ALL_TENTHS = 1000  # tenths of a percent
_UNLIMITED_FACETS = frozenset(["departement", "region"])  # never cut: the map needs all of them, 119 at most


@dataclass(frozen=True, slots=True)
class ValueCount:
    """The number of records with one value; `value` is what a filter takes, `label` what pages show."""

    value: str
    label: str
    number: int


@dataclass(frozen=True, slots=True)
class FacetBreakdown:
    """The counts of one facet: the most frequent values first, out of `distinct` ones.

    `records_with_value` is the number of records with any value. A record with several values counts for each.
    """

    counts: tuple[ValueCount, ...]
    distinct: int
    records_with_value: int


@dataclass(frozen=True, slots=True)
class ValuePair:
    """The labels of two values of one facet, and the number of records with both."""

    labels: tuple[str, str]
    number: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """Counts of `total` records by year of creation, facet, pair of keywords and filled field.

    `years` has every year in order; `filled` has every declared field, by key.
    """

    total: int
    years: FacetBreakdown
    facets: Mapping[str, FacetBreakdown]
    pairs: tuple[ValuePair, ...]
    filled: Mapping[str, int]

    def share(self, number: int) -> float:
        """Return `number` divided by the number of records, from 0 to 1; 0 without records."""
        return round(number / self.total, 4) if self.total else 0.0


def percentage(number: int, total: int) -> str:
    """Return the percentage of `number` in `total` in French, to the tenth: 12,5 %; 0 % of 0.

    A share above 0 is never rounded to 0, nor one below 1 to 100: < 0,1 %, > 99,9 %.
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
    """Return the number of values of `facet` to list for a requested `size`; None: all."""
    return None if facet in _UNLIMITED_FACETS else size


def creation_year(record: Record) -> str:
    """Return the year of the record's creation, in UTC; exports have no date of the action itself."""
    return f"{record.cree_le.year:04}"


def encode_filled_fields(record: Record, fields: Iterable[Field] = FIELDS) -> str:
    """Return a bit mask, in hexadecimal, of the `fields` of `record` that are not empty; bit 0 is the first field."""
    values = field_values(record.action, fields).values()
    return f"{sum(1 << bit for bit, value in enumerate(values) if value):x}"


def filled_field_counts(fillings: Iterable[tuple[str, int]], fields: Iterable[Field] = FIELDS) -> dict[str, int]:
    """Return the number of records in which each field is not empty, from the number of records with each bit mask."""
    masks = [(int(text, 16), number) for text, number in fillings]
    return {field.key: sum(number for mask, number in masks if mask >> bit & 1) for bit, field in enumerate(fields)}
