"""Opaque cursors: where a walk through the answer of one question stands, safe to send in a URL."""

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Any

from app.catalogue.errors import InvalidParameter, ParameterError
from app.catalogue.query import ActionQuery
from app.catalogue.sorting import RELEVANCE_SORT
from app.catalogue.text import digest

SortPosition = tuple[str | float, ...]
"""Where a hit stands in an order: 0 if it matches or 1 if it only comes near, its sort values, its identifier."""

CURSOR_PATTERN = "^[A-Za-z0-9_-]*$"
"""What every cursor looks like, as a pattern of JSON Schema."""

UNKNOWN_CURSOR_MESSAGE = "Ce curseur n'est pas de ceux que rend ce service."


def encode_token(values: Sequence[object]) -> str:
    """Return JSON `values` as one word that is safe in a URL."""
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_token(word: str) -> list[Any]:
    """Return the values that `word` was made from; ValueError, in French, when it was made otherwise."""
    try:
        padded = word + "=" * (-len(word) % 4)
        values = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        raise ValueError(UNKNOWN_CURSOR_MESSAGE) from None
    if isinstance(values, list):
        return values
    raise ValueError(UNKNOWN_CURSOR_MESSAGE)


def encode_cursor(query: ActionQuery, position: SortPosition) -> str:
    """Return the cursor that stands after `position` in the answer to `query`."""
    return encode_token([_fingerprint(query), *position])


def decode_cursor(cursor: str, query: ActionQuery) -> SortPosition:
    """Return the position that `cursor` stands after; InvalidParameter when it is not one of `query`."""
    try:
        decoded = decode_token(cursor)
    except ValueError as error:
        raise _invalid_cursor(str(error)) from None
    if not decoded or decoded[0] != _fingerprint(query):
        raise _invalid_cursor(
            "Ce curseur vient d'une autre recherche : il ne vaut qu'avec les mêmes filtres et le même ordre."
        )
    position = tuple(decoded[1:])
    if not _is_position_of(position, query):
        raise _invalid_cursor(UNKNOWN_CURSOR_MESSAGE)
    return position


def _invalid_cursor(message: str) -> InvalidParameter:
    return InvalidParameter(ParameterError("cursor", message))


def _is_position_of(position: tuple[object, ...], query: ActionQuery) -> bool:
    types = [(int,), *((int, float) if key.name == RELEVANCE_SORT else (str,) for key in query.order), (str,)]
    return len(position) == len(types) and all(map(isinstance, position, types))


def _fingerprint(query: ActionQuery) -> str:
    return digest(repr((query.text, query.filters, query.order)), length=12)
