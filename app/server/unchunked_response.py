"""Responses to HTTP/1.0: a body without a length ends with the connection, since such a client knows no chunks."""

import socket
import struct
import sys
from typing import Any

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER: on, for 0 seconds


class UnchunkedResponse:
    """Wraps the application for one request, whose response is sent without `Transfer-Encoding`.

    A response that breaks off resets the connection: an ordinary close would end it, and make it look whole.
    """

    def __init__(self, app: Any, cycle: RequestResponseCycle) -> None:
        self._app = app
        self._cycle = cycle
        self._has_length = True

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Handle the request."""

        async def send_unchunked(message: Any) -> None:
            if message["type"] == "http.response.start":
                self._has_length = any(name.lower() == b"content-length" for name, _ in message["headers"])
                if not self._has_length:
                    # uvicorn checks the size of a body that is not chunked.
                    self._cycle.chunked_encoding, self._cycle.expected_content_length = False, sys.maxsize
            elif not self._has_length and not message.get("more_body"):
                self._cycle.expected_content_length = len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, send_unchunked)
        finally:
            if not self._has_length and not self._cycle.response_complete:
                transport = self._cycle.transport
                transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
                transport.abort()
