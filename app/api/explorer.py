"""The API explorers, `/docs` (Swagger UI) and `/redoc`, with assets of an installed package."""

from functools import cache
from importlib.resources import files
from pathlib import Path

from fastapi import APIRouter, FastAPI, Response
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

from app.exporting.publication import CATALOGUE_TITLE

ASSETS = "/docs-assets"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'{styles}; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; worker-src blob:; base-uri 'none'; form-action 'none'"
)
# ReDoc adds two style elements: an empty one, which its script fills, and that of its scroll bars. A browser test fails
# when a release has others.
_REDOC_STYLES = (
    " 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' 'sha256-QMIg+bpjm3JdElJ388KYke01izlUW0UoNOeKjpMxdgc='"
)
_REDOC = "redoc.standalone.js"
_REDOC_LOGO = b"https://cdn.redoc.ly/redoc/logo-mini.svg"
_NO_LOGO = b"data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="
_PAGE = """<!doctype html>
<html lang="fr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
{head}
</head>
<body>
<div id="explorer"></div>
<script src="{assets}/{library}"></script>
<script src="{script}"></script>
</body>
</html>
"""
# The script replaces the examples of the document, which are the same everywhere, by values of this catalogue.
_SWAGGER_SCRIPT = """const asked = (path) => fetch(path).then((answer) => answer.json());

async function examples() {
  const { items } = await asked("actions?per_page=1&fields=id,titre,structure,mots_cles");
  if (!items?.length) return () => undefined;
  const [{ id, titre, structure, mots_cles }] = items;
  const words = mots_cles[0] ?? titre;
  return (path, { in: place, name }) => {
    if (place === "path") return path.startsWith("/structures") ? structure.id : id;
    return place === "query" && name === "q" ? words : undefined;
  };
}

async function filledIn(response) {
  if (!response.ok || !new URL(response.url).pathname.endsWith("/openapi.json")) return response;
  const specification = JSON.parse(response.text);
  const exampleOf = await examples().catch(() => () => undefined);
  for (const [path, operations] of Object.entries(specification.paths)) {
    for (const { parameters = [] } of Object.values(operations)) {
      for (const parameter of parameters) parameter.example = exampleOf(path, parameter) ?? parameter.example;
    }
  }
  return { ...response, text: JSON.stringify(specification) };
}

SwaggerUIBundle({
  url: "openapi.json", dom_id: "#explorer", deepLinking: true, validatorUrl: null, tryItOutEnabled: true,
  responseInterceptor: filledIn,
});
"""
_REDOC_SCRIPT = """Redoc.init("openapi.json", {hideDownloadButton: false}, document.getElementById("explorer"));
"""

router = APIRouter(include_in_schema=False)


def _page(library: str, script: str, *, head: str = "", styles: str = "") -> HTMLResponse:
    page = _PAGE.format(title=CATALOGUE_TITLE, assets=ASSETS.lstrip("/"), library=library, script=script, head=head)
    return HTMLResponse(page, headers={"Content-Security-Policy": _POLICY.format(styles=styles)})


@router.get("/docs")
async def swagger() -> HTMLResponse:
    """Return the Swagger UI page."""
    style = f'<link rel="stylesheet" href="{ASSETS.lstrip("/")}/swagger-ui.css">'
    return _page("swagger-ui-bundle.js", "docs.js", head=style)


@router.get("/redoc")
async def redoc() -> HTMLResponse:
    """Return the ReDoc page."""
    return _page(_REDOC, "redoc.js", styles=_REDOC_STYLES)


@router.get("/docs.js")
async def swagger_script() -> Response:
    """Return the script of `/docs`, a file because the policy forbids inline scripts."""
    return Response(_SWAGGER_SCRIPT, media_type="text/javascript")


@router.get("/redoc.js")
async def redoc_script() -> Response:
    """Return the script of `/redoc`."""
    return Response(_REDOC_SCRIPT, media_type="text/javascript")


@router.get(f"{ASSETS}/{_REDOC}")
async def redoc_library() -> Response:
    """Return ReDoc without its logo, which browsers would load from another host."""
    return Response(
        _redoc_without_logo(), headers={"Cache-Control": "public, max-age=3600"}, media_type="text/javascript"
    )


@cache
def _redoc_without_logo() -> bytes:
    return (_assets() / _REDOC).read_bytes().replace(_REDOC_LOGO, _NO_LOGO)


def _assets() -> Path:
    return Path(str(files("fastapi_offline"))) / "static"


def install_explorer(app: FastAPI) -> None:
    """Add the pages and their assets to `app`."""
    app.include_router(router)
    app.mount(ASSETS, StaticFiles(directory=_assets()), name="docs-assets")
