"""What every request goes through: its identifier, a log line and a measure; HEAD as a GET without its body."""

import os
import re
import time
from collections.abc import Collection
from http import HTTPStatus
from itertools import count

import orjson
from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http.metrics import Metrics
from app.http.problems import PROBLEM_MEDIA_TYPE, REFUSED_ORIGIN, URL_TOO_LONG, problem_document, problem_response
from app.http.streaming import HEADERS_ONLY_SCOPE_KEY
from app.logs import REQUEST_ID, RequestLog

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_MAX_URL_LENGTH = 8000  # bytes
_MAX_PARAMETERS = 1000
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class RequestLogMiddleware:
    """Gives each request an identifier (the caller's own when it is a plain one), logs it once and measures it."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics
        self._log = RequestLog(__name__)
        # Random bits for each request would be a system call each, for which the event loop lets go of the interpreter.
        self._prefix, self._numbers = os.urandom(8).hex(), count()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass on what is none."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        identifier = _given_identifier(scope) or f"{self._prefix}{next(self._numbers):016x}".encode()
        status = 500
        method = scope["method"]
        began = time.perf_counter()

        async def label(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                # A message of its own: the other one may be kept for whoever asks next.
                message = {**message, "headers": [*message["headers"], (b"x-request-id", identifier)]}
            await send(message)

        plain = identifier.decode()
        named = REQUEST_ID.set(plain)
        try:
            await self.app(scope, receive, label)
        finally:
            REQUEST_ID.reset(named)
            self._note(scope, method, status, time.perf_counter() - began, plain)

    def _note(self, scope: Scope, method: str, status: int, seconds: float, request_id: str) -> None:
        # An unknown path or method is not a label of its own: anyone could make up millions of them.
        route = getattr(scope.get("route"), "path_format", "(none)")
        method = method if method in _METHODS else "(other)"
        self.metrics.count(method, route, status, seconds)
        self._log.note(method, scope["path"], status, seconds, request_id)


def is_url_too_long(scope: Scope) -> bool:
    """Tell whether the address of a request is one that `UrlLengthLimitMiddleware` refuses."""
    query = scope["query_string"]
    return len(scope["raw_path"]) + len(query) > _MAX_URL_LENGTH or query.count(b"&") >= _MAX_PARAMETERS


def _given_identifier(scope: Scope) -> bytes | None:
    """Return the caller's identifier of a request, None without one or when it is not a plain one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _REQUEST_ID.fullmatch(value):
            return bytes(value)
    return None


class UrlLengthLimitMiddleware:
    """Refuses addresses of more than 8,000 bytes or 1,000 parameters.

    Links repeat them, and proxies would not let the answer pass.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""
        if scope["type"] == "http" and is_url_too_long(scope):
            detail = f"L'adresse dépasse {_MAX_URL_LENGTH} octets, ou {_MAX_PARAMETERS} paramètres."
            await problem_response(Request(scope), URL_TOO_LONG, detail)(scope, receive, send)
            return
        await self.app(scope, receive, send)


class CorsMiddleware(CORSMiddleware):
    """Lets pages of other origins read; a preflight that is refused says so in French."""

    def preflight_response(self, request_headers: Headers) -> Response:
        """Answer a preflight."""
        response = super().preflight_response(request_headers)
        if response.status_code != HTTPStatus.BAD_REQUEST:
            return response
        taken = ", ".join(sorted(self.allow_headers))
        detail = f"Depuis une autre origine, seule la lecture est permise (GET, HEAD), avec ces en-têtes : {taken}."
        headers = {name: value for name, value in response.headers.items() if name.startswith(("access-", "vary"))}
        body = problem_document(REFUSED_ORIGIN, detail, instance="*")
        return Response(orjson.dumps(body), response.status_code, headers, media_type=PROBLEM_MEDIA_TYPE)


class NoBrotliMiddleware:
    """Has the streams at `paths` compressed by something else: its encoder takes 40 MB for each, zstd's six."""

    def __init__(self, app: ASGIApp, paths: Collection[str]) -> None:
        self.app = app
        self._paths = paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        if scope["type"] == "http" and scope["path"] in self._paths:
            headers = scope["headers"]
            given = b", ".join(value for name, value in headers if name == b"accept-encoding")
            if given:
                others = [header for header in headers if header[0] != b"accept-encoding"]
                scope["headers"] = [*others, (b"accept-encoding", given + b", br;q=0")]
        await self.app(scope, receive, send)


class HeadMiddleware:
    """Answers HEAD as the GET of the same address, without its body."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; only HEAD is changed."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        # The server looks at its own scope to know that no body is due, so it keeps HEAD there.
        as_get = {**scope, "method": "GET", HEADERS_ONLY_SCOPE_KEY: True}
        await self.app(as_get, receive, without_body)
        scope["route"] = as_get.get("route")
