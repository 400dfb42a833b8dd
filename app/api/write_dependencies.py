"""Dependencies of endpoints that write: API key, If-Match, Idempotency-Key, and a thread to write in."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, TypeVar

from anyio import from_thread, to_thread
from fastapi import Depends, Request

from app.catalogue.api_keys import ApiKey, Scope
from app.catalogue.errors import InvalidParameter, ParameterError
from app.http.conditional_requests import matches_record
from app.http.context import context_of
from app.http.dependencies import OpenService
from app.http.problems import IF_MATCH_REQUIRED, HttpProblem
from app.http.rate_limit import take_key_token
from app.service import VersionCheck, authenticate, require_scope

_IDEMPOTENCY_KEY_HEADER = "Idempotency-Key"
_MAX_IDEMPOTENCY_KEY_LENGTH = 255  # characters

_T = TypeVar("_T")


async def _writing_key(request: Request, service: OpenService) -> ApiKey:
    secret = bearer_token(request.headers.get("authorization", ""))
    key = await to_thread.run_sync(authenticate, service.store, secret)
    take_key_token(request, key.id)
    require_scope(key, Scope.WRITE)
    return key


def bearer_token(header: str) -> str | None:
    """Return the token of an Authorization header with the Bearer scheme, None without one."""
    scheme, _, token = header.partition(" ")
    return (token.strip() or None) if scheme.lower() == "bearer" else None


async def _version_check(request: Request) -> VersionCheck:
    header = ", ".join(request.headers.getlist("if-match"))
    if not header.strip():
        raise HttpProblem(
            IF_MATCH_REQUIRED, "« If-Match » est attendu, avec l'ETag de la fiche telle qu'elle a été lue."
        )
    return lambda record: matches_record(header, record)


async def _idempotency_key(request: Request) -> str | None:
    values = request.headers.getlist(_IDEMPOTENCY_KEY_HEADER)
    if not values:
        return None
    key = values[0].strip()
    if len(values) > 1 or not 0 < len(key) <= _MAX_IDEMPOTENCY_KEY_LENGTH or not (key.isascii() and key.isprintable()):
        message = f"De 1 à {_MAX_IDEMPOTENCY_KEY_LENGTH} caractères ASCII imprimables sont attendus, une seule fois."
        raise InvalidParameter(ParameterError(_IDEMPOTENCY_KEY_HEADER, message))
    return key


WritingKey = Annotated[ApiKey, Depends(_writing_key)]
"""The authenticated API key, which has the scope to write."""

IfMatch = Annotated[VersionCheck, Depends(_version_check)]
"""Whether a record is in the state that If-Match names; 428 without the header."""

IdempotencyKey = Annotated[str | None, Depends(_idempotency_key)]


async def write_in_thread(request: Request, write: Callable[..., _T], *arguments: object, **options: object) -> _T:
    """Return the result of `write` with those arguments, run in one of the threads for writes.

    A write does not begin when its request was cancelled while it waited for a thread.
    """
    work = partial(write, *arguments, before_write=from_thread.check_cancelled, **options)
    return await to_thread.run_sync(work, limiter=context_of(request).write_limiter)
