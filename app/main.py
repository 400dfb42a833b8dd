"""Assembles the application: context, routes, middleware, and the service that opens at start-up."""

import ctypes
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog
from anyio import to_thread
from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig

from app import __version__
from app.api import actions, changes, dataset, editing, explorer, exports, health, statistics, structures, suggest
from app.api.openapi import document as openapi
from app.api.openapi.deprecations import DEPRECATIONS
from app.exporting.publication import CATALOGUE_TITLE
from app.file_permissions import make_new_files_private
from app.http import problems
from app.http.context import AppContext, app_context, set_context
from app.http.deprecation import Deprecation
from app.http.middleware import middleware_stack
from app.logs import configure_logs
from app.resources import program_digest
from app.service import CatalogueService, IndexMaintenance
from app.settings import Settings
from app.web import assets, compare_page, crawlers, embed, integration_page, record_page, search_page, statistics_page
from app.web.problem_pages import problem_pages

# `app.http.request_log` and `app.http.metrics` observe requests; the framework would look up listeners for each one.
_NO_TELEMETRY: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}

_M_ARENA_MAX = -8  # parameter of glibc's mallopt

_SWITCH_INTERVAL = 0.0005
"""Seconds after which a thread that computes yields the interpreter, a tenth of Python's default.

A search gives the interpreter up at each read of the index and has to win it back each time: beside an event loop that
is busy refusing requests, it would wait for most of a second.
"""

_API = (actions, exports, dataset, suggest, statistics, changes, editing, structures, health)
_FILES = (assets, crawlers)
_PAGES = (search_page, record_page, compare_page, integration_page, embed, statistics_page)
"""Modules whose routes are pages: their problems are rendered as pages too."""

logger = structlog.get_logger(__name__)


def create_app(settings: Settings | None = None, deprecations: tuple[Deprecation, ...] = DEPRECATIONS) -> FastAPI:
    """Return the application for `settings`, read from the environment by default.

    The application opens the catalogue, and updates its index, at start-up.
    """
    make_new_files_private()
    settings = settings or Settings()
    configure_logs(settings.log_level)
    page_routes = [route for module in _PAGES for route in module.router.routes]
    context = AppContext.from_settings(
        settings,
        problem_renderer=problem_pages(page_routes, assets.router.routes, lambda: app.routes),
        deprecations=deprecations,
    )
    app = FastAPI(
        title=CATALOGUE_TITLE,
        version=__version__,
        lifespan=_lifespan,
        middleware=middleware_stack(context),
        docs_url=None,
        redoc_url=None,
        telemetry=_NO_TELEMETRY,
    )
    set_context(app, context)
    app.router.redirect_slashes = False
    app.openapi = lambda: openapi.openapi_document(app)  # type: ignore[method-assign]
    for module in (*_API, *_FILES, *_PAGES):
        app.include_router(module.router)
    explorer.install_explorer(app)
    problems.install_problem_handlers(app)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Open the catalogue service, and close it at shutdown."""
    _share_one_heap()
    sys.setswitchinterval(_SWITCH_INTERVAL)
    # Computed here, not by the first request.
    await to_thread.run_sync(program_digest)
    context = app_context(app)
    service = await to_thread.run_sync(CatalogueService.open, context.settings)
    maintenance = IndexMaintenance(service)
    await to_thread.run_sync(maintenance.start)
    context.metrics.observe_catalogue(service)
    context.service_holder.service = service
    logger.info("started", version=__version__, data_dir=str(context.settings.data_dir))
    yield
    maintenance.stop()
    service.close()
    logger.info("stopped")


def _share_one_heap() -> None:
    """Make all threads allocate from one heap, where the C library is glibc.

    With one heap for each thread, fragmentation takes a quarter more memory, and no request is faster.
    """
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)
