"""What the caller should know of a question: values that nobody uses, a text without words; as every answer says it."""

from app.catalogue.parameters import did_you_mean
from app.catalogue.query import MAX_QUERY_LENGTH, ActionQuery
from app.exporting.json_documents import Document
from app.search.engine import Aggregation, SearchResult, UnknownValue


def warning_documents(query: ActionQuery, result: SearchResult | Aggregation) -> list[Document]:
    """Return what the caller should know of the question that was asked."""
    return [
        *map(unknown_value_warning, result.unknown),
        *(
            {"parameter": "q", "message": message, "value": None, "nearest": None}
            for message in text_warnings(query, result)
        ),
    ]


def text_warnings(query: ActionQuery, result: SearchResult | Aggregation) -> list[str]:
    """Return what the caller should know of how the text was understood, as French sentences."""
    remarks = []
    if query.truncated:
        remarks.append(f"La recherche a été coupée : {MAX_QUERY_LENGTH} caractères en sont lus.")
    if query.text and not result.has_words:
        remarks.append("La recherche ne contient aucun mot : elle ne restreint rien.")
    return remarks


def unknown_value_warning(unknown: UnknownValue) -> Document:
    """Return the remark on one value that nobody uses."""
    hint = did_you_mean(unknown.nearest)
    return {
        "parameter": unknown.parameter,
        "message": f"Aucune action n'a la valeur « {unknown.value} ».{hint}",
        "value": unknown.value,
        "nearest": unknown.nearest,
    }
