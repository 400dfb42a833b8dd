"""The HTTP protocol of the server: raw UTF-8 and absolute-form in a request target, HTTP/1.0 without chunks."""

from typing import Any

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from app.server.connection_limits import LimitedHttpProtocol
from app.server.unchunked_response import UnchunkedResponse

_FIRST_BYTE_BEYOND_ASCII = 0x80
_ESCAPED = {byte: b"%%%02X" % byte for byte in range(_FIRST_BYTE_BEYOND_ASCII, 0x100)}


def escape_target(line: bytes) -> bytes:
    """Percent-encode the bytes beyond ASCII of a request line (RFC 3986)."""
    return line if line.isascii() else b"".join(_ESCAPED.get(byte, bytes((byte,))) for byte in line)


def split_absolute_form(target: bytes) -> tuple[bytes, bytes]:
    """Return authority and origin-form of a target such as `http://host/path` (RFC 9112, section 3.2.2)."""
    rest = target.partition(b"://")[2]
    authority = rest.partition(b"/")[0].partition(b"?")[0]
    origin_form = rest.removeprefix(authority)
    return authority, origin_form if origin_form.startswith(b"/") else b"/" + origin_form


class HttpProtocol(LimitedHttpProtocol):
    """LimitedHttpProtocol that percent-encodes a request target before the parser reads it.

    `curl 'http://…/actions?dimension=Citoyenneté'` sends raw UTF-8, which the parser refuses.
    """

    _in_target = True

    def data_received(self, data: bytes) -> None:
        """Escape what was read up to the first line end, and parse it."""
        if self._in_target:
            line, end, rest = data.partition(b"\n")
            self._in_target = not end
            data = escape_target(line) + end + rest
        super().data_received(data)

    def on_headers_complete(self) -> None:
        """End the head: the next read is no target, even when this one began with the end of the request before."""
        self._in_target = False
        if not self.url.startswith(b"/") and b"://" in self.url:
            # The host of the target counts, not the one of the header.
            authority, self.url = split_absolute_form(self.url)
            self.headers[:] = [(name, authority if name == b"host" else value) for name, value in self.headers]
        if self.parser.get_http_version() == "1.0":
            self.expect_100_continue = False  # such a client does not know the response 100
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """End the request: the next read begins with a target."""
        self._in_target = True
        super().on_message_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        if cycle.scope["http_version"] == "1.0":
            app = UnchunkedResponse(app, cycle)
        super()._start_asgi_task(cycle, app)
