"""Every error as an RFC 9457 problem: one table from the catalogue's errors to HTTP, one shape for all."""

from collections.abc import Mapping, Sequence
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
from starlette.types import ASGIApp as App
from starlette.types import Message, Receive, Scope, Send

from app.catalogue import errors

MEDIA_TYPE = "application/problem+json"
_TYPE = "urn:actions-centres-sociaux:probleme:"
RETRY_AFTER = "5"
"""Seconds until a part that is unavailable is worth asking again."""

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
INTERNAL = ProblemKind(HTTPStatus.INTERNAL_SERVER_ERROR, "erreur-interne", "Erreur interne")

KINDS = (
    BAD_REQUEST,
    REFUSED_ORIGIN,
    UNKNOWN_PARAMETER,
    NOT_FOUND,
    METHOD,
    TOO_SLOW,
    GONE,
    BODY_TOO_LARGE,
    TOO_LONG,
    INVALID_PARAMETER,
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
    (errors.Unavailable, UNAVAILABLE),
    (errors.CatalogueError, INTERNAL),
)
_OF_STATUS = {
    HTTPStatus.NOT_FOUND: (NOT_FOUND, "Rien ne se trouve à cette adresse."),
    HTTPStatus.METHOD_NOT_ALLOWED: (METHOD, "Cette adresse ne prend pas cette méthode."),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (BODY_TOO_LARGE, BODY_TOO_LARGE_DETAIL),
    HTTPStatus.TOO_MANY_REQUESTS: (TOO_MANY, TOO_MANY_DETAIL),
}


def problem(
    request: Request,
    kind: ProblemKind,
    detail: str,
    *,
    errors_found: Sequence[Mapping[str, Any]] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return the problem document of `kind` for `request`."""
    query = request.scope["query_string"].decode("ascii", "replace")
    instance = quote(request.scope["path"]) + (f"?{query}" if query else "")
    document = problem_document(kind, detail, instance=instance)
    if errors_found:
        document["errors"] = list(errors_found)
    return Response(
        orjson.dumps(document),
        kind.status,
        {"Cache-Control": "no-store", **(headers or {})},
        media_type=MEDIA_TYPE,
    )


def problem_document(kind: ProblemKind, detail: str, *, instance: str) -> dict[str, Any]:
    """Return the members that every problem has; `instance` is the address that was asked for."""
    return {
        "type": _TYPE + kind.name,
        "title": kind.title,
        "status": kind.status.value,
        "detail": detail,
        "instance": instance,
    }


def _catalogue_problem(request: Request, error: Exception) -> Response:
    kind = next(kind for known, kind in _OF_ERROR if isinstance(error, known))
    found = []
    if isinstance(error, errors.InvalidRequest):
        found = [
            {
                "parameter": wrong.parameter,
                "message": wrong.message,
                **({"allowed": list(wrong.allowed)} if wrong.allowed else {}),
            }
            for wrong in error.errors
        ]
    headers = {"Retry-After": RETRY_AFTER} if kind is UNAVAILABLE else None
    return problem(request, kind, str(error), errors_found=found, headers=headers)


def _http_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - told to the checker; the framework calls by type
    status = HTTPStatus(error.status_code)
    kind, detail = _OF_STATUS.get(status, (ProblemKind(status, f"http-{status.value}", status.phrase), error.detail))
    return problem(request, kind, detail, headers=error.headers)


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
    app.add_exception_handler(HTTPException, _http_problem)
