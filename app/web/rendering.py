"""Makes pages of templates: what every page is given, how it writes French, and the policy that it is shown under."""

import re
from base64 import b64encode
from collections.abc import Callable
from datetime import datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.ext import Extension
from markupsafe import Markup
from starlette.responses import Response

from app.catalogue.facets import FACETS
from app.catalogue.fields import FIELDS
from app.http.conditional_requests import conditional_response, list_tag
from app.http.context import context_of
from app.http.links import Links
from app.public_urls import record_page_url, structure_page_url
from app.service import CatalogueService
from app.web.assets import asset_path, assets
from app.web.schema_org import script_of, website_data
from app.web.text_blocks import text_blocks

_FOLDER = Path(__file__).parent / "templates"
_MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)
SECTIONS = (("/", "Rechercher"), ("/statistiques", "Statistiques"), ("/integration", "Intégrer"), ("/docs", "API"))
"""What the navigation of every page leads to: addresses and names."""

_PICTURE = "partage.png"
_LOOSE = re.compile("« | [»:;!?](?![\\w=])")
_NO_BREAK = "\N{NO-BREAK SPACE}"
_THIN_SPACE = "\N{NARROW NO-BREAK SPACE}"
_STYLE = "style.css"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'sha256-{style}'; img-src 'self' data:; "
    "connect-src 'self'; frame-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'"
)


def root_of(request: Request) -> str:
    """Return the path that the service is seen under, without a slash at its end: often nothing."""
    public = context_of(request).settings.public_url
    return urlsplit(public).path if public else request.scope.get("root_path", "")


def render(request: Request, template: str, status: int = 200, **context: Any) -> Response:
    """Return the page of `template` for `request`.

    Every template knows `root` (before addresses of our own), `site` (the same with scheme and host, for those who
    read the page elsewhere), `path`, `asset(name)` and `picture` (what stands for the page elsewhere), beside its own
    `context`.
    """
    return HTMLResponse(_filled(request, template, context), status, {"Content-Security-Policy": _policy()})


def render_file(request: Request, template: str, media_type: str, **context: Any) -> Response:
    """Return the XML file or the text of `template`, which knows what those of pages know."""
    return Response(_filled(request, template, context), media_type=media_type)


def conditional_page(request: Request, catalogue: CatalogueService, make: Callable[[], Response]) -> Response:
    """Return the page that `make` makes, or 304 while neither catalogue nor pages have changed."""
    return conditional_response(request, list_tag(request, catalogue), make)


def number(value: int) -> str:
    """Return a whole number as French writes it: 12 345, with narrow spaces that do not break."""
    return f"{value:,}".replace(",", _THIN_SPACE)


def day(moment: datetime) -> str:
    """Return a day as French writes it: 1er mai 2026."""
    first = "1er" if moment.day == 1 else str(moment.day)
    return f"{first} {_MONTHS[moment.month - 1]} {moment.year}"


def count(value: int, one: str, many: str = "") -> str:
    """Return how many there are of what is called `one`: in French, none and one are singular."""
    return f"{number(value)} {one if value in {0, 1} else many or one + 's'}"


def _filled(request: Request, template: str, context: dict[str, Any]) -> str:
    root, site = root_of(request), Links.of(request).base
    return (
        template_environment()
        .get_template(template)
        .render(
            root=root,
            site=site,
            path=request.url.path,
            asset=lambda name: asset_path(root, name),
            picture=asset_path(site, _PICTURE),
            **context,
        )
    )


def with_no_break_spaces(text: str) -> str:
    """Return `text` with spaces that do not break where French has one inside quotation marks and before `: ; ! ?`."""
    return _LOOSE.sub(lambda found: found[0].replace(" ", _NO_BREAK), text)


class _FrenchSpaces(Extension):
    """Has the words of templates themselves written as `unbroken` writes values."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Return the source of a template with those spaces."""
        return with_no_break_spaces(source)


@cache
def template_environment() -> Environment:
    """Return the Jinja environment of all templates: autoescaping, filters for French text, catalogue globals."""
    environment = Environment(
        extensions=[_FrenchSpaces],
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        number=number,
        day=day,
        count=count,
        blocks=text_blocks,
        unbroken=with_no_break_spaces,
        marked=Markup,
        json_ld=script_of,
    )
    environment.globals.update(FACETS=FACETS, FIELDS=FIELDS, SECTIONS=SECTIONS, STYLE=_style(), website=website_data)
    environment.globals.update(record_page_url=record_page_url, structure_page_url=structure_page_url)
    return environment


def _style() -> str:
    """Return the look of every page. It stands in the page: a file of its own would be waited for on a slow network."""
    return assets()[_STYLE].body.decode()


@cache
def _policy() -> str:
    """Return what a page may do: nothing but what we wrote, the style within it told by its digest."""
    return _POLICY.format(style=b64encode(sha256(_style().encode()).digest()).decode())
