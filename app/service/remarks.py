"""What the caller should know of a question: values that nobody uses, a text without words; as every answer says it."""

from app.catalogue.parameters import did_you_mean
from app.catalogue.query import ActionQuery
from app.exporting.documents import Document
from app.search.engine import SearchResult, Tally, UnknownValue


def warning_documents(query: ActionQuery, result: SearchResult | Tally) -> list[Document]:
    """Return what the caller should know of the question that was asked."""
    warnings = [unknown_value_document(unknown) for unknown in result.unknown]
    if query.text and not result.searched:
        warnings.append(
            {
                "parameter": "q",
                "message": "La recherche ne contient aucun mot : elle ne restreint rien.",
                "value": None,
                "nearest": None,
            }
        )
    return warnings


def unknown_value_document(unknown: UnknownValue) -> Document:
    """Return the remark on one value that nobody uses."""
    hint = did_you_mean(unknown.nearest)
    return {
        "parameter": unknown.parameter,
        "message": f"Aucune action n'a la valeur « {unknown.value} ».{hint}",
        "value": unknown.value,
        "nearest": unknown.nearest,
    }
