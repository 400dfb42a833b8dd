"""Answers too long to be made at once: their pieces are made in threads of their own, as fast as they are read."""

from asyncio import create_task
from collections.abc import Iterator, Mapping
from contextlib import suppress

from anyio import CancelScope, CapacityLimiter, to_thread
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.catalogue.errors import Unavailable

MAX_STREAMS = 20
"""Streams that a process sends at once; each holds some records and what compresses them."""

MAX_CHUNK_THREADS = 2
"""Pieces that a process makes at once: like searches, they take the interpreter from one another."""

HEADERS_ONLY_SCOPE_KEY = "actions.headers_only"
"""In the scope of a request of which only the headers of the answer are wanted (HEAD)."""


class StreamLimiter:
    """The streams that a process sends, and the threads in which it makes their pieces."""

    def __init__(self, most: int = MAX_STREAMS) -> None:
        self.limiter = CapacityLimiter(MAX_CHUNK_THREADS)
        self._most = most
        self._now = 0

    def __enter__(self) -> None:
        """Count one more; Unavailable when there are enough already."""
        if self._now >= self._most:
            raise Unavailable("Le service envoie déjà autant d'exports qu'il le peut : réessayez dans un instant.")
        self._now += 1

    def __exit__(self, *_: object) -> None:
        """Count one less."""
        self._now -= 1


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
        downloads: StreamLimiter = scope["app"].state.downloads
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
        return await to_thread.run_sync(next, self._pieces, None, limiter=downloads.limiter)


async def _until_gone(receive: Receive) -> None:
    # A body that nobody reads may be refused for its size: that, too, ends the answer.
    with suppress(HTTPException):
        while (await receive())["type"] != "http.disconnect":
            pass


def _close(pieces: Iterator[bytes]) -> None:
    if close := getattr(pieces, "close", None):
        close()
