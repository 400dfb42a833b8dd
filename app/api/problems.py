"""Every error as an RFC 9457 problem: one table from the catalogue's errors to HTTP, one shape for all."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import orjson
import structlog
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp as App
from starlette.types import Message, Receive, Scope, Send

from app.catalogue import errors
from app.http.links import Links

MEDIA_TYPE = "application/problem+json"
_TYPE = "urn:actions-centres-sociaux:probleme:"
RETRY_AFTER = "5"
"""Seconds until a part that is unavailable is worth asking again."""

_CHALLENGE = 'Bearer realm="actions"'
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

Shown = Callable[[Request, Mapping[str, Any], Response], Response]
"""Turns a problem, as a document and as the answer that holds it, into what is answered: people get a page.

The application has it as `state.show_problem`, if it has one.
"""

logger = structlog.get_logger(__name__)


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
METHOD = ProblemKind(HTTPStatus.METHOD_NOT_ALLOWED, "methode-refusee", "Méthode refusée")
BAD_REQUEST = ProblemKind(HTTPStatus.BAD_REQUEST, "demande-illisible", "Demande illisible")
REFUSED_ORIGIN = ProblemKind(HTTPStatus.BAD_REQUEST, "origine-refusee", "Origine ou méthode refusée")
TOO_LONG = ProblemKind(HTTPStatus.REQUEST_URI_TOO_LONG, "adresse-trop-longue", "Adresse trop longue")
TOO_SLOW = ProblemKind(HTTPStatus.REQUEST_TIMEOUT, "trop-lente", "Demande trop lente")
BODY_TOO_LARGE = ProblemKind(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "corps-trop-grand", "Corps trop grand")
TOO_MANY = ProblemKind(HTTPStatus.TOO_MANY_REQUESTS, "trop-de-demandes", "Trop de demandes")
HEADERS_TOO_LARGE = ProblemKind(
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "en-tetes-trop-longs", "En-têtes trop longs"
)
UNAUTHORIZED = ProblemKind(HTTPStatus.UNAUTHORIZED, "cle-attendue", "Clé attendue")
FORBIDDEN = ProblemKind(HTTPStatus.FORBIDDEN, "portee-insuffisante", "Portée insuffisante")
ALREADY_THERE = ProblemKind(HTTPStatus.CONFLICT, "existe-deja", "Action déjà au catalogue")
OUTDATED = ProblemKind(HTTPStatus.PRECONDITION_FAILED, "version-depassee", "Version dépassée")
TAG_WANTED = ProblemKind(HTTPStatus.PRECONDITION_REQUIRED, "version-attendue", "Version attendue")
UNSUPPORTED = ProblemKind(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "type-refuse", "Type de contenu refusé")
CONTENT = ProblemKind(HTTPStatus.UNPROCESSABLE_ENTITY, "contenu-refuse", "Contenu refusé")
NAME_TAKEN = ProblemKind(HTTPStatus.UNPROCESSABLE_ENTITY, "idempotence", "Clé d'idempotence déjà utilisée")
OTHER_CATALOGUE = ProblemKind(HTTPStatus.GONE, "curseur-perime", "Curseur d'un autre catalogue")
INTERNAL = ProblemKind(HTTPStatus.INTERNAL_SERVER_ERROR, "erreur-interne", "Erreur interne")

KINDS = (
    BAD_REQUEST,
    REFUSED_ORIGIN,
    UNKNOWN_PARAMETER,
    UNAUTHORIZED,
    FORBIDDEN,
    NOT_FOUND,
    METHOD,
    TOO_SLOW,
    ALREADY_THERE,
    GONE,
    OTHER_CATALOGUE,
    OUTDATED,
    BODY_TOO_LARGE,
    TOO_LONG,
    UNSUPPORTED,
    INVALID_PARAMETER,
    CONTENT,
    NAME_TAKEN,
    TAG_WANTED,
    TOO_MANY,
    HEADERS_TOO_LARGE,
    INTERNAL,
    UNAVAILABLE,
)

BODY_TOO_LARGE_DETAIL = "Le corps d'une demande ne dépasse pas un mégaoctet."
TOO_MANY_DETAIL = "Trop de demandes en peu de temps ; redemandez après les secondes que donne Retry-After."

# The first class that the error is an instance of decides.
_OF_ERROR: tuple[tuple[type[errors.CatalogueError], ProblemKind], ...] = (
    (errors.Gone, GONE),
    (errors.NotFound, NOT_FOUND),
    (errors.UnknownParameter, UNKNOWN_PARAMETER),
    (errors.InvalidRequest, INVALID_PARAMETER),
    (errors.InvalidContent, CONTENT),
    (errors.NotRecognised, UNAUTHORIZED),
    (errors.NotPermitted, FORBIDDEN),
    (errors.AlreadyThere, ALREADY_THERE),
    (errors.Outdated, OUTDATED),
    (errors.NameTaken, NAME_TAKEN),
    (errors.OtherCatalogue, OTHER_CATALOGUE),
    (errors.Unavailable, UNAVAILABLE),
    (errors.CatalogueError, INTERNAL),
)
_OF_STATUS = {
    HTTPStatus.NOT_FOUND: (NOT_FOUND, "Rien ne se trouve à cette adresse."),
    HTTPStatus.METHOD_NOT_ALLOWED: (METHOD, "Cette adresse ne prend pas cette méthode."),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (BODY_TOO_LARGE, BODY_TOO_LARGE_DETAIL),
    HTTPStatus.TOO_MANY_REQUESTS: (TOO_MANY, TOO_MANY_DETAIL),
}


class Refusal(Exception):
    """A request that HTTP itself has refused, before the catalogue is asked: a problem of `kind`."""

    def __init__(self, kind: ProblemKind, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.headers = headers


def problem(
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
        media_type=MEDIA_TYPE,
    )
    shown: Shown | None = getattr(request.app.state, "show_problem", None)
    return shown(request, document, answer) if shown else answer


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
        case errors.AlreadyThere():
            extra["existing"] = {"id": error.id, "links": Links.of(request).record(error.id)}
        case errors.NotRecognised():
            headers["WWW-Authenticate"] = f'{_CHALLENGE}, error="invalid_token"' if error.shown else _CHALLENGE
        case errors.NotPermitted():
            headers["WWW-Authenticate"] = f'{_CHALLENGE}, error="insufficient_scope", scope="{error.scope}"'
        case errors.Unavailable():
            headers["Retry-After"] = RETRY_AFTER
    return problem(request, kind, str(error), extra=extra, headers=headers)


def _found(name: str, place: str, message: str, allowed: Sequence[str]) -> dict[str, Any]:
    return {name: place, "message": message, **({"allowed": list(allowed)} if allowed else {})}


def _refusal_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)  # noqa: S101 - told to the checker; the framework calls by type
    return problem(request, error.kind, error.detail, headers=error.headers)


def _http_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - told to the checker; the framework calls by type
    status = HTTPStatus(error.status_code)
    kind, detail = _OF_STATUS.get(status, (ProblemKind(status, f"http-{status.value}", status.phrase), error.detail))
    headers = {"Allow": _allowed(request)} if kind is METHOD else error.headers
    return problem(request, kind, detail, headers=headers)


def _allowed(request: Request) -> str:
    """Return the methods that the address takes: the framework would name those of the first endpoint there alone."""
    taken = [method for method in _METHODS if any(_takes(route, request.scope, method) for route in request.app.routes)]
    return ", ".join([*taken, *(["HEAD"] if "GET" in taken else [])])


def _takes(route: BaseRoute, scope: Scope, method: str) -> bool:
    return route.matches({**scope, "method": method})[0] is Match.FULL


class InternalErrors:
    """Answers 500 with a problem where nothing else caught the error, inside whatever adds headers to answers."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; an error after the answer began can only be logged and raised."""
        started = False

        async def watch(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watch)
        except ClientDisconnect:
            # Nobody reads it; the log and the measures say what became of the request.
            await problem(Request(scope), TOO_SLOW, "La demande n'est pas arrivée en entier.")(scope, receive, send)
        except Exception:
            logger.exception("internal_error", path=scope.get("path"))
            if started or scope["type"] != "http":
                raise
            detail = "Une erreur est survenue ; elle est notée, avec le numéro de la demande (X-Request-Id)."
            await problem(Request(scope), INTERNAL, detail)(scope, receive, send)


def install(app: FastAPI) -> None:
    """Make every error that `app` meets a problem document; what it does not foresee is for `InternalErrors`."""
    app.add_exception_handler(errors.CatalogueError, _catalogue_problem)
    app.add_exception_handler(Refusal, _refusal_problem)
    app.add_exception_handler(HTTPException, _http_problem)
