"""What every endpoint asks of the application: the open catalogue, and a thread to search it in."""

from collections.abc import Callable
from typing import Annotated

from anyio import to_thread
from fastapi import Depends, Request, Response

from app.service import CatalogueService

MAX_SEARCHES = 2
"""Searches that a process carries out at once: more would take the interpreter from one another and the event loop."""


async def _catalogue(request: Request) -> CatalogueService:
    catalogue: CatalogueService = request.app.state.catalogue
    return catalogue


OpenService = Annotated[CatalogueService, Depends(_catalogue)]


async def search_in_thread(request: Request, answer: Callable[[], Response]) -> Response:
    """Return what `answer` makes, in one of the threads that are for searches; other endpoints have their own."""
    return await to_thread.run_sync(answer, limiter=request.app.state.searchers)
