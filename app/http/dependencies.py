"""What endpoints need: the open catalogue service, and a thread to work in."""

from collections.abc import Callable, Iterator
from functools import wraps
from math import ceil
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from starlette.types import Scope

from app.http.context import context_of
from app.http.fair_threads import FairThreads, QueueFullError
from app.http.problems import UNAVAILABLE, HttpProblem
from app.http.rate_limit import bucket_key
from app.service import CatalogueService

_QUEUE_FULL_DETAIL = (
    "Vos demandes précédentes occupent encore le service : redemandez après les secondes que donne Retry-After."
)


async def _service(request: Request) -> CatalogueService:
    return context_of(request).service


OpenService = Annotated[CatalogueService, Depends(_service)]


async def search_in_thread(request: Request, make_response: Callable[[], Response]) -> Response:
    """Call `make_response`, which searches, in one of the search threads; HttpProblem (503) as `_run` raises it."""
    return await _run(context_of(request).search_threads, request, make_response)


def in_thread(endpoint: Callable[..., Response]) -> Callable[..., Any]:
    """Decorate a synchronous endpoint that reads the store, and whose first parameter is `request`.

    It runs in one of the store threads: records can be read while searches wait for the index.
    """

    @wraps(endpoint)
    async def call(request: Request, **parameters: Any) -> Response:
        return await _run(context_of(request).store_threads, request, lambda: endpoint(request, **parameters))

    return call


async def next_chunk(scope: Scope, chunks: Iterator[bytes]) -> bytes | None:
    """Produce the next chunk of a stream in one of the store threads; None after the last one."""
    return await context_of(scope).store_threads.run(_client(scope), lambda: next(chunks, None))


async def _run(threads: FairThreads, request: Request, make_response: Callable[[], Response]) -> Response:
    """Call `make_response` in one of the threads, which clients share fairly.

    Raises HttpProblem (503) when the earlier requests of this client would keep it waiting for too long.
    """
    max_wait = context_of(request).settings.time_budget / 2
    try:
        return await threads.run(_client(request.scope), make_response, max_wait=max_wait)
    except QueueFullError as error:
        # Within the time budget each request that waits now has been answered or cancelled.
        seconds = min(max(1, ceil(error.seconds)), ceil(2 * max_wait))
        headers = {"Retry-After": str(seconds)}
        raise HttpProblem(UNAVAILABLE, _QUEUE_FULL_DETAIL, headers) from None


def _client(scope: Scope) -> str:
    client = scope["client"]
    return bucket_key(client[0]) if client else ""
