"""Items of an import as plain JSON values, so that tests can state them and golden files hold them."""

from collections.abc import Iterable
from typing import Any

from app.catalogue.action import field_values
from app.importing.diagnostics import Diagnostic, ParsedRecord, ParseResult, RejectedRecord


def as_json(items: Iterable[ParseResult]) -> list[dict[str, Any]]:
    """Return `items` as JSON values; of an action, the fields that are not null."""
    return [_item(item) for item in items]


def _item(item: ParseResult) -> dict[str, Any]:
    match item:
        case ParsedRecord():
            found: dict[str, Any] = {"line": item.line}
            if item.id:
                found["id"] = item.id
            said = field_values(item.action)
            found["action"] = {key: value for key, value in said.items() if value is not None}
            if item.warnings:
                found["warnings"] = [_finding(warning) for warning in item.warnings]
            return found
        case RejectedRecord():
            return {"line": item.line, "errors": [_finding(error) for error in item.errors]}
        case Diagnostic():
            return {"file": _finding(item)}


def _finding(finding: Diagnostic) -> str:
    return f"{finding.line or '-'} {finding.field or '-'}: {finding.message}"
