"""Dependencies of endpoints: the open catalogue service, and a thread to search it in."""

from collections.abc import Callable
from typing import Annotated

from anyio import to_thread
from fastapi import Depends, Request, Response

from app.http.context import context_of
from app.service import CatalogueService


async def _service(request: Request) -> CatalogueService:
    return context_of(request).service


OpenService = Annotated[CatalogueService, Depends(_service)]


async def search_in_thread(request: Request, make_response: Callable[[], Response]) -> Response:
    """Call `make_response` in one of the threads for searches, which are separate from those of other endpoints."""
    return await to_thread.run_sync(make_response, limiter=context_of(request).search_limiter)
