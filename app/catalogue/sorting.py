"""The sorts of a list: each names one value of a record, as a French collation key."""

from collections.abc import Callable, Iterable

from app.catalogue.facets import Facet, facets_of
from app.catalogue.fields import FIELDS, Field, FieldKind
from app.catalogue.record import Record
from app.catalogue.text import collation_key

RELEVANCE_SORT = "pertinence"
TITLE_SORT = "titre"

_MAX_LENGTH = 200  # characters of a sort value; cursors hold it, and URLs hold cursors

SortValue = Callable[[Record], str]


def _by_facet(facet: Facet) -> SortValue:
    def sort_value(record: Record) -> str:
        labels = (value.label for value in facet.values(record.action))
        return collation_key(next(labels, ""))[:_MAX_LENGTH]

    return sort_value


def sorts_of(fields: Iterable[Field]) -> dict[str, SortValue]:
    """Return the sorts by name: the title, the dates, and every facet that has at most one value.

    A sort value is a string that orders by code point; it is empty where the record has none.
    """
    single = [field for field in fields if field.kind is FieldKind.ONE]
    return {
        TITLE_SORT: lambda record: collation_key(record.action.titre)[:_MAX_LENGTH],
        "cree_le": lambda record: record.cree_le.isoformat(),
        "modifie_le": lambda record: record.modifie_le.isoformat(),
        **{name: _by_facet(facet) for name, facet in facets_of(single).items()},
    }


SORTS = sorts_of(FIELDS)
