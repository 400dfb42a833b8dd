"""Parses requests with httptools: an offered protocol upgrade is declined, and trailers never become headers."""

from typing import Protocol

import httptools

_FRAMING = frozenset({b"content-length", b"transfer-encoding"})


class RequestEvents(Protocol):
    """The callbacks of uvicorn's HTTP protocol, and one for each trailer of a chunked body."""

    headers: list[tuple[bytes, bytes]]

    def on_message_begin(self) -> None:
        """Begin a request."""

    def on_url(self, url: bytes) -> None:
        """Append a part of the request target."""

    def on_header(self, name: bytes, value: bytes) -> None:
        """Append a header."""

    def on_headers_complete(self) -> None:
        """End the head."""

    def on_body(self, body: bytes) -> None:
        """Append a part of the body."""

    def on_trailer(self) -> None:
        """Count a trailer, which is otherwise ignored."""

    def on_message_complete(self) -> None:
        """End the request."""


class RequestParser:
    """The methods of `httptools.HttpRequestParser` that uvicorn uses, for a server that speaks HTTP/1.1 alone.

    After a request that offers an upgrade, httptools skips the body and stops parsing, because another protocol may
    follow. A server that declines the offer has to handle an ordinary request (RFC 9110, section 7.8). So a new parser
    gets a second head, with the same framing and without the offer: then it reads the body and the next requests.
    """

    def __init__(self, events: RequestEvents) -> None:
        self._events = events
        self._in_head = False
        self._replaying = False
        # httptools looks its callbacks up by these names.
        self.on_body = events.on_body
        self._parser = self._create_parser()

    def feed_data(self, data: bytes) -> None:
        """Parse `data`; HttpParserError when it is not HTTP, or when a callback raises."""
        while True:
            try:
                self._parser.feed_data(data)
            except httptools.HttpParserUpgrade as upgrade:
                data = data[upgrade.args[0] :]
                self._replay_head()
            else:
                return

    def get_method(self) -> bytes:
        """Return the method of the request."""
        return self._parser.get_method()

    def get_http_version(self) -> str:
        """Return the version of the request, such as "1.1"."""
        return self._parser.get_http_version()

    def should_keep_alive(self) -> bool:
        """Return whether the client wants the connection to stay open."""
        return self._parser.should_keep_alive()

    def should_upgrade(self) -> bool:
        """Return False: every upgrade is declined."""
        return False

    def on_message_begin(self) -> None:
        """Begin a request, unless its head is replayed."""
        if not self._replaying:
            self._in_head = True
            self._events.on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Pass a part of the target on, unless the head is replayed."""
        if not self._replaying:
            self._events.on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Pass a header on; after the head it is a trailer."""
        if self._in_head:
            self._events.on_header(name, value)
        elif not self._replaying:
            self._events.on_trailer()

    def on_headers_complete(self) -> None:
        """End the head, unless it is replayed."""
        if self._in_head:
            self._in_head = False
            self._events.on_headers_complete()
        self._replaying = False

    def on_message_complete(self) -> None:
        """End the request; after an offered upgrade httptools calls this before the body, which is ignored."""
        if not self._parser.should_upgrade():
            self._events.on_message_complete()

    def _replay_head(self) -> None:
        framing = [b"%b: %b\r\n" % header for header in self._events.headers if header[0] in _FRAMING]
        version = self._parser.get_http_version().encode("ascii")
        persistence = b"" if self._parser.should_keep_alive() else b"connection: close\r\n"
        self._replaying = True
        self._parser = self._create_parser()  # the old parser refuses data after a request that closes
        self._parser.feed_data(b"POST / HTTP/%b\r\n%b%b\r\n" % (version, b"".join(framing), persistence))

    def _create_parser(self) -> httptools.HttpRequestParser:
        parser = httptools.HttpRequestParser(self)
        # As uvicorn does: data after a request with `Connection: close` must not prevent the response to it.
        parser.set_dangerous_leniencies(lenient_data_after_close=True)
        return parser
