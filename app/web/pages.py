"""The addresses that people open: until pages of their own stand there, each leads to what can be read already."""

from urllib.parse import quote

from fastapi import APIRouter
from fastapi.responses import RedirectResponse

router = APIRouter(include_in_schema=False)


@router.get("/")
async def home() -> RedirectResponse:
    """Lead to the page that explores the API."""
    return RedirectResponse("docs")


@router.get("/fiches/{identifier}")
async def record(identifier: str) -> RedirectResponse:
    """Lead to the record as text."""
    return RedirectResponse(f"../actions/{quote(identifier)}.txt")
