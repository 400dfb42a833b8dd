"""The use cases of the catalogue, each one function: search, read, import, export, check."""

from app.service.catalogue import Catalogue, Found, Health, Page, SimilarFound
from app.service.checks import CheckReport, check
from app.service.exports import FORMATS, as_text
from app.service.imports import import_files
from app.service.reports import ImportReport
from app.service.unanswered import Unanswered

__all__ = [
    "FORMATS",
    "Catalogue",
    "CheckReport",
    "Found",
    "Health",
    "ImportReport",
    "Page",
    "SimilarFound",
    "Unanswered",
    "as_text",
    "check",
    "import_files",
]
