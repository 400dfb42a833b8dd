"""Answers too long to be made at once: their pieces are made in threads of their own, as fast as they are read."""

from asyncio import create_task
from collections.abc import Iterator, Mapping
from contextlib import suppress

from anyio import CancelScope, to_thread
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.http.context import context_of
from app.http.limiters import StreamLimiter
from app.service import EXPORT_FORMATS

STREAMED_PATHS = frozenset(f"/actions.{name}" for name in EXPORT_FORMATS if name != "texte")
"""Paths of the exports, whose responses are sent in chunks."""

HEADERS_ONLY_SCOPE_KEY = "actions.headers_only"
"""In the scope of a request of which only the headers of the answer are wanted (HEAD)."""


class ChunkedResponse(Response):
    """An answer made of `pieces`, which are made one by one as the client takes them in.

    Between two pieces no thread is held, so that a slow client costs nothing but memory. An error before the first
    piece is an error like any other; a later one breaks the connection off before the end of the body, which the
    client notices. A client that leaves ends the making. An empty piece says only that making goes on. `pieces` are
    closed in any case.
    """

    def __init__(self, pieces: Iterator[bytes], headers: Mapping[str, str], media_type: str) -> None:
        super().__init__(headers=headers, media_type=media_type)
        del self.headers["content-length"]
        self._pieces = pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer."""
        downloads = context_of(scope).stream_limiter
        with downloads:
            gone = create_task(_until_gone(receive))
            try:
                piece = b"" if scope.get(HEADERS_ONLY_SCOPE_KEY) else await self._next(downloads)
                await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
                # Even an empty piece: what is around this answer waits for one before it sends the headers.
                await send({"type": "http.response.body", "body": piece or b"", "more_body": True})
                while piece is not None and not gone.done() and not scope.get(HEADERS_ONLY_SCOPE_KEY):
                    piece = await self._next(downloads)
                    if piece:
                        await send({"type": "http.response.body", "body": piece, "more_body": True})
                if not gone.done():
                    await send({"type": "http.response.body", "body": b""})
            finally:
                gone.cancel()
                with CancelScope(shield=True):
                    await to_thread.run_sync(_close, self._pieces)

    async def _next(self, downloads: StreamLimiter) -> bytes | None:
        return await to_thread.run_sync(next, self._pieces, None, limiter=downloads.thread_limiter)


async def _until_gone(receive: Receive) -> None:
    # A body that nobody reads may be refused for its size: that, too, ends the answer.
    with suppress(HTTPException):
        while (await receive())["type"] != "http.disconnect":
            pass


def _close(pieces: Iterator[bytes]) -> None:
    if close := getattr(pieces, "close", None):
        close()
