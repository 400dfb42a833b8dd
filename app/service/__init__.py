"""The use cases of the catalogue, each one function: search, read, follow, write, import, export, check."""

from app.service.catalogue import Catalogue
from app.service.checks import CheckReport, check
from app.service.exports import FORMATS, Format, Shape, as_text
from app.service.feeds import feed, published
from app.service.following import Changes, changes_since, history
from app.service.imports import import_files
from app.service.keeping import Keeper
from app.service.keys import create_key, list_keys, recognise, require, revoke_key
from app.service.maps import Mapped, list_piece, list_pieces
from app.service.remarks import remarks_on_text, unknown_value_document, warning_documents
from app.service.reports import ImportReport
from app.service.results import Found, Health, Page, SimilarFound
from app.service.statistics import statistics_document
from app.service.unanswered import Unanswered
from app.service.writing import Seen, Written, create_action, delete_action, patch_action, replace_action

__all__ = [
    "FORMATS",
    "Catalogue",
    "Changes",
    "CheckReport",
    "Format",
    "Found",
    "Health",
    "ImportReport",
    "Keeper",
    "Mapped",
    "Page",
    "Seen",
    "Shape",
    "SimilarFound",
    "Unanswered",
    "Written",
    "as_text",
    "changes_since",
    "check",
    "create_action",
    "create_key",
    "delete_action",
    "feed",
    "history",
    "import_files",
    "list_keys",
    "list_piece",
    "list_pieces",
    "patch_action",
    "published",
    "recognise",
    "remarks_on_text",
    "replace_action",
    "require",
    "revoke_key",
    "statistics_document",
    "unknown_value_document",
    "warning_documents",
]
