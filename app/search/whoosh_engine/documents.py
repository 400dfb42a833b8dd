"""What the index holds of a record: the schema, and the document that a record becomes; both follow the fields."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, NamedTuple

from whoosh.fields import ID, STORED, FieldType, Schema
from whoosh.formats import Existence, Positions

from app.catalogue.action import content
from app.catalogue.facets import Facet, facets_of
from app.catalogue.fields import Field
from app.catalogue.record import Record
from app.catalogue.sorting import SortValue, sorts_of
from app.catalogue.text import digest
from app.search import analysis

INDEX_NAME = "actions"
ID_FIELD = "id"
WORDS_FIELD = "words"
ROW_FIELD = "row"

_FORMAT = 1  # raise it when documents below, or the readers of the facets, change what is stored of a record
_BREAK = "\n"  # stands between two values of a list, so that no phrase runs across; no query holds such a word


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
        declared = [list(self.searched), list(self.facets), list(self.sorts)]
        return digest(json.dumps([_FORMAT, analysis.VERSION, libraries, declared]))


class Row(NamedTuple):
    """What is stored of a record, by the order of the layout: its facet values, sort values and field lengths."""

    id: str
    version: int
    facets: tuple[tuple[tuple[str, str], ...], ...]
    sorts: tuple[str, ...]
    lengths: tuple[int, ...]


def stems_field(key: str) -> str:
    """Return the name in the index of the stems of the searched field `key`."""
    return f"stems_{key}"


def schema_of(layout: Layout) -> Schema:
    """Return the Whoosh schema: stems with positions for each searched field, the words of all of them, a row."""
    fields: dict[str, FieldType] = {
        ID_FIELD: ID(unique=True),
        WORDS_FIELD: FieldType(Existence(), None),
        ROW_FIELD: STORED(),
    }
    fields.update((stems_field(key), FieldType(Positions(), None)) for key in layout.searched)
    return Schema(**fields)


def document(record: Record, layout: Layout) -> dict[str, Any]:
    """Return the fields of the Whoosh document of `record`."""
    values = content(record.action, layout.searched.values())
    stems: dict[str, list[str]] = {}
    words: set[str] = set()
    lengths = []
    for key, value in values.items():
        found = stems[stems_field(key)] = []
        breaks = 0
        for text in _texts(value):
            if found:
                found.append(_BREAK)
                breaks += 1
            for token in analysis.tokens(text):
                found.append(token.stem)
                words.add(token.word)
        lengths.append(len(found) - breaks)
    facets = (facet.values(record.action) for facet in layout.facets.values())
    row = Row(
        record.id,
        record.version,
        tuple(tuple((value.value, value.label) for value in found) for found in facets),
        tuple(value(record) for value in layout.sorts.values()),
        tuple(lengths),
    )
    return {ID_FIELD: record.id, WORDS_FIELD: sorted(words), ROW_FIELD: tuple(row), **stems}


def _texts(value: str | list[str] | None) -> Iterator[str]:
    if isinstance(value, list):
        yield from value
    elif value:
        yield value
