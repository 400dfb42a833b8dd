"""Every error as an RFC 9457 problem: one table from the catalogue's errors to HTTP, one shape for all."""

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
"""Seconds until a part that is unavailable is worth asking again."""

_CHALLENGE = 'Bearer realm="actions"'
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """One kind of problem: its status, the last word of its type, and its French title."""

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

# The first class that the error is an instance of decides.
_OF_ERROR: tuple[tuple[type[errors.CatalogueError], ProblemKind], ...] = (
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
_OF_STATUS = {
    HTTPStatus.NOT_FOUND: (NOT_FOUND, "Rien ne se trouve à cette adresse."),
    HTTPStatus.METHOD_NOT_ALLOWED: (METHOD_NOT_ALLOWED, "Cette adresse ne prend pas cette méthode."),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (BODY_TOO_LARGE, BODY_TOO_LARGE_DETAIL),
    HTTPStatus.TOO_MANY_REQUESTS: (TOO_MANY_REQUESTS, TOO_MANY_REQUESTS_DETAIL),
}


class HttpProblem(Exception):
    """A request that HTTP itself has refused, before the catalogue is asked: a problem of `kind`."""

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
    """Return the problem of `kind` for `request`, with `extra` members: the document, or what it is shown as."""
    query = request.scope["query_string"].decode("ascii", "replace")
    instance = quote(request.scope["path"]) + (f"?{query}" if query else "")
    document = {**problem_document(kind, detail, instance=instance), **(extra or {})}
    answer = Response(
        orjson.dumps(document),
        kind.status,
        {"Cache-Control": "no-store", **(headers or {})},
        media_type=PROBLEM_MEDIA_TYPE,
    )
    renderer = context_of(request).problem_renderer
    return renderer(request, document, answer) if renderer else answer


def problem_document(kind: ProblemKind, detail: str, *, instance: str) -> dict[str, Any]:
    """Return the members that every problem has; `instance` is the address that was asked for.

    No `errors` are named: that is for those who know which parameter or value is at fault.
    """
    return {
        "type": _TYPE + kind.name,
        "title": kind.title,
        "status": kind.status.value,
        "detail": detail,
        "instance": instance,
        "errors": [],
    }


def _catalogue_problem(request: Request, error: Exception) -> Response:
    kind = next(kind for known, kind in _OF_ERROR if isinstance(error, known))
    extra: dict[str, Any] = {}
    headers: dict[str, str] = {}
    match error:
        case errors.InvalidRequest():
            extra["errors"] = [_found("parameter", one.parameter, one.message, one.allowed) for one in error.errors]
        case errors.InvalidContent():
            extra["errors"] = [_found("pointer", one.pointer, one.message, one.allowed) for one in error.errors]
        case errors.AlreadyExists():
            extra["existing"] = {"id": error.id, "links": Links.of(request).record(error.id)}
        case errors.InvalidKey():
            headers["WWW-Authenticate"] = f'{_CHALLENGE}, error="invalid_token"' if error.presented else _CHALLENGE
        case errors.InsufficientScope():
            headers["WWW-Authenticate"] = f'{_CHALLENGE}, error="insufficient_scope", scope="{error.scope}"'
        case errors.Unavailable():
            headers["Retry-After"] = RETRY_AFTER
    return problem_response(request, kind, str(error), extra=extra, headers=headers)


def _found(name: str, place: str, message: str, allowed: Sequence[str]) -> dict[str, Any]:
    return {name: place, "message": message, **({"allowed": list(allowed)} if allowed else {})}


def _refusal_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, HttpProblem)  # noqa: S101 - told to the checker; the framework calls by type
    return problem_response(request, error.kind, error.detail, headers=error.headers)


def _http_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - told to the checker; the framework calls by type
    status = HTTPStatus(error.status_code)
    kind, detail = _OF_STATUS.get(status, (ProblemKind(status, f"http-{status.value}", status.phrase), error.detail))
    headers = {"Allow": _allowed(request)} if kind is METHOD_NOT_ALLOWED else error.headers
    return problem_response(request, kind, detail, headers=headers)


def _allowed(request: Request) -> str:
    """Return the methods that the address takes: the framework would name those of the first endpoint there alone."""
    taken = [method for method in _METHODS if any(_takes(route, request.scope, method) for route in request.app.routes)]
    return ", ".join([*taken, *(["HEAD"] if "GET" in taken else [])])


def _takes(route: BaseRoute, scope: Scope, method: str) -> bool:
    return route.matches({**scope, "method": method})[0] is Match.FULL


def install_problem_handlers(app: FastAPI) -> None:
    """Answer every expected error of `app` with a problem document; `InternalErrorMiddleware` handles the others."""
    app.add_exception_handler(errors.CatalogueError, _catalogue_problem)
    app.add_exception_handler(HttpProblem, _refusal_problem)
    app.add_exception_handler(HTTPException, _http_problem)
