"""Statistics as the document that the API and the command line give."""

from app.catalogue.query import ActionQuery
from app.exporting import statistics
from app.exporting.json_documents import Document
from app.search.engine import Aggregation
from app.service.query_warnings import warning_documents


def query_statistics(query: ActionQuery, tally: Aggregation) -> Document:
    """Return what the answer to `query` comes to, with what the caller should know of the question."""
    counted = statistics.statistics_document(tally.statistics)
    return {**counted, "suggestion": tally.suggestion, "warnings": warning_documents(query, tally)}
