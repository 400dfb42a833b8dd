"""The context of an application: its settings and the objects that all its requests share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from anyio import CapacityLimiter
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from app.http.deprecation import Deprecation
from app.http.fair_threads import FairThreads
from app.http.limiters import MAX_WRITES, RateLimiter, StreamLimiter
from app.http.metrics import Metrics
from app.http.security_headers import SecurityPolicy
from app.service import CatalogueService
from app.settings import Settings

ProblemRenderer = Callable[[Request, Mapping[str, Any], Response], Response]
"""Takes a problem as a document and as a JSON response; returns the response to send, which may be a page."""


@dataclass(slots=True)
class ServiceHolder:
    """Holds the catalogue service, which is open from start-up to shutdown only."""

    service: CatalogueService | None = None


@dataclass(frozen=True, slots=True)
class AppContext:
    """Everything that the requests of one application share.

    `key_rate_limiter` is None when keys are not limited; without a `problem_renderer` every problem is sent as JSON.
    """

    settings: Settings
    security: SecurityPolicy
    metrics: Metrics
    search_threads: FairThreads
    store_threads: FairThreads
    write_limiter: CapacityLimiter
    stream_limiter: StreamLimiter
    key_rate_limiter: RateLimiter | None = None
    problem_renderer: ProblemRenderer | None = None
    deprecations: tuple[Deprecation, ...] = ()
    service_holder: ServiceHolder = field(default_factory=ServiceHolder)

    @classmethod
    def from_settings(
        cls,
        settings: Settings,
        *,
        problem_renderer: ProblemRenderer | None = None,
        deprecations: tuple[Deprecation, ...] = (),
    ) -> "AppContext":
        """Return a context for `settings`, whose service is not open yet."""
        return cls(
            settings=settings,
            security=SecurityPolicy(public_url=settings.public_url, frame_ancestors=settings.frame_ancestors),
            metrics=Metrics(),
            search_threads=FairThreads(),
            store_threads=FairThreads(),
            write_limiter=CapacityLimiter(MAX_WRITES),
            stream_limiter=StreamLimiter(),
            key_rate_limiter=RateLimiter("key", settings.key_rate_limit) if settings.key_rate_limit else None,
            problem_renderer=problem_renderer,
            deprecations=deprecations,
        )

    @property
    def service(self) -> CatalogueService:
        """The open catalogue service; RuntimeError before start-up."""
        if self.service_holder.service is None:
            raise RuntimeError("the catalogue service is not open: the application has not been started")
        return self.service_holder.service


def set_context(app: Starlette, context: AppContext) -> None:
    """Give `app` its context."""
    app.state.context = context


def app_context(app: Starlette) -> AppContext:
    """Return the context of `app`."""
    context: AppContext = app.state.context
    return context


def context_of(connection: Mapping[str, Any]) -> AppContext:
    """Return the context of the application that serves `connection`: a request or its ASGI scope."""
    return app_context(connection["app"])
