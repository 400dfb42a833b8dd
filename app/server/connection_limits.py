"""What a connection may cost: slow clients are let go in time, and there are never too many of them."""

from asyncio import TimerHandle, Transport
from typing import Any, cast

import httptools
import orjson
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from app.http.context import app_context
from app.http.problems import (
    BAD_REQUEST,
    HEADERS_TOO_LARGE,
    PROBLEM_MEDIA_TYPE,
    REQUEST_TIMEOUT,
    RETRY_AFTER,
    UNAVAILABLE,
    ProblemKind,
    problem_document,
)
from app.http.security_headers import SecurityPolicy
from app.settings import Settings

MAX_HEAD_SIZE = 32_768  # bytes of a request's first line and headers
MAX_HEADERS = 100
_MAX_PIPELINED = 16  # requests that a client sends before it has the answers to those before
_MAX_DRAINED = 10_000_000  # bytes of a body that nobody reads, taken in so that its sender sees the answer

_DETAILS = {
    BAD_REQUEST: "La demande n'est pas du HTTP que ce service comprenne.",
    HEADERS_TOO_LARGE: f"Les en-têtes dépassent {MAX_HEAD_SIZE} octets, ou {MAX_HEADERS} lignes.",
    REQUEST_TIMEOUT: "La demande n'est pas arrivée en entier dans le temps qu'elle peut prendre.",
    UNAVAILABLE: "Le service a déjà autant de connexions qu'il en prend.",
}


class LimitedHttpProtocol(HttpToolsProtocol):
    """The server's HTTP protocol with bounds: on the time to send a request, on that to take an answer in, on the size
    of headers, and on the number of connections. What passes a bound gets a problem, where it can still be sent.
    """

    _settings: Settings
    _security: SecurityPolicy
    _late: TimerHandle | None = None  # runs while a request is waited for that has not arrived in whole
    _unread: TimerHandle | None = None  # runs while the client leaves an answer in our memory
    _received = 0  # bytes of the request that arrives, at most
    _fed = 0  # bytes that arrived last
    _arriving = False
    _in_head = False
    _answered: RequestResponseCycle | None = None  # which may not be the newest: clients send ahead
    _refusal: ProblemKind = BAD_REQUEST

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Take a connection in, if need be in the place of one that waits for its client."""
        super().connection_made(transport)
        context = app_context(cast("FastAPI", self.config.loaded_app))
        self._settings, self._security = context.settings, context.security
        self._expect()
        if len(self.connections) > self._settings.connections:
            others = (each for each in self.connections if isinstance(each, LimitedHttpProtocol) and each is not self)
            idle = next(filter(_waits, others), None)
            if idle:
                idle.transport.abort()
            else:
                # It is refused once its request is there: a connection that is closed earlier is reset, and its
                # client never sees why.
                self._refusal = UNAVAILABLE

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection and its timers."""
        self._stop_expecting()
        self._stop_watching()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take in bytes of a request."""
        self._fed = len(data)
        if self._arriving:
            self._received += self._fed
        super().data_received(data)
        if self._in_head and self._received > MAX_HEAD_SIZE:
            self.refuse(HEADERS_TOO_LARGE)
        elif self._arriving or _waits(self):
            self._expect()
            if self._received > _MAX_DRAINED and _waits(self):
                self.transport.close()
        else:
            self._stop_expecting()

    def on_message_begin(self) -> None:
        """Begin to measure a request."""
        self._arriving = self._in_head = True
        self._received = self._fed
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Have the request answered, unless its headers are too large."""
        self._in_head = False
        if len(self.headers) > MAX_HEADERS or (self._received > MAX_HEAD_SIZE and self._head_size() > MAX_HEAD_SIZE):
            self._refusal = HEADERS_TOO_LARGE
        if self._refusal is not BAD_REQUEST or len(self.pipeline) >= _MAX_PIPELINED:
            raise httptools.HttpParserError(self._refusal.title)
        super().on_headers_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._answered = cycle
        super()._start_asgi_task(cycle, app)

    def on_message_complete(self) -> None:
        """Stop measuring: the request is there."""
        self._arriving = False
        super().on_message_complete()

    def _head_size(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + len(b": \r\n") for name, value in self.headers)

    def send_400_response(self, msg: str) -> None:
        """Refuse what cannot be read as HTTP, or what was refused while it was read."""
        self.refuse(self._refusal)

    def pause_writing(self) -> None:
        """Watch a client that does not take in what it asked for."""
        super().pause_writing()
        self._watch()

    def resume_writing(self) -> None:
        """Go on, now that the client has taken most of it."""
        super().resume_writing()
        self._stop_watching()

    def on_response_complete(self) -> None:
        """Watch the end of an answer leave our memory, too: it may be too short to have paused anything."""
        super().on_response_complete()
        if self.transport.get_write_buffer_size():
            self._watch()

    def refuse(self, kind: ProblemKind) -> None:
        """Answer with a problem in the place of the application, and close; in mid-answer, only close."""
        if self.transport.is_closing():
            return
        if not self.pipeline and (_waits(self) or not self.cycle.response_started):
            body = orjson.dumps(problem_document(kind, _DETAILS[kind], instance="/"))
            headers = {
                "content-type": PROBLEM_MEDIA_TYPE,
                "content-length": str(len(body)),
                "cache-control": "no-store",
                "access-control-allow-origin": "*",
                **self._security.always,
                **({"retry-after": RETRY_AFTER} if kind is UNAVAILABLE else {}),
                "connection": "close",
            }
            lines = [f"HTTP/1.1 {kind.status.value} {kind.status.phrase}", *map(": ".join, headers.items()), "", ""]
            self.transport.write("\r\n".join(lines).encode("ascii") + body)
            self._watch()
        if self._answered:
            # What is being answered has nobody to go to any more; nor have those that were sent ahead.
            self._answered.disconnected = True
            self._answered.message_event.set()
        self.pipeline.clear()
        self.transport.close()

    def _expect(self) -> None:
        if self._late is None and not self.transport.is_closing():
            self._late = self.loop.call_later(self._settings.client_timeout, self._too_late)

    def _stop_expecting(self) -> None:
        if self._late:
            self._late.cancel()
            self._late = None

    def _too_late(self) -> None:
        self._late = None
        if self._in_head or (self._arriving and not _waits(self)):
            self.refuse(REQUEST_TIMEOUT)
        else:
            self.transport.close()

    def _watch(self) -> None:
        if self._unread is None:
            self._unread = self.loop.call_later(self._settings.client_timeout, self._left_unread)

    def _stop_watching(self) -> None:
        if self._unread:
            self._unread.cancel()
            self._unread = None

    def _left_unread(self) -> None:
        self._unread = None
        if self.transport.get_write_buffer_size():
            self.transport.abort()


def _waits(connection: HttpToolsProtocol) -> bool:
    """Tell whether a connection waits for its client: nothing is being answered on it."""
    return connection.cycle is None or connection.cycle.response_complete
