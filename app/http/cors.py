"""Cross-origin requests: pages of any configured origin may read, and a refused preflight is a problem document."""

from collections.abc import Sequence
from http import HTTPStatus

import orjson
from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp

from app.http.problems import PROBLEM_MEDIA_TYPE, REFUSED_ORIGIN, problem_document

_ALLOWED_HEADERS = ["If-Modified-Since", "If-None-Match", "X-Request-Id", "X-Requested-With"]
_EXPOSED_HEADERS = [
    "Content-Disposition",
    "ETag",
    "Link",
    "Retry-After",
    "RateLimit",
    "RateLimit-Policy",
    "X-Request-Id",
    "Deprecation",
    "Sunset",
]
_MAX_AGE = 86_400  # seconds that a browser caches a preflight


class CorsMiddleware(CORSMiddleware):
    """Starlette's middleware, with French problem documents for refused preflights."""

    def __init__(self, app: ASGIApp, *, origins: Sequence[str]) -> None:
        super().__init__(
            app,
            allow_origins=origins,
            allow_methods=["GET", "HEAD"],
            allow_headers=_ALLOWED_HEADERS,
            expose_headers=_EXPOSED_HEADERS,
            max_age=_MAX_AGE,
        )

    def preflight_response(self, request_headers: Headers) -> Response:
        """Return the response to a preflight."""
        response = super().preflight_response(request_headers)
        if response.status_code != HTTPStatus.BAD_REQUEST:
            return response
        allowed = ", ".join(sorted(self.allow_headers))
        detail = f"Depuis une autre origine, seule la lecture est permise (GET, HEAD), avec ces en-têtes : {allowed}."
        headers = {name: value for name, value in response.headers.items() if name.startswith(("access-", "vary"))}
        body = problem_document(REFUSED_ORIGIN, detail, instance="*")
        return Response(orjson.dumps(body), response.status_code, headers, media_type=PROBLEM_MEDIA_TYPE)
