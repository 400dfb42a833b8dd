"""Deprecated operations and parameters: their declaration, and the headers that announce them.

`Deprecation` (RFC 9745) gives the date since which something is deprecated, `Sunset` (RFC 8594) the date of its removal
at the earliest.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from email.utils import format_datetime

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send


@dataclass(frozen=True, slots=True)
class Deprecation:
    """An operation, or one query parameter of it, that is deprecated since a date.

    `instead` is a French sentence that names the replacement; `sunset` is the earliest date of removal.
    """

    operation: str
    since: date
    sunset: date
    instead: str
    parameter: str = ""


def deprecation_headers(deprecations: Iterable[Deprecation]) -> dict[str, str]:
    """Return the headers that announce `deprecations`, with the earliest date of each kind."""
    announced = list(deprecations)
    if not announced:
        return {}
    since, sunset = (
        _midnight(min(dates)) for dates in zip(*((each.since, each.sunset) for each in announced), strict=True)
    )
    return {"Deprecation": f"@{int(since.timestamp())}", "Sunset": format_datetime(sunset, usegmt=True)}


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


class DeprecationMiddleware:
    """Adds deprecation headers to every response, errors included, to a request that uses something deprecated."""

    def __init__(self, app: ASGIApp, deprecations: Iterable[Deprecation]) -> None:
        self.app = app
        self.deprecations = tuple(deprecations)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(deprecation_headers(self._used(scope)))
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)

    def _used(self, scope: Scope) -> list[Deprecation]:
        operation = getattr(scope.get("route"), "operation_id", None)
        parameters = Request(scope).query_params
        return [
            each
            for each in self.deprecations
            if each.operation == operation and (not each.parameter or each.parameter in parameters)
        ]
