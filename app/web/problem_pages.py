"""Renders problems as HTML for browsers; programs get the problem document."""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import Scope

from app.http.context import ProblemRenderer
from app.logs import REQUEST_ID
from app.web.rendering import render

_HTML = "text/html"
_JSON = frozenset({"application/json", "application/problem+json"})
_HEADINGS = {
    HTTPStatus.BAD_REQUEST: "Cette adresse ne se comprend pas",
    HTTPStatus.NOT_FOUND: "Cette page n’existe pas",
    HTTPStatus.METHOD_NOT_ALLOWED: "Cette page ne fait que se lire",
    HTTPStatus.REQUEST_TIMEOUT: "La demande n’est pas arrivée",
    HTTPStatus.GONE: "Cette fiche a été supprimée",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "La demande est trop grande",
    HTTPStatus.REQUEST_URI_TOO_LONG: "Cette adresse est trop longue",
    HTTPStatus.UNPROCESSABLE_ENTITY: "Cette adresse demande ce qui n’est pas possible",
    HTTPStatus.TOO_MANY_REQUESTS: "Trop de demandes en peu de temps",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Quelque chose s’est cassé chez nous",
    HTTPStatus.SERVICE_UNAVAILABLE: "Le service est momentanément indisponible",
}
_TEMPORARY = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})


def problem_pages(
    pages: Sequence[BaseRoute], files: Sequence[BaseRoute], all_routes: Callable[[], Sequence[BaseRoute]]
) -> ProblemRenderer:
    """Return a renderer that turns problem responses into HTML pages.

    On routes of `pages`, a request gets a page unless it accepts JSON and no HTML. On routes of `files` (the assets of
    pages) and at unknown paths, only a request that accepts `text/html` gets a page. Other routes keep the document.
    """

    def render_problem(request: Request, document: Mapping[str, Any], response: Response) -> Response:
        accepted = accepted_types(request.headers.getlist("accept"))
        if _matches_any(pages, request.scope):
            as_page = _HTML in accepted or not accepted & _JSON
        elif _matches_any(files, request.scope) or not _matches_any(all_routes(), request.scope):
            as_page = _HTML in accepted
        else:
            return response
        negotiated = _page(request, document, response) if as_page else response
        negotiated.headers.append("Vary", "Accept")
        return negotiated

    return render_problem


def accepted_types(headers: Sequence[str]) -> frozenset[str]:
    """Return the media types of Accept headers, without those with `q=0`."""
    ranges = (part.lower().replace(" ", "").split(";") for header in headers for part in header.split(","))
    return frozenset(name for name, *parameters in ranges if name and not _is_refused(parameters))


def _is_refused(parameters: Sequence[str]) -> bool:
    return any(name.startswith("q=") and not name[2:].strip("0.") for name in parameters)


def _matches_any(routes: Sequence[BaseRoute], scope: Scope) -> bool:
    return any(route.matches(scope)[0] is not Match.NONE for route in routes)


def _page(request: Request, document: Mapping[str, Any], response: Response) -> Response:
    status = HTTPStatus(response.status_code)
    page = render(
        request,
        "error.html",
        status,
        heading=_HEADINGS.get(status, document["title"]),
        messages=[error["message"] for error in document["errors"]] or [document["detail"]],
        temporary=status in _TEMPORARY,
        seconds=response.headers.get("Retry-After", ""),
        request_id=REQUEST_ID.get() if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "",
    )
    excluded = {"content-length", "content-type"}
    page.headers.update({name: value for name, value in response.headers.items() if name not in excluded})
    return page
