"""Request bodies: accepted media types, and strict JSON (RFC 8259)."""

import json
from collections.abc import Iterable
from typing import Annotated, Any

import orjson
from fastapi import Depends, Request
from starlette.requests import ClientDisconnect

from app.http.problems import BAD_REQUEST, UNSUPPORTED_MEDIA_TYPE, HttpProblem

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
_MAX_DEPTH = 50  # nested objects and lists; an action has three levels


async def _json_body(request: Request) -> Any:
    _check_media_type(request, (JSON,), "Accept")
    return parse_json(await _read_body(request))


async def _patch_body(request: Request) -> Any:
    _check_media_type(request, (MERGE_PATCH, JSON), "Accept-Patch")
    return parse_json(await _read_body(request))


JsonBody = Annotated[Any, Depends(_json_body)]
PatchBody = Annotated[Any, Depends(_patch_body)]


async def _read_body(request: Request) -> bytes:
    try:
        return await request.body()
    except ClientDisconnect:
        # The client does not read it; log and metrics should not count a server error.
        raise HttpProblem(BAD_REQUEST, "Le corps de la demande s'est interrompu.") from None


def _check_media_type(request: Request, allowed: Iterable[str], header: str) -> None:
    """Raise HttpProblem (415) for another media type, charset or a compressed body; `header` lists `allowed`."""
    media, _, parameters = request.headers.get("content-type", "").partition(";")
    charset = parameters.lower().partition("charset=")[2].partition(";")[0].strip(' "')
    coding = request.headers.get("content-encoding", "identity")
    if media.strip().lower() in allowed and charset in ("", "utf-8") and coding.lower() == "identity":
        return
    detail = f"Le corps de la demande est attendu en {' ou '.join(allowed)}, en UTF-8 et sans compression."
    raise HttpProblem(UNSUPPORTED_MEDIA_TYPE, detail, {header: ", ".join(allowed), "Accept-Encoding": "identity"})


def parse_json(body: bytes) -> Any:
    """Return the value of a JSON body; HttpProblem (400) for invalid JSON, duplicate keys or too deep nesting."""
    try:
        # orjson is strict (no NaN, no lone surrogate); json reports duplicate keys.
        orjson.loads(body)
        value = json.loads(body, object_pairs_hook=_unique_keys)
    except json.JSONDecodeError as error:
        location = f"ligne {error.lineno}, colonne {error.colno}"
        raise HttpProblem(BAD_REQUEST, f"Le corps de la demande n'est pas du JSON lisible ({location}).") from None
    except (ValueError, RecursionError):
        # A number with thousands of digits, or thousands of nested lists.
        raise HttpProblem(BAD_REQUEST, "Le corps de la demande est un JSON démesuré.") from None
    if _is_deep(value):
        raise HttpProblem(BAD_REQUEST, f"Le JSON est imbriqué sur plus de {_MAX_DEPTH} niveaux.")
    return value


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        names = [name for name, _ in pairs]
        duplicate = next(name for name in names if names.count(name) > 1)
        raise HttpProblem(BAD_REQUEST, f"La clé « {duplicate[:60]} » est donnée deux fois dans le même objet JSON.")
    return value


def _is_deep(value: Any) -> bool:
    values = [value]
    for _ in range(_MAX_DEPTH):
        values = [inner for outer in values for inner in _members(outer)]
        if not values:
            return False
    return True


def _members(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
