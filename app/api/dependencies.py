"""What endpoints that write ask of a request: who asks, what they have seen, and a turn to work in."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, TypeVar

from anyio import CapacityLimiter, from_thread, to_thread
from fastapi import Depends, Request

from app.api.limits import spend_key
from app.api.problems import TAG_WANTED, Refusal
from app.catalogue.errors import InvalidParameter, ParameterError
from app.catalogue.keys import Key, Scope
from app.http.conditional import matches_tag, record_tag
from app.http.dependencies import OpenCatalogue
from app.service import Seen, recognise, require

WRITERS = 4
"""Writes that a process carries out at once: they wait for each other, and readers' threads must not wait with them."""

_IDEMPOTENCY = "Idempotency-Key"
_LONGEST_NAME = 255  # characters

T = TypeVar("T")


async def _writing_key(request: Request, catalogue: OpenCatalogue) -> Key:
    secret = bearer(request.headers.get("authorization", ""))
    key = await to_thread.run_sync(recognise, catalogue.store, secret)
    spend_key(request, key.id)
    require(key, Scope.WRITE)
    return key


def bearer(header: str) -> str | None:
    """Return the secret of an Authorization header of the scheme Bearer, None when it shows none."""
    scheme, _, secret = header.partition(" ")
    return (secret.strip() or None) if scheme.lower() == "bearer" else None


async def _seen(request: Request) -> Seen:
    given = ", ".join(request.headers.getlist("if-match"))
    if not given.strip():
        raise Refusal(TAG_WANTED, "« If-Match » est attendu, avec l'ETag de la fiche telle qu'elle a été lue.")
    public_url: str = request.app.state.settings.public_url
    return lambda record: matches_tag(given, record_tag(record, public_url))


async def _creation_name(request: Request) -> str | None:
    given = request.headers.getlist(_IDEMPOTENCY)
    if not given:
        return None
    name = given[0].strip()
    if len(given) > 1 or not 0 < len(name) <= _LONGEST_NAME or not (name.isascii() and name.isprintable()):
        message = f"De 1 à {_LONGEST_NAME} caractères ASCII imprimables sont attendus, une seule fois."
        raise InvalidParameter(ParameterError(_IDEMPOTENCY, message))
    return name


WritingKey = Annotated[Key, Depends(_writing_key)]
SeenVersion = Annotated[Seen, Depends(_seen)]
CreationName = Annotated[str | None, Depends(_creation_name)]


async def in_turn(request: Request, write: Callable[..., T], *arguments: object, **named: object) -> T:
    """Return what `write` does with those arguments, in a thread of the few that write.

    A write whose request has been given up before its turn came is not carried out.
    """
    limiter: CapacityLimiter = request.app.state.writers
    work = partial(write, *arguments, may_begin=from_thread.check_cancelled, **named)
    return await to_thread.run_sync(work, limiter=limiter)
