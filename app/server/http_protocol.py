"""The HTTP protocol of the server, which accepts raw UTF-8 in a request target."""

from app.server.connection_limits import LimitedHttpProtocol

_FIRST_BYTE_BEYOND_ASCII = 0x80
_ESCAPED = {byte: b"%%%02X" % byte for byte in range(_FIRST_BYTE_BEYOND_ASCII, 0x100)}


def escape_target(line: bytes) -> bytes:
    """Percent-encode the bytes beyond ASCII of a request line (RFC 3986)."""
    return line if line.isascii() else b"".join(_ESCAPED.get(byte, bytes((byte,))) for byte in line)


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
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """End the request: the next read begins with a target."""
        self._in_target = True
        super().on_message_complete()
