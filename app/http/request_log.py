"""Request identifiers, one log line a request, and its metrics."""

import os
import re
import time
from itertools import count

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http.metrics import Metrics
from app.logs import REQUEST_ID, RequestLog

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class RequestLogMiddleware:
    """Gives each request an identifier (the client's `X-Request-Id` if it is valid), logs and counts it."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics
        self._log = RequestLog(__name__)
        # Random bits for each request would be a system call each, which releases the interpreter lock.
        self._prefix, self._numbers = os.urandom(8).hex(), count()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request; other scopes pass unchanged."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        identifier = _client_identifier(scope) or f"{self._prefix}{next(self._numbers):016x}".encode()
        status = 500
        method = scope["method"]
        started_at = time.perf_counter()

        async def send_with_identifier(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                # A copy: the response cache may hold the original for later requests.
                message = {**message, "headers": [*message["headers"], (b"x-request-id", identifier)]}
            await send(message)

        request_id = identifier.decode()
        token = REQUEST_ID.set(request_id)
        try:
            await self.app(scope, receive, send_with_identifier)
        finally:
            REQUEST_ID.reset(token)
            self._record(scope, method, status, time.perf_counter() - started_at, request_id)

    def _record(self, scope: Scope, method: str, status: int, seconds: float, request_id: str) -> None:
        # Unknown paths and methods share one label: clients could invent millions of them.
        route = getattr(scope.get("route"), "path_format", "(none)")
        method = method if method in _METHODS else "(other)"
        self.metrics.count(method, route, status, seconds)
        self._log.add(method, scope["path"], status, seconds, request_id)


def _client_identifier(scope: Scope) -> bytes | None:
    """Return the client's identifier of a request, None when it is missing or invalid."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _REQUEST_ID.fullmatch(value):
            return bytes(value)
    return None
