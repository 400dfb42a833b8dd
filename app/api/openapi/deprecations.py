"""What will go away: an operation or a parameter, declared once, marked in the document and told by headers.

`Deprecation` (RFC 9745) says since when something should not be used any more, `Sunset` (RFC 8594) when it may be gone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send


@dataclass(frozen=True, slots=True)
class Deprecation:
    """An operation that should not be used since a day, or (`parameter`) one query parameter of it.

    `instead` says in French, in a whole sentence, what to do now; `sunset` is the day from which it may be gone.
    """

    operation: str
    since: date
    sunset: date
    instead: str
    parameter: str = ""


DEPRECATIONS: tuple[Deprecation, ...] = ()
"""Everything that is deprecated today."""


def mark_deprecated(paths: Mapping[str, Mapping[str, Any]], deprecations: Iterable[Deprecation]) -> None:
    """Mark in the `paths` of an OpenAPI document what is deprecated; LookupError when there is nothing of that name."""
    operations = {operation["operationId"]: operation for path in paths.values() for operation in path.values()}
    for one in deprecations:
        marked = operations[one.operation]
        if one.parameter:
            marked = next(
                (given for given in marked["parameters"] if (given["in"], given["name"]) == ("query", one.parameter)),
                {},
            )
            if not marked:
                raise LookupError(f"{one.operation} has no parameter {one.parameter}")
        marked["deprecated"] = True
        told = f"Obsolète depuis le {one.since:%d/%m/%Y}, retiré au plus tôt le {one.sunset:%d/%m/%Y} : {one.instead}"
        marked["description"] = f"{marked['description']} {told}"


def deprecation_headers(met: Iterable[Deprecation]) -> dict[str, str]:
    """Return the headers of an answer to a request that met those: the first days of each count."""
    found = list(met)
    if not found:
        return {}
    since, sunset = (_midnight(min(days)) for days in zip(*((one.since, one.sunset) for one in found), strict=True))
    return {"Deprecation": f"@{int(since.timestamp())}", "Sunset": format_datetime(sunset, usegmt=True)}


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


class DeprecationMiddleware:
    """Tells whoever uses what is deprecated, in each answer to such a request, an error too."""

    def __init__(self, app: ASGIApp, deprecations: Iterable[Deprecation]) -> None:
        self.app = app
        self.deprecations = tuple(deprecations)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on, and add to the headers of its answer."""

        async def tell(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(deprecation_headers(self._met(scope)))
            await send(message)

        await self.app(scope, receive, tell if scope["type"] == "http" else send)

    def _met(self, scope: Scope) -> list[Deprecation]:
        operation = getattr(scope.get("route"), "operation_id", None)
        given = Request(scope).query_params
        return [
            one
            for one in self.deprecations
            if one.operation == operation and (not one.parameter or one.parameter in given)
        ]
