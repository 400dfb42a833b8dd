"""The use cases of the catalogue: search, read, edit, import, export, change feed, keys, checks."""

from app.service.api_keys import authenticate, create_key, list_keys, require_scope, revoke_key
from app.service.catalogue_service import CatalogueService
from app.service.change_feed import ChangePage, changes_since, record_history
from app.service.checks import CheckReport, check, files_open_to_others
from app.service.editing import VersionCheck, WriteResult, create_action, delete_action, patch_action, replace_action
from app.service.exports import (
    EXPORT_FORMATS,
    ExportFormat,
    ExportOptions,
    SitemapKind,
    export_text,
    get_publication,
    render_feed,
    sitemap_entries,
    sitemap_parts,
)
from app.service.import_report import ImportReport
from app.service.imports import import_files
from app.service.index_maintenance import IndexMaintenance
from app.service.results import (
    Health,
    ResultItem,
    ResultPage,
    SimilarRecord,
    page_warning_documents,
    page_warnings,
    query_statistics,
    text_warnings,
    unknown_value_warning,
    warning_documents,
)
from app.service.zero_result_log import ZeroResultLog

__all__ = [
    "EXPORT_FORMATS",
    "CatalogueService",
    "ChangePage",
    "CheckReport",
    "ExportFormat",
    "ExportOptions",
    "Health",
    "ImportReport",
    "IndexMaintenance",
    "ResultItem",
    "ResultPage",
    "SimilarRecord",
    "SitemapKind",
    "VersionCheck",
    "WriteResult",
    "ZeroResultLog",
    "authenticate",
    "changes_since",
    "check",
    "create_action",
    "create_key",
    "delete_action",
    "export_text",
    "files_open_to_others",
    "get_publication",
    "import_files",
    "list_keys",
    "page_warning_documents",
    "page_warnings",
    "patch_action",
    "query_statistics",
    "record_history",
    "render_feed",
    "replace_action",
    "require_scope",
    "revoke_key",
    "sitemap_entries",
    "sitemap_parts",
    "text_warnings",
    "unknown_value_warning",
    "warning_documents",
]
