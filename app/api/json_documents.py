"""Writes records, structures and answers as the JSON documents that the API gives."""

from collections.abc import Collection, Iterable

from app.catalogue.parameters import nearest_name
from app.catalogue.record import Change, HistoryEvent, Record, StructureSummary
from app.catalogue.request import LISTED_KEYS
from app.catalogue.text import fold
from app.exporting import json_documents
from app.exporting.json_documents import Document
from app.http.links import Links
from app.search.engine import FacetCount, FacetCounts, SearchResult, Suggestion, UnknownValue
from app.service import ResultItem, SimilarRecord, unknown_value_warning

_SIMILAR_KEYS = frozenset(LISTED_KEYS) - {"highlights"}


def record_document(record: Record, links: Links) -> Document:
    """Return the whole record with its links."""
    return {**json_documents.record_document(record), "links": links.record(record.id)}


def structure_summary_document(organiser: StructureSummary, links: Links) -> Document:
    """Return a structure with its number of actions and its links."""
    return {
        **json_documents.structure_document(organiser.structure),
        "nombre_actions": organiser.actions,
        "links": links.structure(organiser.structure.id),
    }


def item_document(found: ResultItem, links: Links, keys: frozenset[str]) -> Document:
    """Return a record of a list, restricted to `keys`."""
    own = {"links": links.record(found.record.id), "score": found.score, "highlights": found.highlights}
    document = json_documents.selected_document(found.record, keys)
    return {**document, **{key: value for key, value in own.items() if key in keys}}


def similar_document(found: SimilarRecord, links: Links) -> Document:
    """Return a record that is near another one, as lists give it, with what ties the two."""
    item = item_document(ResultItem(found.record, found.score, {}), links, _SIMILAR_KEYS)
    return {**item, "shared": list(found.shared)}


def change_document(change: Change, links: Links) -> Document:
    """Return what happened to a record, with the record as it is now; null once it has been deleted."""
    action = record_document(change.record, links) if change.record else None
    return {"kind": change.kind, "id": change.id, "time": change.at, "action": action}


def history_document(event: HistoryEvent) -> Document:
    """Return one line of a record's history."""
    return {
        "number": event.version,
        "kind": event.kind,
        "time": event.at,
        "who": event.author,
        "changed": [{"key": one.key, "before": one.before, "after": one.after} for one in event.changed],
    }


def suggestion_document(suggestion: Suggestion) -> Document:
    """Return one completion."""
    return {"text": suggestion.text, "kind": suggestion.kind, "id": suggestion.id, "count": suggestion.count}


def facet_documents(result: SearchResult) -> Document:
    """Return the counts of each facet, and the names of those that were cut.

    A selected value that no record holds is there too, with a count of 0: a page can show it, to take it away again.
    """
    return {
        "facets": {name: _counts(name, counts, result.unknown) for name, counts in result.facets.items()},
        "facets_truncated": [name for name, counts in result.facets.items() if counts.truncated],
    }


def _counts(name: str, counts: FacetCounts, unknown: Iterable[UnknownValue]) -> list[Document]:
    values = [*counts.values, *(FacetCount(u.value, u.value, 0, selected=True) for u in unknown if u.parameter == name)]
    return [
        {"value": value.value, "label": value.label, "count": value.count, "selected": value.selected}
        for value in values
    ]


def unknown_place_documents(parameter: str, values: Iterable[str], known: Collection[str]) -> list[Document]:
    """Return a warning for each of `values` that is the code or name of no place."""
    folded = {fold(name) for name in known}
    unknown = (value for value in values if fold(value) not in folded)
    return [unknown_value_warning(UnknownValue(parameter, value, nearest_name(value, known))) for value in unknown]
