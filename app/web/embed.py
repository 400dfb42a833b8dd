"""The search for a frame on somebody else's page: the element alone, with what the address of the frame asks for."""

from fastapi import APIRouter, Request, Response

from app.web.embed_options import LOCKED_FILTERS, read_frame
from app.web.rendering import render
from app.web.tracking_parameters import page_query_pairs

router = APIRouter(include_in_schema=False)


@router.get("/embed")
async def embed(request: Request) -> Response:
    """Return the page of a frame; without scripts it holds a form that opens the catalogue in a new tab."""
    pairs = page_query_pairs(request)
    attributes = read_frame(pairs)
    kept = [(name, value) for name, value in pairs if name in LOCKED_FILTERS and value.strip()]
    return render(request, "embed.html", attributes=attributes, kept=kept)
