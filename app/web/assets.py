"""Serves scripts, style sheets and images. Their URLs contain a digest of the content, so that browsers keep them."""

import re
from functools import cache
from mimetypes import guess_type
from pathlib import Path
from typing import NamedTuple

from fastapi import APIRouter, HTTPException, Request, Response

from app.catalogue.text import digest
from app.http.conditional_requests import matches_weakly
from app.web.javascript_bundle import bundle

_FOLDER = Path(__file__).parent / "static"
_STYLE_IMPORT = re.compile(r'^@import "(\./[^"]+)";\n', re.MULTILINE)
_DIGEST_LENGTH = 12  # characters
_CACHE_FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}
_REVALIDATE = {"Cache-Control": "public, max-age=0, must-revalidate"}
_CACHE_AN_HOUR = {"Cache-Control": "public, max-age=3600, stale-while-revalidate=86400"}

FAVICON = "favicon.ico"
"""The icon that browsers request without a link to it."""

router = APIRouter(include_in_schema=False)


class Asset(NamedTuple):
    """The content of a file, its media type and a digest of the content."""

    body: bytes
    media_type: str
    digest: str


@cache
def assets() -> dict[str, Asset]:
    """Return every asset by its file name. The files of subfolders are parts of `widget.js` and `style.css`."""
    return {path.name: _read_asset(path) for path in sorted(_FOLDER.iterdir()) if path.is_file()}


def _read_asset(path: Path) -> Asset:
    if path.name == "widget.js":
        body = bundle(path).encode()
    elif path.suffix == ".css":
        body = _join_style_sheets(path).encode()
    else:
        body = path.read_bytes()
    media_type = guess_type(path.name)[0] or "application/octet-stream"
    return Asset(body, media_type, digest(body.hex(), length=_DIGEST_LENGTH))


def _join_style_sheets(path: Path) -> str:
    """Return the style sheet `path` with each import replaced by its file."""
    return _STYLE_IMPORT.sub(
        lambda match: (path.parent / match[1]).read_text(encoding="utf-8"), path.read_text(encoding="utf-8")
    )


def asset_path(root: str, name: str) -> str:
    """Return the path of an asset under `root`, the path that the service is mounted at."""
    return f"{root}/assets/{name}?v={assets()[name].digest}"


@router.get("/assets/{name}")
async def read_asset(request: Request, name: str, v: str = "") -> Response:
    """Return an asset, cacheable forever when `v` is its digest."""
    asset = assets().get(name)
    if asset is None:
        raise HTTPException(404)
    return _response(request, asset, _CACHE_FOREVER if v == asset.digest else _REVALIDATE)


@router.get("/widget.js")
@router.get("/iframe.js")
async def host_page_script(request: Request) -> Response:
    """Return a script for the pages of other sites. Its URL never changes, so caches keep it for an hour only."""
    return _response(request, assets()[request.url.path.rpartition("/")[2]], _CACHE_AN_HOUR)


@router.get(f"/{FAVICON}")
async def favicon(request: Request) -> Response:
    """Return the icon of the site."""
    return _response(request, assets()[FAVICON], _CACHE_AN_HOUR)


def _response(request: Request, asset: Asset, caching: dict[str, str]) -> Response:
    headers = {"ETag": f'W/"{asset.digest}"', **caching}
    if matches_weakly(", ".join(request.headers.getlist("if-none-match")), headers["ETag"]):
        return Response(status_code=304, headers={"Vary": "Accept-Encoding", **headers})
    return Response(asset.body, headers=headers, media_type=asset.media_type)
