"""The use cases of the catalogue, each one function: search, read, import, export, check."""

from app.service.catalogue import Catalogue, Found, Health, Page
from app.service.checks import CheckReport, check
from app.service.exports import FORMATS, as_text
from app.service.imports import import_files
from app.service.reports import ImportReport

__all__ = [
    "FORMATS",
    "Catalogue",
    "CheckReport",
    "Found",
    "Health",
    "ImportReport",
    "Page",
    "as_text",
    "check",
    "import_files",
]
