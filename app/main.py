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
from app.api import (
    actions,
    changes,
    descriptions,
    docs,
    exports,
    health,
    limits,
    openapi,
    problems,
    statistics,
    structures,
    suggestions,
    writing,
)
from app.api.answers import AnswerCache, Answers
from app.api.budget import SmallBodies, TimeBudget
from app.api.dependencies import WRITERS
from app.api.deprecations import DEPRECATIONS, Deprecated, Deprecation
from app.api.limits import Quota, RateLimited
from app.api.metrics import Metrics
from app.api.middleware import CrossOrigin, HeadAsGet, Observed, ShortAddresses, WithoutBrotli
from app.api.security import Security, SecurityHeaders
from app.exporting.publication import TITLE
from app.http.dependencies import SEARCHERS
from app.http.streaming import Downloads
from app.logs import configure_logs
from app.service import Catalogue, Keeper
from app.settings import MEGABYTE, Settings
from app.web import assets, comparing, discovery, embed, integration, pages, records
from app.web import statistics as statistics_page
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

_PAGES = (pages, records, comparing, integration, embed, statistics_page)
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
        catalogue = await to_thread.run_sync(Catalogue.open, settings)
        keeper = Keeper(catalogue)
        await to_thread.run_sync(keeper.start)
        metrics.watch(catalogue)
        app.state.catalogue = catalogue
        logger.info("started", version=__version__, data_dir=str(settings.data_dir))
        yield
        keeper.stop()
        catalogue.close()
        logger.info("stopped")

    app = FastAPI(
        title=TITLE,
        version=__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        telemetry=_NO_TELEMETRY,
    )
    app.router.redirect_slashes = False
    app.state.settings = settings
    app.state.metrics = metrics
    app.state.searchers = CapacityLimiter(SEARCHERS)
    app.state.downloads = Downloads()
    app.state.writers = CapacityLimiter(WRITERS)
    app.state.key_quota = Quota("key", settings.key_rate_limit) if settings.key_rate_limit else None
    app.state.security = Security(public_url=settings.public_url, frame_ancestors=settings.frame_ancestors)
    app.state.deprecations = deprecations
    app.openapi = lambda: openapi.document(app)  # type: ignore[method-assign]
    for endpoints in (
        actions,
        exports,
        descriptions,
        suggestions,
        statistics,
        changes,
        writing,
        structures,
        health,
        assets,
        discovery,
        *_PAGES,
    ):
        app.include_router(endpoints.router)
    docs.install(app)
    problems.install(app)
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
    app.add_middleware(problems.InternalErrors)
    if app.state.deprecations:
        app.add_middleware(Deprecated, deprecations=app.state.deprecations)
    app.add_middleware(CompressMiddleware, minimum_size=_SMALLEST_COMPRESSED)
    for media_type in (problems.MEDIA_TYPE, *exports.TEXTS):
        add_compress_type(media_type)
    app.add_middleware(WithoutBrotli, paths=exports.STREAMED)
    app.add_middleware(TimeBudget, seconds=settings.time_budget)
    app.add_middleware(SmallBodies)
    app.add_middleware(ShortAddresses)
    shown = _shown(app.state.security, settings)
    for layer in reversed(shown):
        app.user_middleware.insert(0, layer)
    if settings.answer_cache:
        cache = AnswerCache(settings.answer_cache * MEGABYTE)
        metrics.watch_answers(lambda: cache.size)
        app.add_middleware(
            Answers,
            passed_by=exports.STREAMED,
            cache=cache,
            metrics=metrics,
            public_url=settings.public_url,
            origins=settings.origins,
        )
    if settings.rate_limit:
        # A refusal passes what makes answers readable elsewhere, and nothing that takes time.
        refuse: ASGIApp = limits.refuse
        for layer in reversed(shown):
            refuse = layer.cls(refuse, *layer.args, **layer.kwargs)
        app.add_middleware(RateLimited, quota=Quota("address", settings.rate_limit), refuse=refuse)
    app.add_middleware(Observed, metrics=metrics)
    # Whoever comes after it sees the address and the scheme that the client used.
    app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=settings.proxies)


def _shown(security: Security, settings: Settings) -> list[Middleware]:
    """Return what every answer passes on its way out, the last first: what browsers may do with it."""
    return [
        Middleware(SecurityHeaders, security=security),
        Middleware(HeadAsGet),
        Middleware(
            CrossOrigin,
            allow_origins=settings.origins,
            allow_methods=["GET", "HEAD"],
            allow_headers=["If-Modified-Since", "If-None-Match", "X-Request-Id", "X-Requested-With"],
            expose_headers=_EXPOSED,
            max_age=86400,
        ),
    ]
