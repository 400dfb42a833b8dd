"""Limits on the size of a request: its URL and its body."""

from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http.problems import BODY_TOO_LARGE, BODY_TOO_LARGE_DETAIL, URL_TOO_LONG, problem_response

MAX_BODY_SIZE = 1_000_000  # bytes
_MAX_URL_LENGTH = 8000  # bytes
_MAX_PARAMETERS = 1000


def is_url_too_long(scope: Scope) -> bool:
    """Return whether `UrlLengthLimitMiddleware` refuses the URL of a request."""
    query = scope["query_string"]
    return len(scope["raw_path"]) + len(query) > _MAX_URL_LENGTH or query.count(b"&") >= _MAX_PARAMETERS


class UrlLengthLimitMiddleware:
    """Refuses URLs of more than 8,000 bytes or 1,000 parameters.

    The links of a response repeat the URL, and proxies would refuse that response.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request: 414 when its URL is too long."""
        if scope["type"] == "http" and is_url_too_long(scope):
            detail = f"L'adresse dépasse {_MAX_URL_LENGTH} octets, ou {_MAX_PARAMETERS} paramètres."
            await problem_response(Request(scope), URL_TOO_LONG, detail)(scope, receive, send)
            return
        await self.app(scope, receive, send)


class BodySizeLimitMiddleware:
    """Refuses bodies of more than a megabyte, by `Content-Length` or by the bytes received."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request: 413 when its body is too large."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if int(Headers(scope=scope).get("content-length", "0")) > MAX_BODY_SIZE:
            await problem_response(Request(scope), BODY_TOO_LARGE, BODY_TOO_LARGE_DETAIL)(scope, receive, send)
            return
        size = 0

        async def receive_limited() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > MAX_BODY_SIZE:
                # FastAPI turns other errors that occur while a body is read into 400.
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return message

        await self.app(scope, receive_limited, send)
