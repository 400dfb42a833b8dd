"""The time limit of a request, and the limit on concurrent requests."""

from asyncio import Task, get_running_loop

from anyio import CancelScope
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http.problems import RETRY_AFTER, UNAVAILABLE, problem_response
from app.http.rate_limit import MONITORING_PATHS

MAX_CONCURRENT_REQUESTS = 200
"""Requests of one process that run or wait for a thread; responses from the cache do not count."""
_MAX_CONCURRENT_PROBES = 20  # requests to the monitoring paths, which no rate limit applies to


class TimeoutMiddleware:
    """Answers 503 when a response has not started within `seconds`, or when too many requests are active.

    A request that still waits for a thread is cancelled. A thread cannot be cancelled: its request stays active until
    the thread ends, so that repeated requests do not pile up threads. A streamed response is active until its first
    chunk only: it may take as long as its client does, and `app.http.streaming` limits the number of streams.
    """

    def __init__(self, app: ASGIApp, seconds: float, max_requests: int = MAX_CONCURRENT_REQUESTS) -> None:
        self.app = app
        self._seconds = seconds
        self._limits = {False: max_requests, True: _MAX_CONCURRENT_PROBES}  # by whether the path is for monitoring
        self._active = {False: 0, True: 0}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        is_probe = scope["path"] in MONITORING_PATHS
        if self._active[is_probe] >= self._limits[is_probe]:
            await _send_unavailable("Le service répond déjà à trop de demandes.", scope, receive, send)
            return
        self._active[is_probe] += 1
        streaming = False

        async def release_when_streaming(message: Message) -> None:
            nonlocal streaming
            if message.get("more_body") and not streaming:
                streaming = True
                self._active[is_probe] -= 1
            await send(message)

        try:
            await self._run_with_timeout(scope, receive, release_when_streaming)
        finally:
            if not streaming:
                self._active[is_probe] -= 1

    async def _run_with_timeout(self, scope: Scope, receive: Receive, send: Send) -> None:
        response_started = False
        timeout_responses: list[Task[None]] = []

        async def send_in_time(message: Message) -> None:
            nonlocal response_started
            if not timeout_responses:
                response_started = True
                await send(message)

        def cancel() -> None:
            if not response_started:
                detail = "La réponse n'est pas venue dans le temps qu'une demande peut prendre."
                response = _send_unavailable(detail, scope, receive, send)
                timeout_responses.append(get_running_loop().create_task(response))
                cancel_scope.cancel()

        with CancelScope() as cancel_scope:
            timer = get_running_loop().call_later(self._seconds, cancel)
            try:
                await self.app(scope, receive, send_in_time)
            finally:
                timer.cancel()
        for task in timeout_responses:
            await task


async def _send_unavailable(detail: str, scope: Scope, receive: Receive, send: Send) -> None:
    response = problem_response(Request(scope), UNAVAILABLE, detail, headers={"Retry-After": RETRY_AFTER})
    await response(scope, receive, send)
