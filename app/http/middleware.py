"""The middleware of the application, in order."""

from starlette.middleware import Middleware
from starlette.types import ASGIApp
from starlette_compress import CompressMiddleware
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from app.http.compression import MIN_COMPRESSED_SIZE, NoBrotliMiddleware, register_media_types
from app.http.context import AppContext
from app.http.cors import CorsMiddleware
from app.http.deprecation import DeprecationMiddleware
from app.http.head_requests import HeadMiddleware
from app.http.internal_errors import InternalErrorMiddleware
from app.http.limiters import RateLimiter
from app.http.rate_limit import RateLimitMiddleware, too_many_requests
from app.http.request_log import RequestLogMiddleware
from app.http.response_cache import ResponseCache, ResponseCacheMiddleware
from app.http.security_headers import SecurityHeadersMiddleware
from app.http.size_limits import BodySizeLimitMiddleware, UrlLengthLimitMiddleware
from app.http.timeout import TimeoutMiddleware
from app.settings import MEGABYTE


def middleware_stack(context: AppContext) -> list[Middleware]:
    """Return the middleware of an application with that context, outermost first."""
    settings = context.settings
    register_media_types()
    # Every response has these headers: the cache stores them with a response, and the 429 of the rate limit adds them.
    response_headers = [
        # Outside the others, so that preflights and HEAD have security headers too.
        Middleware(SecurityHeadersMiddleware, security=context.security),
        # Outside CORS, which only knows the method of the endpoint.
        Middleware(HeadMiddleware),
        # Outside all that can refuse a request: scripts of other origins must be able to read errors.
        Middleware(CorsMiddleware, origins=settings.origins),
    ]
    return [
        # First: log, rate limit and links need the address and the scheme that the client used.
        Middleware(ProxyHeadersMiddleware, trusted_hosts=settings.proxies),
        # Outside every middleware that may respond: refusals and cached responses are logged and counted too.
        Middleware(RequestLogMiddleware, metrics=context.metrics),
        # Before any work; outside the cache, since its headers differ for each client.
        *_rate_limit(context, response_headers),
        # Stores finished responses, so everything that adds headers or compresses is inside.
        *_response_cache(context),
        *response_headers,
        # Refuse by size before a request counts as active.
        Middleware(UrlLengthLimitMiddleware),
        Middleware(BodySizeLimitMiddleware),
        # Outside compression: it has to see the first chunk of a stream, and to answer while a thread still works.
        Middleware(TimeoutMiddleware, seconds=settings.time_budget),
        # Just before compression, which reads the header that it changes.
        Middleware(NoBrotliMiddleware),
        # Outside the error handlers: problems are compressed too.
        Middleware(CompressMiddleware, minimum_size=MIN_COMPRESSED_SIZE),
        # Outside the error handlers: problems announce deprecations too.
        *_deprecation(context),
        # Innermost: a 500 passes everything above.
        Middleware(InternalErrorMiddleware),
    ]


def _rate_limit(context: AppContext, response_headers: list[Middleware]) -> list[Middleware]:
    if not context.settings.rate_limit:
        return []
    refuse: ASGIApp = too_many_requests
    for middleware in reversed(response_headers):
        refuse = middleware.cls(refuse, *middleware.args, **middleware.kwargs)
    limiter = RateLimiter("address", context.settings.rate_limit)
    return [Middleware(RateLimitMiddleware, limiter=limiter, refuse=refuse)]


def _response_cache(context: AppContext) -> list[Middleware]:
    if not context.settings.answer_cache:
        return []
    cache = ResponseCache(context.settings.answer_cache * MEGABYTE)
    context.metrics.observe_response_cache(lambda: cache.size)
    return [Middleware(ResponseCacheMiddleware, context=context, cache=cache)]


def _deprecation(context: AppContext) -> list[Middleware]:
    if not context.deprecations:
        return []
    return [Middleware(DeprecationMiddleware, deprecations=context.deprecations)]
