"""Conditional requests (RFC 9110): entity tags, 304 without any work, and caching headers."""

from collections.abc import Callable, Mapping
from datetime import datetime
from email.utils import format_datetime
from http import HTTPStatus
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from app.catalogue.action import content_hash
from app.catalogue.record import Record
from app.catalogue.text import digest
from app.http.context import context_of
from app.resources import program_digest
from app.service import CatalogueService

_CACHING = {"Cache-Control": "public, max-age=0, must-revalidate"}
_DIGEST_LENGTH = 12  # characters
_PROGRAM_DIGEST_LENGTH = 8  # characters

STATE_SCOPE_KEY = "actions.state"
"""Scope key of the catalogue's state token, as read when the request arrived."""

CACHEABLE_SCOPE_KEY = "actions.cacheable"
"""Scope key of whether the response cache may store the response."""


def list_tag(request: Request, service: CatalogueService, variant: str = "") -> str:
    """Return the weak tag of a list; it changes with the catalogue, its index, the program and the public URL.

    `variant` distinguishes representations that depend on something else.
    """
    state = request.scope.get(STATE_SCOPE_KEY) or service.state_token()
    parts = (state, program_digest(), context_of(request).settings.public_url, *filter(None, (variant,)))
    return f'W/"{digest(*parts, length=_DIGEST_LENGTH)}"'


def record_tag(record: Record, public_url: str) -> str:
    """Return the strong tag of a record: its version, a digest of its content, and a digest of the program and URL.

    It does not depend on the content coding: `If-Match` names the record, not the bytes of a response.
    """
    program = digest(program_digest(), public_url, length=_PROGRAM_DIGEST_LENGTH)
    return f'"{_state_of(record)}{program}"'


def _state_of(record: Record) -> str:
    """Return the part of a record's tag that `If-Match` compares.

    The version alone is not enough: after a restore, other content may get the same version number.
    """
    return f"{record.version}-{digest(content_hash(record.action), length=_DIGEST_LENGTH)}"


def matches_weakly(header: str, tag: str) -> bool:
    """Return whether an If-None-Match header names `tag`, by weak comparison."""
    if header.strip() == "*":
        return True
    return tag.removeprefix("W/") in {part.strip().removeprefix("W/") for part in header.split(",")}


def matches_record(header: str, record: Record) -> bool:
    """Return whether an If-Match header names the current state of `record`; a weak tag never does.

    The program's part of a tag is not compared: a client that read the record before an upgrade may still change it.
    """
    prefix = f'"{_state_of(record)}'
    return header.strip() == "*" or any(part.strip().startswith(prefix) for part in header.split(","))


def conditional_response(
    request: Request,
    tag: str,
    make_response: Callable[[], Response],
    *,
    modified: datetime | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return 304 when the client has the representation that `tag` names, else the result of `make_response`.

    With `modified`, If-Modified-Since counts for clients that send no tag. `headers` are added to a 304 too. The
    response cache may store the response, unless `make_response` calls `mark_uncacheable`.
    """
    request.scope[CACHEABLE_SCOPE_KEY] = True
    validators = {"ETag": tag, **_CACHING, **(headers or {})}
    if modified:
        validators["Last-Modified"] = format_datetime(modified, usegmt=True)
    response = Response(status_code=304) if _is_not_modified(request, validators) else make_response()
    response.headers.update(validators)
    if response.status_code == HTTPStatus.NOT_MODIFIED:
        # The compression middleware adds it to responses with a body only.
        response.headers.add_vary_header("Accept-Encoding")
    return response


def _is_not_modified(request: Request, validators: Mapping[str, str]) -> bool:
    """Return whether the client has the representation of `validators`; If-None-Match takes precedence."""
    if tags := request.headers.getlist("if-none-match"):
        return matches_weakly(", ".join(tags), validators["ETag"])
    # Equality, not order: a restored backup has an earlier date.
    since = request.headers.get("if-modified-since")
    return since is not None and since == validators.get("Last-Modified")


def mark_uncacheable(request: Request) -> None:
    """Keep the response to `request` out of the response cache."""
    request.scope[CACHEABLE_SCOPE_KEY] = False


def json_response(document: Any, headers: Mapping[str, str] | None = None) -> Response:
    """Return `document` as JSON in UTF-8, unescaped; times end with `Z`."""
    return Response(orjson.dumps(document, option=orjson.OPT_UTC_Z), headers=headers, media_type="application/json")
