"""The page for frames on other sites: the search element alone, with the attributes that the URL gives."""

from fastapi import APIRouter, Request, Response

from app.web.embed_options import LOCKED_FILTERS, read_frame_attributes
from app.web.rendering import render
from app.web.tracking_parameters import page_query_pairs

router = APIRouter(include_in_schema=False)


@router.get("/embed")
async def embed_page(request: Request) -> Response:
    """Return the page of a frame. Without scripts it shows a form that opens the catalogue in a new tab."""
    pairs = page_query_pairs(request)
    attributes = read_frame_attributes(pairs)
    filters = [(name, value) for name, value in pairs if name in LOCKED_FILTERS and value.strip()]
    return render(request, "embed.html", attributes=attributes, filters=filters)
