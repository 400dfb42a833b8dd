"""The files that pages are made of: each has an address that changes with its content, so that browsers keep it."""

from functools import cache
from mimetypes import guess_type
from pathlib import Path
from typing import NamedTuple

from fastapi import APIRouter, HTTPException, Request, Response

from app.catalogue.text import digest
from app.http.conditional_requests import matches_weakly

_FOLDER = Path(__file__).parent / "static"
_FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}
_ASK_AGAIN = {"Cache-Control": "public, max-age=0, must-revalidate"}
_A_WHILE = {"Cache-Control": "public, max-age=3600, stale-while-revalidate=86400"}
_LENGTH = 12  # characters of a digest in an address

ICON = "favicon.ico"
"""The icon where browsers look for it unasked."""

router = APIRouter(include_in_schema=False)


class Asset(NamedTuple):
    """One file: what it says, what it is, and a digest of what it says."""

    body: bytes
    media_type: str
    digest: str


@cache
def assets() -> dict[str, Asset]:
    """Return every asset by its file name."""
    found = {}
    for path in sorted(_FOLDER.iterdir()):
        body = path.read_bytes()
        media_type = guess_type(path.name)[0] or "application/octet-stream"
        found[path.name] = Asset(body, media_type, digest(body.hex(), length=_LENGTH))
    return found


def asset_address(root: str, name: str) -> str:
    """Return the address of an asset under `root`, the path that the service is served under."""
    return f"{root}/assets/{name}?v={assets()[name].digest}"


@router.get("/assets/{name}")
async def read_asset(request: Request, name: str, v: str = "") -> Response:
    """Return one file, to be kept forever under its present digest."""
    asset = assets().get(name)
    if asset is None:
        raise HTTPException(404)
    return _answer(request, asset, _FOREVER if v == asset.digest else _ASK_AGAIN)


@router.get("/widget.js")
@router.get("/iframe.js")
async def read_script_of_others(request: Request) -> Response:
    """Return a script that stands on the pages of others: an hour old at most, since its address never changes."""
    return _answer(request, assets()[request.url.path.rpartition("/")[2]], _A_WHILE)


@router.get(f"/{ICON}")
async def icon(request: Request) -> Response:
    """Return the icon of the site."""
    return _answer(request, assets()[ICON], _A_WHILE)


def _answer(request: Request, asset: Asset, caching: dict[str, str]) -> Response:
    headers = {"ETag": f'W/"{asset.digest}"', **caching}
    if matches_weakly(", ".join(request.headers.getlist("if-none-match")), headers["ETag"]):
        return Response(status_code=304, headers={"Vary": "Accept-Encoding", **headers})
    return Response(asset.body, headers=headers, media_type=asset.media_type)
