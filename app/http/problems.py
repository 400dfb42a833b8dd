"""Problem documents (RFC 9457): the kinds of problems, and the exception handlers that map errors to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import orjson
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import Scope

from app.catalogue import errors
from app.http.context import context_of
from app.http.links import Links

PROBLEM_MEDIA_TYPE = "application/problem+json"
_TYPE = "urn:actions-centres-sociaux:probleme:"
RETRY_AFTER = "5"
"""Value of Retry-After when the store or the index is unavailable, in seconds."""

_CHALLENGE = 'Bearer realm="actions"'
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """A kind of problem: its status, the last part of its type URN, and its French title."""

    status: HTTPStatus
    name: str
    title: str


GONE = ProblemKind(HTTPStatus.GONE, "supprimee", "Fiche supprimée")
NOT_FOUND = ProblemKind(HTTPStatus.NOT_FOUND, "introuvable", "Introuvable")
UNKNOWN_PARAMETER = ProblemKind(HTTPStatus.BAD_REQUEST, "parametre-inconnu", "Paramètre inconnu")
INVALID_PARAMETER = ProblemKind(HTTPStatus.UNPROCESSABLE_ENTITY, "valeur-refusee", "Valeur refusée")
UNAVAILABLE = ProblemKind(HTTPStatus.SERVICE_UNAVAILABLE, "indisponible", "Service indisponible")
METHOD_NOT_ALLOWED = ProblemKind(HTTPStatus.METHOD_NOT_ALLOWED, "methode-refusee", "Méthode refusée")
BAD_REQUEST = ProblemKind(HTTPStatus.BAD_REQUEST, "demande-illisible", "Demande illisible")
REFUSED_ORIGIN = ProblemKind(HTTPStatus.BAD_REQUEST, "origine-refusee", "Origine ou méthode refusée")
URL_TOO_LONG = ProblemKind(HTTPStatus.REQUEST_URI_TOO_LONG, "adresse-trop-longue", "Adresse trop longue")
REQUEST_TIMEOUT = ProblemKind(HTTPStatus.REQUEST_TIMEOUT, "trop-lente", "Demande trop lente")
BODY_TOO_LARGE = ProblemKind(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "corps-trop-grand", "Corps trop grand")
TOO_MANY_REQUESTS = ProblemKind(HTTPStatus.TOO_MANY_REQUESTS, "trop-de-demandes", "Trop de demandes")
HEADERS_TOO_LARGE = ProblemKind(
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "en-tetes-trop-longs", "En-têtes trop longs"
)
UNAUTHORIZED = ProblemKind(HTTPStatus.UNAUTHORIZED, "cle-attendue", "Clé attendue")
FORBIDDEN = ProblemKind(HTTPStatus.FORBIDDEN, "portee-insuffisante", "Portée insuffisante")
ALREADY_EXISTS = ProblemKind(HTTPStatus.CONFLICT, "existe-deja", "Action déjà au catalogue")
STALE_VERSION = ProblemKind(HTTPStatus.PRECONDITION_FAILED, "version-depassee", "Version dépassée")
IF_MATCH_REQUIRED = ProblemKind(HTTPStatus.PRECONDITION_REQUIRED, "version-attendue", "Version attendue")
UNSUPPORTED_MEDIA_TYPE = ProblemKind(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "type-refuse", "Type de contenu refusé")
INVALID_CONTENT = ProblemKind(HTTPStatus.UNPROCESSABLE_ENTITY, "contenu-refuse", "Contenu refusé")
IDEMPOTENCY_KEY_REUSED = ProblemKind(HTTPStatus.UNPROCESSABLE_ENTITY, "idempotence", "Clé d'idempotence déjà utilisée")
FOREIGN_CURSOR = ProblemKind(HTTPStatus.GONE, "curseur-perime", "Curseur d'un autre catalogue")
INTERNAL = ProblemKind(HTTPStatus.INTERNAL_SERVER_ERROR, "erreur-interne", "Erreur interne")

KINDS = (
    BAD_REQUEST,
    REFUSED_ORIGIN,
    UNKNOWN_PARAMETER,
    UNAUTHORIZED,
    FORBIDDEN,
    NOT_FOUND,
    METHOD_NOT_ALLOWED,
    REQUEST_TIMEOUT,
    ALREADY_EXISTS,
    GONE,
    FOREIGN_CURSOR,
    STALE_VERSION,
    BODY_TOO_LARGE,
    URL_TOO_LONG,
    UNSUPPORTED_MEDIA_TYPE,
    INVALID_PARAMETER,
    INVALID_CONTENT,
    IDEMPOTENCY_KEY_REUSED,
    IF_MATCH_REQUIRED,
    TOO_MANY_REQUESTS,
    HEADERS_TOO_LARGE,
    INTERNAL,
    UNAVAILABLE,
)

BODY_TOO_LARGE_DETAIL = "Le corps d'une demande ne dépasse pas un mégaoctet."
TOO_MANY_REQUESTS_DETAIL = "Trop de demandes en peu de temps ; redemandez après les secondes que donne Retry-After."

# The first class that an error is an instance of decides.
_KIND_BY_ERROR: tuple[tuple[type[errors.CatalogueError], ProblemKind], ...] = (
    (errors.Gone, GONE),
    (errors.NotFound, NOT_FOUND),
    (errors.UnknownParameter, UNKNOWN_PARAMETER),
    (errors.InvalidRequest, INVALID_PARAMETER),
    (errors.InvalidContent, INVALID_CONTENT),
    (errors.InvalidKey, UNAUTHORIZED),
    (errors.InsufficientScope, FORBIDDEN),
    (errors.AlreadyExists, ALREADY_EXISTS),
    (errors.StaleVersion, STALE_VERSION),
    (errors.IdempotencyKeyReused, IDEMPOTENCY_KEY_REUSED),
    (errors.ForeignCursor, FOREIGN_CURSOR),
    (errors.Unavailable, UNAVAILABLE),
    (errors.CatalogueError, INTERNAL),
)
_KIND_BY_STATUS = {
    HTTPStatus.NOT_FOUND: (NOT_FOUND, "Rien ne se trouve à cette adresse."),
    HTTPStatus.METHOD_NOT_ALLOWED: (METHOD_NOT_ALLOWED, "Cette adresse ne prend pas cette méthode."),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (BODY_TOO_LARGE, BODY_TOO_LARGE_DETAIL),
    HTTPStatus.TOO_MANY_REQUESTS: (TOO_MANY_REQUESTS, TOO_MANY_REQUESTS_DETAIL),
}


class HttpProblem(Exception):
    """Raised for a request that is refused before the catalogue is read."""

    def __init__(self, kind: ProblemKind, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.headers = headers


def problem_response(
    request: Request,
    kind: ProblemKind,
    detail: str,
    *,
    extra: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return the response that reports a problem, with `extra` members; the context's renderer may make it a page."""
    query = request.scope["query_string"].decode("ascii", "replace")
    instance = quote(request.scope["path"]) + (f"?{query}" if query else "")
    document = {**problem_document(kind, detail, instance=instance), **(extra or {})}
    response = Response(
        orjson.dumps(document),
        kind.status,
        {"Cache-Control": "no-store", **(headers or {})},
        media_type=PROBLEM_MEDIA_TYPE,
    )
    renderer = context_of(request).problem_renderer
    return renderer(request, document, response) if renderer else response


