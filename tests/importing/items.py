"""Items of an import as plain JSON values, so that tests can state them and golden files hold them."""

from collections.abc import Iterable
from typing import Any

from app.catalogue.action import content
from app.importing.findings import Finding, Item, Parsed, Rejected


def as_json(items: Iterable[Item]) -> list[dict[str, Any]]:
    """Return `items` as JSON values; of an action, the fields that are not null."""
    return [_item(item) for item in items]


def _item(item: Item) -> dict[str, Any]:
    match item:
        case Parsed():
            found: dict[str, Any] = {"line": item.line}
            if item.id:
                found["id"] = item.id
            said = content(item.action)
            found["action"] = {key: value for key, value in said.items() if value is not None}
            if item.warnings:
                found["warnings"] = [_finding(warning) for warning in item.warnings]
            return found
        case Rejected():
            return {"line": item.line, "errors": [_finding(error) for error in item.errors]}
        case Finding():
            return {"file": _finding(item)}


def _finding(finding: Finding) -> str:
    return f"{finding.line or '-'} {finding.field or '-'}: {finding.message}"
