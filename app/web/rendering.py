"""Renders templates: their common context, filters for French text, and the Content-Security-Policy of pages."""

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
from starlette.responses import Response

from app.catalogue.facets import FACETS
from app.catalogue.fields import FIELDS
from app.http.conditional_requests import conditional_response, list_tag
from app.http.context import context_of
from app.http.links import Links
from app.public_urls import record_page_url, structure_page_url
from app.service import CatalogueService
from app.web.assets import asset_path, assets
from app.web.schema_org import json_ld, website_data

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
"""The main navigation: paths and names."""

_SHARING_IMAGE = "partage.png"
_BREAKING_SPACE = re.compile("« | [»:;!?](?![\\w=])")
_NO_BREAK = "\N{NO-BREAK SPACE}"
_THIN_SPACE = "\N{NARROW NO-BREAK SPACE}"
_STYLE_SHEET = "style.css"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'sha256-{style}'; img-src 'self' data:; "
    "connect-src 'self'; frame-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'"
)


def root_of(request: Request) -> str:
    """Return the path that the service is mounted at, without a slash at its end; empty at the root of a host."""
    public = context_of(request).settings.public_url
    return urlsplit(public).path if public else request.scope.get("root_path", "")


def render(request: Request, template: str, status: int = 200, **context: Any) -> Response:
    """Return the page of `template` for `request`.

    Beside `context`, every template has `root` (the path before all paths of the service), `site` (the same as a URL,
    for readers elsewhere), `path` (of the request), `asset(name)` and `image` (the URL of the sharing image).
    """
    return HTMLResponse(_render_template(request, template, context), status, {"Content-Security-Policy": _policy()})


def render_file(request: Request, template: str, media_type: str, **context: Any) -> Response:
    """Return the XML or text file of `template`, which has the same context as pages."""
    return Response(_render_template(request, template, context), media_type=media_type)


def conditional_page(request: Request, catalogue: CatalogueService, respond: Callable[[], Response]) -> Response:
    """Return the page of `respond`, or 304 while neither the catalogue nor the program has changed."""
    return conditional_response(request, list_tag(request, catalogue), respond)


def format_number(value: int) -> str:
    """Return a whole number in French: 12 345, with narrow no-break spaces."""
    return f"{value:,}".replace(",", _THIN_SPACE)


def format_date(moment: datetime) -> str:
    """Return a date in French: 1er mai 2026."""
    day = "1er" if moment.day == 1 else str(moment.day)
    return f"{day} {_MONTHS[moment.month - 1]} {moment.year}"


def format_count(value: int, singular: str, plural: str = "") -> str:
    """Return a number and its noun, by default with a plural in -s. In French, 0 and 1 take the singular."""
    return f"{format_number(value)} {singular if value in {0, 1} else plural or singular + 's'}"


def _render_template(request: Request, template: str, context: dict[str, Any]) -> str:
    root, site = root_of(request), Links.of(request).base
    return (
        template_environment()
        .get_template(template)
        .render(
            root=root,
            site=site,
            path=request.url.path,
            asset=lambda name: asset_path(root, name),
            image=asset_path(site, _SHARING_IMAGE),
            **context,
        )
    )


def with_no_break_spaces(text: str) -> str:
    """Return `text` with no-break spaces inside French quotation marks and before `: ; ! ?`."""
    return _BREAKING_SPACE.sub(lambda match: match[0].replace(" ", _NO_BREAK), text)


class _NoBreakSpaces(Extension):
    """Applies `with_no_break_spaces` to the source of templates."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Return the source of a template with no-break spaces."""
        return with_no_break_spaces(source)


@cache
def template_environment() -> Environment:
    """Return the Jinja environment of all templates: autoescaping, filters for French text, catalogue globals."""
    environment = Environment(
        extensions=[_NoBreakSpaces],
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        number=format_number,
        day=format_date,
        count=format_count,
        no_break_spaces=with_no_break_spaces,
        json_ld=json_ld,
    )
    environment.globals.update(
        FACETS=FACETS, FIELDS=FIELDS, SECTIONS=SECTIONS, STYLE_SHEET=_style_sheet(), website=website_data
    )
    environment.globals.update(record_page_url=record_page_url, structure_page_url=structure_page_url)
    return environment


def _style_sheet() -> str:
    """Return the style sheet of all pages. It is inline, since a separate file delays rendering on a slow network."""
    return assets()[_STYLE_SHEET].body.decode()


@cache
def _policy() -> str:
    """Return the Content-Security-Policy of pages; a hash allows the inline style sheet."""
    return _POLICY.format(style=b64encode(sha256(_style_sheet().encode()).digest()).decode())
