"""Compression of responses: the media types it applies to, and no Brotli for streams."""

from starlette.types import ASGIApp, Receive, Scope, Send
from starlette_compress import add_compress_type

from app.http.problems import PROBLEM_MEDIA_TYPE
from app.http.streaming import STREAMED_PATHS
from app.service import EXPORT_FORMATS

MIN_COMPRESSED_SIZE = 1024  # bytes of a body

_MEDIA_TYPES = (
    PROBLEM_MEDIA_TYPE,
    # The text formats: XLSX is compressed already.
    *(each.media_type.partition(";")[0] for each in EXPORT_FORMATS.values() if "charset" in each.media_type),
)


def register_media_types() -> None:
    """Add the media types of this service to those that starlette-compress compresses."""
    for media_type in _MEDIA_TYPES:
        add_compress_type(media_type)


class NoBrotliMiddleware:
    """Excludes Brotli for streamed responses: its encoder takes 40 MB for each stream, that of zstd 6 MB."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] == "http" and scope["path"] in STREAMED_PATHS:
            headers = scope["headers"]
            accepted = b", ".join(value for name, value in headers if name == b"accept-encoding")
            if accepted:
                other_headers = [header for header in headers if header[0] != b"accept-encoding"]
                scope["headers"] = [*other_headers, (b"accept-encoding", accepted + b", br;q=0")]
        await self.app(scope, receive, send)
