"""HTTP as people write it: addresses with accents in them are read."""

from app.server.connection_limits import LimitedHttpProtocol

_FIRST_BYTE_BEYOND_ASCII = 0x80
_ESCAPED = {byte: b"%%%02X" % byte for byte in range(_FIRST_BYTE_BEYOND_ASCII, 0x100)}


def escape_target(line: bytes) -> bytes:
    """Return a request line whose bytes beyond ASCII are percent-encoded, as RFC 3986 wants them."""
    return line if line.isascii() else b"".join(_ESCAPED.get(byte, bytes((byte,))) for byte in line)


class HttpProtocol(LimitedHttpProtocol):
    """The server's HTTP protocol, for addresses as people type them.

    `curl 'http://…/actions?dimension=Citoyenneté'` sends its accents as they are, which the parser refuses: they are
    percent-encoded on the way to it.
    """

    _in_target = True

    def data_received(self, data: bytes) -> None:
        """Take in bytes of a request; those up to its first line end hold its address."""
        if self._in_target:
            line, end, rest = data.partition(b"\n")
            self._in_target = not end
            data = escape_target(line) + end + rest
        super().data_received(data)

    def on_message_complete(self) -> None:
        """Expect the address of another request after the end of this one."""
        self._in_target = True
        super().on_message_complete()
