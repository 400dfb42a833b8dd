"""Answers with validators: entity tags, 304 before any work is done, and the headers that caches live by (RFC 9110)."""

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
_LENGTH = 12  # characters of a digest in a tag

# In the scope of a request: the state of the catalogue when it came in, and whether its answer holds for all who ask
# the same in that state.
STATE_SCOPE_KEY = "actions.state"
CACHEABLE_SCOPE_KEY = "actions.kept"


def list_tag(request: Request, catalogue: CatalogueService, variant: str = "") -> str:
    """Return the weak tag of every list: it changes when the catalogue, its index, or the program does.

    A `variant` of what one address gives has a tag of its own.
    """
    state = request.scope.get(STATE_SCOPE_KEY) or catalogue.state_token()
    said = (state, program_digest(), context_of(request).settings.public_url, *filter(None, (variant,)))
    return f'W/"{digest(*said, length=_LENGTH)}"'


def record_tag(record: Record, public_url: str) -> str:
    """Return the strong tag of a record, which begins with its version; `If-Match` takes it.

    It is the same for every content coding of the record: what is matched is the record, not its bytes on the way.
    """
    said = digest(content_hash(record.action), program_digest(), public_url, length=_LENGTH)
    return f'"{record.version}-{said}"'


def matches_weakly(given: str, tag: str) -> bool:
    """Tell whether the caller has that representation already (weak comparison, as If-None-Match asks)."""
    if given.strip() == "*":
        return True
    return tag.removeprefix("W/") in {part.strip().removeprefix("W/") for part in given.split(",")}


def matches_strongly(given: str, tag: str) -> bool:
    """Tell whether `tag` is among those of an If-Match header: strong comparison, so a weak one never is."""
    return given.strip() == "*" or tag in {part.strip() for part in given.split(",")}


def conditional_response(
    request: Request,
    tag: str,
    answer: Callable[[], Response],
    *,
    modified: datetime | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Answer under `tag`: 304 without any work when the caller has it already, else what `answer` makes.

    Where `modified` is said, If-Modified-Since counts for callers that have no tag. `headers` are those that a 304
    has, too. The answer may be kept for others, unless `answer` has `unkept` the request.
    """
    request.scope[CACHEABLE_SCOPE_KEY] = True
    said = {"ETag": tag, **_CACHING, **(headers or {})}
    if modified:
        said["Last-Modified"] = format_datetime(modified, usegmt=True)
    # What compresses answers says that they vary, but passes by one without content.
    response = Response(status_code=304) if _is_not_modified(request, said) else answer()
    response.headers.update(said)
    if response.status_code == HTTPStatus.NOT_MODIFIED:
        response.headers.add_vary_header("Accept-Encoding")
    return response


def _is_not_modified(request: Request, said: Mapping[str, str]) -> bool:
    """Tell whether the caller has the representation that `said` describes; a tag decides where there is one."""
    if tags := request.headers.getlist("if-none-match"):
        return matches_weakly(", ".join(tags), said["ETag"])
    # A restored backup brings an earlier date back: only the very date that was given names what was given with it.
    since = request.headers.get("if-modified-since")
    return since is not None and since == said.get("Last-Modified")


def mark_uncacheable(request: Request) -> None:
    """Have the answer to `request` made anew each time."""
    request.scope[CACHEABLE_SCOPE_KEY] = False


def json_response(document: Any, headers: Mapping[str, str] | None = None) -> Response:
    """Return `document` as JSON in UTF-8, unescaped; times end with `Z`."""
    return Response(orjson.dumps(document, option=orjson.OPT_UTC_Z), headers=headers, media_type="application/json")
