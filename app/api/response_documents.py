"""The JSON documents of responses: records and structures with links, facets, warnings."""

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


def linked_record_document(record: Record, links: Links) -> Document:
    """Return a record with all its fields and its links."""
    return {**json_documents.record_document(record), "links": links.record(record.id)}


def structure_summary_document(organiser: StructureSummary, links: Links) -> Document:
    """Return a structure with its number of actions and its links."""
    return {
        **json_documents.structure_document(organiser.structure),
        "nombre_actions": organiser.actions,
        "links": links.structure(organiser.structure.id),
    }


def item_document(item: ResultItem, links: Links, keys: frozenset[str]) -> Document:
    """Return a record of a list, restricted to `keys`."""
    result_values = {"links": links.record(item.record.id), "score": item.score, "highlights": item.highlights}
    document = json_documents.selected_document(item.record, keys)
    return {**document, **{key: value for key, value in result_values.items() if key in keys}}


def similar_document(similar: SimilarRecord, links: Links) -> Document:
    """Return a similar record with the keys of a list item, and the words that both records share."""
    item = item_document(ResultItem(similar.record, similar.score, {}), links, _SIMILAR_KEYS)
    return {**item, "shared": list(similar.shared)}


def change_document(change: Change, links: Links) -> Document:
    """Return a change with the current record, null when the record is deleted."""
    action = linked_record_document(change.record, links) if change.record else None
    return {"kind": change.kind, "id": change.id, "time": change.at, "action": action}


def history_document(event: HistoryEvent) -> Document:
    """Return one event of a record's history."""
    return {
        "number": event.version,
        "kind": event.kind,
        "time": event.at,
        "who": event.author,
        "changed": [{"key": each.key, "before": each.before, "after": each.after} for each in event.changed],
    }


def suggestion_document(suggestion: Suggestion) -> Document:
    """Return one completion."""
    return {"text": suggestion.text, "kind": suggestion.kind, "id": suggestion.id, "count": suggestion.count}


def facet_documents(result: SearchResult) -> Document:
    """Return the counts of each facet, and the names of truncated facets.

    A selected value without records is included with a count of 0, so that a page can offer to remove it.
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
    """Return a warning for each of `values` that is neither the code nor the name of a département or region."""
    folded = {fold(name) for name in known}
    unknown = (value for value in values if fold(value) not in folded)
    return [unknown_value_warning(UnknownValue(parameter, value, nearest_name(value, known))) for value in unknown]
