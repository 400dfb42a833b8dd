"""What one request may cost: its body, its time, and how many are at work at once."""

from asyncio import Task, get_running_loop
from http import HTTPStatus

from anyio import CancelScope
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http.problems import BODY_TOO_LARGE, BODY_TOO_LARGE_DETAIL, RETRY_AFTER, UNAVAILABLE, problem_response
from app.http.rate_limit import MONITORING_PATHS

MAX_BODY_SIZE = 1_000_000  # bytes
MAX_CONCURRENT_REQUESTS = 200
"""Requests at work or waiting for a thread, in one process; kept answers do not count."""
_MAX_CONCURRENT_PROBES = 20  # of those that watch the service, which nothing else limits


class BodySizeLimitMiddleware:
    """Refuses requests with a body of more than a megabyte, whether they say so or not."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if int(Headers(scope=scope).get("content-length", "0")) > MAX_BODY_SIZE:
            await problem_response(Request(scope), BODY_TOO_LARGE, BODY_TOO_LARGE_DETAIL)(scope, receive, send)
            return
        size = 0

        async def measured() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > MAX_BODY_SIZE:
                # Frameworks make other errors in a body a 400.
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return message

        await self.app(scope, measured, send)


class TimeoutMiddleware:
    """Answers 503 when a request has not been answered within `seconds`, or when too many are at work already.

    A request that still waits for a thread is given up then. One that a thread works on cannot be stopped: it counts
    as one at work until the thread has ended, so that those who ask again and again do not pile up threads. An answer
    that is sent in pieces counts until the first of them: it may take as long as its client, and those who send such
    answers bound their number (`app.http.streaming`).
    """

    def __init__(self, app: ASGIApp, seconds: float, most: int = MAX_CONCURRENT_REQUESTS) -> None:
        self.app = app
        self._seconds = seconds
        self._most = {False: most, True: _MAX_CONCURRENT_PROBES}
        self._at_work = {False: 0, True: 0}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request in time, one way or another."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        watching = scope["path"] in MONITORING_PATHS
        if self._at_work[watching] >= self._most[watching]:
            detail = "Le service répond déjà à trop de demandes."
            await _busy(detail, scope, receive, send)
            return
        self._at_work[watching] += 1
        streaming = False

        async def let_stream(message: Message) -> None:
            nonlocal streaming
            if message.get("more_body") and not streaming:
                streaming = True
                self._at_work[watching] -= 1
            await send(message)

        try:
            await self._in_time(scope, receive, let_stream)
        finally:
            if not streaming:
                self._at_work[watching] -= 1

    async def _in_time(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False
        apologies: list[Task[None]] = []

        async def pass_on(message: Message) -> None:
            nonlocal begun
            if not apologies:
                begun = True
                await send(message)

        def give_up() -> None:
            if not begun:
                detail = "La réponse n'est pas venue dans le temps qu'une demande peut prendre."
                apologies.append(get_running_loop().create_task(_busy(detail, scope, receive, send)))
                work.cancel()

        with CancelScope() as work:
            timer = get_running_loop().call_later(self._seconds, give_up)
            try:
                await self.app(scope, receive, pass_on)
            finally:
                timer.cancel()
        for apology in apologies:
            await apology


async def _busy(detail: str, scope: Scope, receive: Receive, send: Send) -> None:
    await problem_response(Request(scope), UNAVAILABLE, detail, headers={"Retry-After": RETRY_AFTER})(
        scope, receive, send
    )
