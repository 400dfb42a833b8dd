"""What endpoints that write ask of a request: who asks, what they have seen, and a turn to work in."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, TypeVar

from anyio import from_thread, to_thread
from fastapi import Depends, Request

from app.catalogue.api_keys import ApiKey, Scope
from app.catalogue.errors import InvalidParameter, ParameterError
from app.http.conditional_requests import matches_strongly, record_tag
from app.http.context import context_of
from app.http.dependencies import OpenService
from app.http.problems import IF_MATCH_REQUIRED, HttpProblem
from app.http.rate_limit import take_key_token
from app.service import VersionCheck, authenticate, require_scope

_IDEMPOTENCY = "Idempotency-Key"
_MAX_IDEMPOTENCY_KEY_LENGTH = 255  # characters

T = TypeVar("T")


async def _writing_key(request: Request, catalogue: OpenService) -> ApiKey:
    secret = bearer_token(request.headers.get("authorization", ""))
    key = await to_thread.run_sync(authenticate, catalogue.store, secret)
    take_key_token(request, key.id)
    require_scope(key, Scope.WRITE)
    return key


def bearer_token(header: str) -> str | None:
    """Return the secret of an Authorization header of the scheme Bearer, None when it shows none."""
    scheme, _, secret = header.partition(" ")
    return (secret.strip() or None) if scheme.lower() == "bearer" else None


async def _seen(request: Request) -> VersionCheck:
    given = ", ".join(request.headers.getlist("if-match"))
    if not given.strip():
        raise HttpProblem(
            IF_MATCH_REQUIRED, "« If-Match » est attendu, avec l'ETag de la fiche telle qu'elle a été lue."
        )
    public_url = context_of(request).settings.public_url
    return lambda record: matches_strongly(given, record_tag(record, public_url))


async def _creation_name(request: Request) -> str | None:
    given = request.headers.getlist(_IDEMPOTENCY)
    if not given:
        return None
    name = given[0].strip()
    if (
        len(given) > 1
        or not 0 < len(name) <= _MAX_IDEMPOTENCY_KEY_LENGTH
        or not (name.isascii() and name.isprintable())
    ):
        message = f"De 1 à {_MAX_IDEMPOTENCY_KEY_LENGTH} caractères ASCII imprimables sont attendus, une seule fois."
        raise InvalidParameter(ParameterError(_IDEMPOTENCY, message))
    return name


WritingKey = Annotated[ApiKey, Depends(_writing_key)]
IfMatch = Annotated[VersionCheck, Depends(_seen)]
IdempotencyKey = Annotated[str | None, Depends(_creation_name)]


async def write_in_thread(request: Request, write: Callable[..., T], *arguments: object, **named: object) -> T:
    """Return what `write` does with those arguments, in a thread of the few that write.

    A write whose request has been given up before its turn came is not carried out.
    """
    limiter = context_of(request).write_limiter
    work = partial(write, *arguments, may_begin=from_thread.check_cancelled, **named)
    return await to_thread.run_sync(work, limiter=limiter)
