"""Streamed responses: threads produce the chunks, as fast as the client reads them."""

from asyncio import create_task
from collections.abc import Iterator, Mapping
from contextlib import suppress

from anyio import CancelScope, to_thread
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.http.context import context_of
from app.http.dependencies import next_chunk
from app.service import EXPORT_FORMATS

STREAMED_PATHS = frozenset(f"/actions.{name}" for name in EXPORT_FORMATS if name != "texte")
"""Paths of the exports, whose responses are sent in chunks."""

HEADERS_ONLY_SCOPE_KEY = "actions.headers_only"
"""Scope key that is set for HEAD: no chunk has to be produced."""


class ChunkedResponse(Response):
    """A response whose body is an iterator of chunks.

    No thread is held between two chunks, so a slow client costs memory only. An error before the first chunk is
    handled as usual; a later one closes the connection before the end of the body, which the client notices. The
    iteration stops when the client disconnects. An empty chunk only reports progress. The iterator is always closed.
    """

    def __init__(self, chunks: Iterator[bytes], headers: Mapping[str, str], media_type: str) -> None:
        super().__init__(headers=headers, media_type=media_type)
        del self.headers["content-length"]
        self._chunks = chunks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the response."""
        limiter = context_of(scope).stream_limiter
        with limiter:
            disconnected = create_task(_wait_for_disconnect(receive))
            headers_only = bool(scope.get(HEADERS_ONLY_SCOPE_KEY))
            try:
                chunk = b"" if headers_only else await next_chunk(scope, self._chunks)
                await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
                # Sent even when it is empty: the compression middleware sends the headers with the first chunk.
                await send({"type": "http.response.body", "body": chunk or b"", "more_body": True})
                while chunk is not None and not disconnected.done() and not headers_only:
                    chunk = await next_chunk(scope, self._chunks)
                    if chunk:
                        await send({"type": "http.response.body", "body": chunk, "more_body": True})
                if not disconnected.done():
                    await send({"type": "http.response.body", "body": b""})
            finally:
                disconnected.cancel()
                with CancelScope(shield=True):
                    await to_thread.run_sync(_close, self._chunks)


async def _wait_for_disconnect(receive: Receive) -> None:
    # A request body over the size limit raises HTTPException here; that ends the response too.
    with suppress(HTTPException):
        while (await receive())["type"] != "http.disconnect":
            pass


def _close(chunks: Iterator[bytes]) -> None:
    if close := getattr(chunks, "close", None):
        close()
