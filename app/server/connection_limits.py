"""Limits of a connection: time to send a request and to read a response, size of a head, number of connections."""

import re
from asyncio import TimerHandle, Transport
from typing import Any, cast

import httptools
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from app.http.context import app_context
from app.http.problems import (
    BAD_REQUEST,
    HEADERS_TOO_LARGE,
    REQUEST_TIMEOUT,
    UNAVAILABLE,
    ProblemKind,
)
from app.http.security_headers import SecurityPolicy
from app.server.refusal import refusal
from app.server.request_parser import RequestParser
from app.settings import Settings

MAX_HEAD_SIZE = 32_768
"""Bytes of the request line and the headers; also of consecutive chunk sizes, chunk extensions and trailers."""

MAX_HEADERS = 100
"""Header lines of a request, and also its trailer lines."""

MAX_PIPELINED = 16
"""Requests that wait on one connection while an earlier one is being answered."""

MAX_DROPPED = 10_000_000
"""Bytes that are read and dropped after a refusal, so that the client can read the response."""

_HOST = re.compile(rb"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]+)(?::[0-9]*)?")  # RFC 3986: host, port

_DETAILS = {
    BAD_REQUEST: "La demande n'est pas du HTTP que ce service comprenne.",
    HEADERS_TOO_LARGE: f"Les en-têtes dépassent {MAX_HEAD_SIZE} octets, ou {MAX_HEADERS} lignes.",
    REQUEST_TIMEOUT: "La demande n'est pas arrivée en entier dans le temps qu'elle peut prendre.",
    UNAVAILABLE: "Le service a déjà autant de connexions qu'il en prend.",
}
_HOST_DETAIL = "Un en-tête Host, et un seul, est attendu, avec un nom d'hôte valable."


class LimitedHttpProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol with limits; a request beyond one gets a problem document if that can still be sent."""

    _settings: Settings
    _security: SecurityPolicy
    _arrival_timer: TimerHandle | None = None  # runs while a request is incomplete
    _delivery_timer: TimerHandle | None = None  # runs while the write buffer holds a part of a response
    _read_size = 0  # bytes of the last read
    _request_size = 0  # bytes of the current request, without its first read when that holds the end of another one
    _framing_size = 0  # bytes of consecutive reads after the head without a part of the body
    _trailers = 0
    _arriving = False
    _in_head = False
    _body_read = False  # whether the last read held a part of the body
    _request_ended = False  # whether the last read held the end of a request
    _dropping = False  # whether further data is dropped: the connection closes after the responses to complete requests
    _deferred: ProblemKind | None = None  # the refusal to send after the responses to earlier requests
    _current: RequestResponseCycle | None = None  # the request being answered; `cycle` is the last one that was parsed
    _refusal: ProblemKind = BAD_REQUEST
    _refusal_detail: str | None = None

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.parser = RequestParser(self)  # type: ignore[assignment]

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Accept a connection. Beyond the limit it replaces an idle one; without any, its request is refused."""
        super().connection_made(transport)
        context = app_context(cast("FastAPI", self.config.loaded_app))
        self._settings, self._security = context.settings, context.security
        self._start_arrival_timer()
        if len(self.connections) > self._settings.connections:
            others = (each for each in self.connections if isinstance(each, LimitedHttpProtocol) and each is not self)
            idle = next(filter(_is_idle, others), None)
            if idle:
                idle.transport.abort()
            else:
                # Refused after its head was read: closing with unread data resets the connection, and the client
                # would not get the response.
                self._refusal = UNAVAILABLE

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection and its timers."""
        self._stop_arrival_timer()
        self._stop_delivery_timer()
        self._disconnect_current()  # uvicorn only tells the last request that was read
        super().connection_lost(exc)

    def eof_received(self) -> bool:  # type: ignore[override]
        """Answer the requests that arrived whole, then close: a client may end its side after its last request."""
        if not self._current or not self._has_unanswered():
            return False
        self._stop_arrival_timer()
        self._forget_incomplete()
        if not self._deferred:
            last = self.pipeline[0][0] if self.pipeline else self._current
            last.keep_alive = False
        return True

    def data_received(self, data: bytes) -> None:
        """Parse `data` and enforce the limits."""
        self._read_size = len(data)
        self._request_size = self._request_size + self._read_size if self._arriving or self._dropping else 0
        if self._dropping:
            if self._request_size > MAX_DROPPED:
                self.flow.pause_reading()
            return
        self._body_read = self._request_ended = False
        after_head = self._arriving and not self._in_head
        super().data_received(data)
        self._enforce_limits(after_head=after_head)

    def _enforce_limits(self, *, after_head: bool) -> None:
        """Enforce the limits after a read; with `after_head`, all of it followed the head of a request."""
        if self._dropping:
            return
        if after_head and self._arriving and not self._body_read:
            self._framing_size += self._read_size
        else:
            self._framing_size = 0
        if (self._in_head and self._request_size > MAX_HEAD_SIZE) or self._framing_size > MAX_HEAD_SIZE:
            self.refuse(HEADERS_TOO_LARGE)
        elif self._arriving or _is_idle(self):
            self._start_arrival_timer()
            if self._request_size > MAX_DROPPED and _is_idle(self):
                self.transport.close()
        else:
            self._stop_arrival_timer()

    def _drop_rest(self) -> None:
        """Read and drop all further data, because closing with unread data resets the connection."""
        self._dropping = True
        self._stop_arrival_timer()
        self.flow.resume_reading()

    def on_message_begin(self) -> None:
        """Begin to measure a request."""
        self._arriving = self._in_head = True
        self._request_size = 0 if self._request_ended else self._read_size
        self._trailers = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Start the request, unless its head is refused."""
        if len(self.headers) > MAX_HEADERS or (
            self._read_size + self._request_size > MAX_HEAD_SIZE and self._head_size() > MAX_HEAD_SIZE
        ):
            self._refusal = HEADERS_TOO_LARGE
        elif not self._has_valid_host():
            self._refusal_detail = _HOST_DETAIL
        if self._refusal is not BAD_REQUEST or self._refusal_detail:
            raise httptools.HttpParserError(self._refusal.title)
        if len(self.pipeline) >= MAX_PIPELINED:
            self._drop_rest()
            self.pipeline[0][0].keep_alive = False  # uvicorn sends `Connection: close` and closes after that response
            raise httptools.HttpParserError("too many pipelined requests")
        self._in_head = False
        super().on_headers_complete()

    def on_trailer(self) -> None:
        """Count a trailer. Trailers are not used: the request was routed and authorised by its headers."""
        self._trailers += 1
        if self._trailers > MAX_HEADERS:
            self._refusal = HEADERS_TOO_LARGE
            raise httptools.HttpParserError(self._refusal.title)

    def on_body(self, body: bytes) -> None:
        """Pass a part of the body to the application."""
        self._body_read = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Stop measuring: the request has arrived."""
        self._arriving = False
        self._request_ended = True
        super().on_message_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._current = cycle
        super()._start_asgi_task(cycle, app)

    def _head_size(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + len(b": \r\n") for name, value in self.headers)

    def _has_valid_host(self) -> bool:
        """Return whether there is exactly one valid Host header; HTTP/1.0 needs none (RFC 9112, section 3.2)."""
        hosts = [value for name, value in self.headers if name == b"host"]
        if not hosts:
            return self.parser.get_http_version() == "1.0"
        return len(hosts) == 1 and _HOST.fullmatch(hosts[0]) is not None

    def send_400_response(self, msg: str) -> None:
        """Refuse data that is not HTTP, or a request for which a callback raised."""
        if not self._dropping:
            self.refuse(self._refusal)

    def pause_writing(self) -> None:
        """Limit the time in which the client has to read the response."""
        super().pause_writing()
        self._start_delivery_timer()

    def resume_writing(self) -> None:
        """Stop that timer: the client has read most of the response."""
        super().resume_writing()
        self._stop_delivery_timer()

    def on_response_complete(self) -> None:
        """Limit the time to read the rest of the response; a short one never pauses the writing."""
        super().on_response_complete()
        if self._deferred and not self.pipeline and not self._has_unanswered():
            self.refuse(self._deferred)
        if self.transport.get_write_buffer_size():
            self._start_delivery_timer()

    def refuse(self, kind: ProblemKind) -> None:
        """Send a problem and close the connection; once a response has begun, only close it.

        Complete requests before the refused one get their responses first.
        """
        if self.transport.is_closing():
            return
        if self._has_unanswered():
            self._deferred = kind
            self._drop_rest()
            self._forget_incomplete()
            return
        # A request that was answered before its body had arrived gets no second response.
        if not self.pipeline and self._expects_response():
            detail = self._refusal_detail or _DETAILS[kind]
            self.transport.write(refusal(kind, detail, self._security.always))
            self._start_delivery_timer()
        self._disconnect_current()
        self.pipeline.clear()
        self.transport.close()

    def _disconnect_current(self) -> None:
        """Tell the application that nobody reads its response any more."""
        if self._current:
            self._current.disconnected = True
            self._current.message_event.set()

    def _forget_incomplete(self) -> None:
        """Take a pipelined request whose body has not arrived whole from the queue."""
        if self.pipeline and self.pipeline[0][0].more_body:
            self.pipeline.popleft()

    def _expects_response(self) -> bool:
        """Tell whether the client expects a response of which nothing has been sent."""
        if _is_idle(self):
            return self._in_head or not self._arriving
        return not self.cycle.response_started

    def _has_unanswered(self) -> bool:
        """Return whether a complete request has no complete response yet."""
        return bool(self._current and not self._current.more_body and not self._current.response_complete)

    def _start_arrival_timer(self) -> None:
        if self._arrival_timer is None and not self.transport.is_closing():
            self._arrival_timer = self.loop.call_later(self._settings.client_timeout, self._arrival_timed_out)

    def _stop_arrival_timer(self) -> None:
        if self._arrival_timer:
            self._arrival_timer.cancel()
            self._arrival_timer = None

    def _arrival_timed_out(self) -> None:
        self._arrival_timer = None
        if self.flow.read_paused:
            self._start_arrival_timer()  # the client may have sent all of it
        elif self._in_head or (self._arriving and not _is_idle(self)):
            self.refuse(REQUEST_TIMEOUT)
        else:
            self.transport.close()

    def _start_delivery_timer(self) -> None:
        if self._delivery_timer is None:
            self._delivery_timer = self.loop.call_later(self._settings.client_timeout, self._delivery_timed_out)

    def _stop_delivery_timer(self) -> None:
        if self._delivery_timer:
            self._delivery_timer.cancel()
            self._delivery_timer = None

    def _delivery_timed_out(self) -> None:
        self._delivery_timer = None
        if self.transport.get_write_buffer_size():
            self.transport.abort()


def _is_idle(connection: HttpToolsProtocol) -> bool:
    """Return whether a connection has no request without a complete response."""
    return connection.cycle is None or connection.cycle.response_complete
