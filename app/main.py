"""Assembles the service: `create_app(settings)` wires rooms together and starts nothing before the server does."""

import ctypes
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog
from anyio import CapacityLimiter, to_thread
from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.middleware import Middleware
from starlette.types import ASGIApp
from starlette_compress import CompressMiddleware, add_compress_type
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from app import __version__
from app.api import actions, changes, dataset, editing, explorer, exports, health, statistics, structures, suggest
from app.api.openapi import document as openapi
from app.api.openapi.deprecations import DEPRECATIONS, Deprecation, DeprecationMiddleware
from app.api.write_dependencies import MAX_WRITES
from app.exporting.publication import CATALOGUE_TITLE
from app.http import problems, rate_limit
from app.http.dependencies import MAX_SEARCHES
from app.http.metrics import Metrics
from app.http.middleware import (
    CorsMiddleware,
    HeadMiddleware,
    NoBrotliMiddleware,
    RequestLogMiddleware,
    UrlLengthLimitMiddleware,
)
from app.http.rate_limit import RateLimiter, RateLimitMiddleware
from app.http.request_limits import BodySizeLimitMiddleware, TimeoutMiddleware
from app.http.response_cache import ResponseCache, ResponseCacheMiddleware
from app.http.security_headers import SecurityHeadersMiddleware, SecurityPolicy
from app.http.streaming import StreamLimiter
from app.logs import configure_logs
from app.resources import program_digest
from app.service import CatalogueService, IndexMaintenance
from app.settings import MEGABYTE, Settings
from app.web import assets, compare_page, crawlers, embed, integration_page, record_page, search_page, statistics_page
from app.web.problem_pages import problem_pages

_EXPOSED = [
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
_SMALLEST_COMPRESSED = 1024  # bytes

# Requests are measured and logged here; the framework would look for other listeners in each of them.
_NO_TELEMETRY: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}

_M_ARENA_MAX = -8  # of glibc's mallopt

_PAGES = (search_page, record_page, compare_page, integration_page, embed, statistics_page)
"""The modules whose addresses are pages: their problems are shown as pages, too."""

logger = structlog.get_logger(__name__)


def create_app(settings: Settings | None = None, deprecations: tuple[Deprecation, ...] = DEPRECATIONS) -> FastAPI:
    """Return the application for `settings`, those of the environment by default.

    The catalogue is opened, and its index brought up to date, when the server starts the application.
    """
    settings = settings or Settings()
    configure_logs(settings.log_level)
    metrics = Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        _keep_one_heap()
        await to_thread.run_sync(program_digest)
        catalogue = await to_thread.run_sync(CatalogueService.open, settings)
        keeper = IndexMaintenance(catalogue)
        await to_thread.run_sync(keeper.start)
        metrics.observe_catalogue(catalogue)
        app.state.catalogue = catalogue
        logger.info("started", version=__version__, data_dir=str(settings.data_dir))
        yield
        keeper.stop()
        catalogue.close()
        logger.info("stopped")

    app = FastAPI(
        title=CATALOGUE_TITLE,
        version=__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        telemetry=_NO_TELEMETRY,
    )
    app.router.redirect_slashes = False
    app.state.settings = settings
    app.state.metrics = metrics
    app.state.searchers = CapacityLimiter(MAX_SEARCHES)
    app.state.downloads = StreamLimiter()
    app.state.writers = CapacityLimiter(MAX_WRITES)
    app.state.key_quota = RateLimiter("key", settings.key_rate_limit) if settings.key_rate_limit else None
    app.state.security = SecurityPolicy(public_url=settings.public_url, frame_ancestors=settings.frame_ancestors)
    app.state.deprecations = deprecations
    app.openapi = lambda: openapi.openapi_document(app)  # type: ignore[method-assign]
    for endpoints in (
        actions,
        exports,
        dataset,
        suggest,
        statistics,
        changes,
        editing,
        structures,
        health,
        assets,
        crawlers,
        *_PAGES,
    ):
        app.include_router(endpoints.router)
    explorer.install_explorer(app)
    problems.install_problem_handlers(app)
    app.state.show_problem = problem_pages(
        [route for room in _PAGES for route in room.router.routes], assets.router.routes, lambda: app.routes
    )
    _add_middleware(app, settings, metrics)
    return app


def _keep_one_heap() -> None:
    """Have the threads of this process share one heap, where the C library is glibc.

    With one for each, what one thread kept and another let go of left holes: a quarter more memory, and no time gained.
    """
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


def _add_middleware(app: FastAPI, settings: Settings, metrics: Metrics) -> None:
    """Wrap `app`; the last one added is the first that a request meets."""
    app.add_middleware(problems.InternalErrorMiddleware)
    if app.state.deprecations:
        app.add_middleware(DeprecationMiddleware, deprecations=app.state.deprecations)
    app.add_middleware(CompressMiddleware, minimum_size=_SMALLEST_COMPRESSED)
    for media_type in (problems.PROBLEM_MEDIA_TYPE, *exports.COMPRESSED_MEDIA_TYPES):
        add_compress_type(media_type)
    app.add_middleware(NoBrotliMiddleware, paths=exports.STREAMED_PATHS)
    app.add_middleware(TimeoutMiddleware, seconds=settings.time_budget)
    app.add_middleware(BodySizeLimitMiddleware)
    app.add_middleware(UrlLengthLimitMiddleware)
    shown = _shown(app.state.security, settings)
    for layer in reversed(shown):
        app.user_middleware.insert(0, layer)
    if settings.answer_cache:
        cache = ResponseCache(settings.answer_cache * MEGABYTE)
        metrics.observe_response_cache(lambda: cache.size)
        app.add_middleware(
            ResponseCacheMiddleware,
            passed_by=exports.STREAMED_PATHS,
            cache=cache,
            metrics=metrics,
            public_url=settings.public_url,
            origins=settings.origins,
        )
    if settings.rate_limit:
        # A refusal passes what makes answers readable elsewhere, and nothing that takes time.
        refuse: ASGIApp = rate_limit.too_many_requests
        for layer in reversed(shown):
            refuse = layer.cls(refuse, *layer.args, **layer.kwargs)
        app.add_middleware(RateLimitMiddleware, quota=RateLimiter("address", settings.rate_limit), refuse=refuse)
    app.add_middleware(RequestLogMiddleware, metrics=metrics)
    # Whoever comes after it sees the address and the scheme that the client used.
    app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=settings.proxies)


def _shown(security: SecurityPolicy, settings: Settings) -> list[Middleware]:
    """Return what every answer passes on its way out, the last first: what browsers may do with it."""
    return [
        Middleware(SecurityHeadersMiddleware, security=security),
        Middleware(HeadMiddleware),
        Middleware(
            CorsMiddleware,
            allow_origins=settings.origins,
            allow_methods=["GET", "HEAD"],
            allow_headers=["If-Modified-Since", "If-None-Match", "X-Request-Id", "X-Requested-With"],
            expose_headers=_EXPOSED,
            max_age=86400,
        ),
    ]
