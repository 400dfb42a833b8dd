"""Opaque, URL-safe cursors: the position after a hit in the results of one query."""

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
"""The sort key of a hit: 0 for a full match or 1 for a near match, its sort values, its identifier."""

CURSOR_PATTERN = "^[A-Za-z0-9_-]*$"
"""The JSON Schema pattern of a cursor."""

UNKNOWN_CURSOR_MESSAGE = "Ce curseur n'est pas de ceux que rend ce service."


def encode_token(values: Sequence[object]) -> str:
    """Return `values` as JSON in base64url without padding."""
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_token(token: str) -> list[Any]:
    """Return the values that `encode_token` encoded; ValueError, in French, for any other string."""
    try:
        padded = token + "=" * (-len(token) % 4)
        values = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        raise ValueError(UNKNOWN_CURSOR_MESSAGE) from None
    if isinstance(values, list):
        return values
    raise ValueError(UNKNOWN_CURSOR_MESSAGE)


def encode_cursor(query: ActionQuery, position: SortPosition) -> str:
    """Return the cursor of the results of `query` after `position`."""
    return encode_token([_fingerprint(query), *position])


def decode_cursor(cursor: str, query: ActionQuery) -> SortPosition:
    """Return the position of a cursor of `query`; InvalidParameter when it belongs to another query or is malformed."""
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
