"""Shows a problem as a page to those who asked for a page; programs get the document itself."""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import Scope

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
_PASSING = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})

Shown = Callable[[Request, Mapping[str, Any], Response], Response]
"""Turns a problem, as a document and as the answer that holds it, into the answer that is given."""


def problem_pages(
    pages: Sequence[BaseRoute], files: Sequence[BaseRoute], all_routes: Callable[[], Sequence[BaseRoute]]
) -> Shown:
    """Return what shows problems at the addresses of `pages` as pages, unless JSON alone is asked for.

    At an address that none of `all_routes` knows, and at that of one of the `files` that pages are made of, only those
    who name HTML get a page. Everything else stays as it is.
    """

    def shown(request: Request, document: Mapping[str, Any], answer: Response) -> Response:
        accepted = accepted_types(request.headers.getlist("accept"))
        if _leads_to(pages, request.scope):
            wanted = _HTML in accepted or not accepted & _JSON
        elif _leads_to(files, request.scope) or not _leads_to(all_routes(), request.scope):
            wanted = _HTML in accepted
        else:
            return answer
        response = _page(request, document, answer) if wanted else answer
        response.headers.append("Vary", "Accept")
        return response

    return shown


def accepted_types(headers: Sequence[str]) -> frozenset[str]:
    """Return the media types that Accept headers name, those that they refuse (`q=0`) left out."""
    ranges = (part.lower().replace(" ", "").split(";") for header in headers for part in header.split(","))
    return frozenset(name for name, *parameters in ranges if name and not _refused(parameters))


def _refused(parameters: Sequence[str]) -> bool:
    return any(one.startswith("q=") and not one[2:].strip("0.") for one in parameters)


def _leads_to(routes: Sequence[BaseRoute], scope: Scope) -> bool:
    return any(route.matches(scope)[0] is not Match.NONE for route in routes)


def _page(request: Request, document: Mapping[str, Any], answer: Response) -> Response:
    status = HTTPStatus(answer.status_code)
    page = render(
        request,
        "error.html",
        status,
        heading=_HEADINGS.get(status, document["title"]),
        messages=[error["message"] for error in document["errors"]] or [document["detail"]],
        passing=status in _PASSING,
        seconds=answer.headers.get("Retry-After", ""),
        number=REQUEST_ID.get() if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "",
    )
    own = {"content-length", "content-type"}
    page.headers.update({name: value for name, value in answer.headers.items() if name not in own})
    return page
