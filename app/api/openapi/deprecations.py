"""What the API deprecates today, and how the OpenAPI document marks it."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

from app.http.deprecation import Deprecation

DEPRECATIONS: tuple[Deprecation, ...] = ()
"""Everything that is deprecated today."""


def mark_deprecated(paths: Mapping[str, Mapping[str, Any]], deprecations: Iterable[Deprecation]) -> None:
    """Mark `deprecations` in the `paths` of an OpenAPI document; LookupError for an unknown operation or parameter."""
    operations = {operation["operationId"]: operation for path in paths.values() for operation in path.values()}
    for deprecation in deprecations:
        element = operations[deprecation.operation]
        if deprecation.parameter:
            element = _query_parameter(element, deprecation.parameter)
        element["deprecated"] = True
        notice = (
            f"Obsolète depuis le {deprecation.since:%d/%m/%Y}, retiré au plus tôt le {deprecation.sunset:%d/%m/%Y} : "
            f"{deprecation.instead}"
        )
        element["description"] = f"{element['description']} {notice}"


def _query_parameter(operation: dict[str, Any], name: str) -> dict[str, Any]:
    for parameter in operation["parameters"]:
        if (parameter["in"], parameter["name"]) == ("query", name):
            return cast("dict[str, Any]", parameter)
    raise LookupError(f"{operation['operationId']} has no parameter {name}")