def problem_document(kind: ProblemKind, detail: str, *, instance: str) -> dict[str, Any]:
    """Return the members that every problem has, with an empty `errors`; `instance` is the URL of the request."""
    return {
        "type": _TYPE + kind.name,
        "title": kind.title,
        "status": kind.status.value,
        "detail": detail,
        "instance": instance,
        "errors": [],
    }


def _catalogue_problem(request: Request, error: Exception) -> Response:
    kind = next(kind for error_class, kind in _KIND_BY_ERROR if isinstance(error, error_class))
    extra: dict[str, Any] = {}
    headers: dict[str, str] = {}
    match error:
        case errors.InvalidRequest():
            extra["errors"] = [
                _error_member("parameter", each.parameter, each.message, each.allowed) for each in error.errors
            ]
        case errors.InvalidContent():
            extra["errors"] = [
                _error_member("pointer", each.pointer, each.message, each.allowed) for each in error.errors
            ]
        case errors.AlreadyExists():
            extra["existing"] = {"id": error.id, "links": Links.of(request).record(error.id)}
        case errors.InvalidKey():
            headers["WWW-Authenticate"] = f'{_CHALLENGE}, error="invalid_token"' if error.presented else _CHALLENGE
        case errors.InsufficientScope():
            headers["WWW-Authenticate"] = f'{_CHALLENGE}, error="insufficient_scope", scope="{error.scope}"'
        case errors.DamagedData():
            pass  # no later attempt succeeds: without Retry-After
        case errors.Unavailable():
            headers["Retry-After"] = RETRY_AFTER
    detail = str(error)
    if isinstance(error, errors.DamagedRecord):
        history = f"{Links.of(request).record(error.id)['self']}/history"
        detail += f" Ses versions antérieures : {history}"
    return problem_response(request, kind, detail, extra=extra, headers=headers)


def _error_member(name: str, location: str, message: str, allowed: Sequence[str]) -> dict[str, Any]:
    return {name: location, "message": message, **({"allowed": list(allowed)} if allowed else {})}


def _http_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, HttpProblem)  # noqa: S101 - for mypy; Starlette selects the handler by type
    return problem_response(request, error.kind, error.detail, headers=error.headers)


def _framework_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - for mypy; Starlette selects the handler by type
    status = HTTPStatus(error.status_code)
    kind, detail = _KIND_BY_STATUS.get(
        status, (ProblemKind(status, f"http-{status.value}", status.phrase), error.detail)
    )
    headers = {"Allow": _allowed_methods(request)} if kind is METHOD_NOT_ALLOWED else error.headers
    return problem_response(request, kind, detail, headers=headers)


def _allowed_methods(request: Request) -> str:
    """Return the methods of all routes at the URL: Starlette would return those of the first route only."""
    routes = request.app.routes
    methods = [method for method in _METHODS if any(_accepts(route, request.scope, method) for route in routes)]
    return ", ".join([*methods, *(["HEAD"] if "GET" in methods else [])])


def _accepts(route: BaseRoute, scope: Scope, method: str) -> bool:
    return route.matches({**scope, "method": method})[0] is Match.FULL


def install_problem_handlers(app: FastAPI) -> None:
    """Handle every expected error of `app`; `InternalErrorMiddleware` handles the others."""
    app.add_exception_handler(errors.CatalogueError, _catalogue_problem)
    app.add_exception_handler(HttpProblem, _http_problem)
    app.add_exception_handler(HTTPException, _framework_problem)
