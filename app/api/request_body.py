"""Reads the body of a request that writes: which media types are taken, and what counts as readable JSON (RFC 8259)."""

import json
from collections.abc import Iterable
from typing import Annotated, Any

import orjson
from fastapi import Depends, Request
from starlette.requests import ClientDisconnect

from app.http.problems import BAD_REQUEST, UNSUPPORTED_MEDIA_TYPE, HttpProblem

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
_MAX_DEPTH = 50  # objects and lists within one another; an action has three


async def _json_body(request: Request) -> Any:
    _must_be(request, (JSON,), "Accept")
    return parse_json(await _whole(request))


async def _patch_body(request: Request) -> Any:
    _must_be(request, (MERGE_PATCH, JSON), "Accept-Patch")
    return parse_json(await _whole(request))


JsonBody = Annotated[Any, Depends(_json_body)]
PatchBody = Annotated[Any, Depends(_patch_body)]


async def _whole(request: Request) -> bytes:
    try:
        return await request.body()
    except ClientDisconnect:
        # Nobody is there to read it, but the log and the measures should not call it an error of ours.
        raise HttpProblem(BAD_REQUEST, "Le corps de la demande s'est interrompu.") from None


def _must_be(request: Request, allowed: Iterable[str], header: str) -> None:
    """Refuse a body of another media type, in another encoding, or compressed; say in `header` what is taken."""
    media, _, parameters = request.headers.get("content-type", "").partition(";")
    charset = parameters.lower().partition("charset=")[2].partition(";")[0].strip(' "')
    coding = request.headers.get("content-encoding", "identity")
    if media.strip().lower() in allowed and charset in ("", "utf-8") and coding.lower() == "identity":
        return
    detail = f"Le corps de la demande est attendu en {' ou '.join(allowed)}, en UTF-8 et sans compression."
    raise HttpProblem(UNSUPPORTED_MEDIA_TYPE, detail, {header: ", ".join(allowed), "Accept-Encoding": "identity"})


def parse_json(body: bytes) -> Any:
    """Return the value that `body` writes; HttpProblem when it is no JSON, doubles a key, or is nested without end."""
    try:
        # One parser knows what JSON is to the letter (no NaN, no half of a pair), the other one tells of doubled keys.
        orjson.loads(body)
        value = json.loads(body, object_pairs_hook=_without_doubles)
    except json.JSONDecodeError as error:
        place = f"ligne {error.lineno}, colonne {error.colno}"
        raise HttpProblem(BAD_REQUEST, f"Le corps de la demande n'est pas du JSON lisible ({place}).") from None
    except (ValueError, RecursionError):
        # A number of thousands of digits, lists nested by the thousand.
        raise HttpProblem(BAD_REQUEST, "Le corps de la demande est un JSON démesuré.") from None
    if _is_deep(value):
        raise HttpProblem(BAD_REQUEST, f"Le JSON est imbriqué sur plus de {_MAX_DEPTH} niveaux.")
    return value


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        doubled = next(name for name in names if names.count(name) > 1)
        raise HttpProblem(BAD_REQUEST, f"La clé « {doubled[:60]} » est donnée deux fois dans le même objet JSON.")
    return found


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(_MAX_DEPTH):
        level = [inner for outer in level for inner in _members(outer)]
        if not level:
            return False
    return True


def _members(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
