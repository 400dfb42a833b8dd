"""Metrics of one process, in the Prometheus text format."""

from collections.abc import Callable
from math import nan

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.responses import Response

from app import __version__
from app.catalogue.errors import CatalogueError
from app.service import CatalogueService


def _value_or_nan(read: Callable[[], int]) -> float:
    """Return the value that `read` returns, NaN when it fails: the other metrics must stay readable."""
    try:
        return read()
    except CatalogueError:
        return nan


class Metrics:
    """The metrics of one application, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        names = ("method", "route", "status")
        self._requests = Counter("actions_requests", "Requests answered.", names, registry=self.registry)
        self._seconds = Histogram(
            "actions_request_seconds",
            "Seconds from a request to the end of its response.",
            ["route"],
            registry=self.registry,
        )
        self._cache_lookups = Counter(
            "actions_answer_cache",
            "Lookups of data requests in the response cache, by outcome: hit or miss.",
            ["outcome"],
            registry=self.registry,
        )
        self._hits, self._misses = self._cache_lookups.labels("hit"), self._cache_lookups.labels("miss")
        self._labelled: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        info = Gauge("actions_info", "The program that runs.", ["version"], registry=self.registry)
        info.labels(__version__).set(1)

    def observe_catalogue(self, service: CatalogueService) -> None:
        """Add the gauges of the catalogue, which are read from `service` at each scrape."""
        records = Gauge("actions_records", "Records in the catalogue.", registry=self.registry)
        records.set_function(lambda: _value_or_nan(service.count))
        lag = Gauge("actions_index_lag", "Changes that are not indexed yet.", registry=self.registry)
        lag.set_function(lambda: _value_or_nan(lambda: service.health().lag))
        damaged = Gauge(
            "actions_damaged_records",
            "Damaged rows of the database that this process has read.",
            registry=self.registry,
        )
        damaged.set_function(service.damaged_records)

    def observe_response_cache(self, size: Callable[[], int]) -> None:
        """Add the gauge of the response cache; `size` returns its bytes."""
        gauge = Gauge("actions_answer_cache_bytes", "Size of the response cache in bytes.", registry=self.registry)
        gauge.set_function(size)

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        # The look-up of a metric by its labels takes longer than the count.
        labels = (method, route, status)
        if (metrics := self._labelled.get(labels)) is None:
            metrics = self._requests.labels(method, route, str(status)), self._seconds.labels(route)
            self._labelled[labels] = metrics
        requests, duration = metrics
        requests.inc()
        duration.observe(seconds)

    def count_cache_lookup(self, *, hit: bool) -> None:
        """Count one lookup in the response cache."""
        (self._hits if hit else self._misses).inc()

    def response(self) -> Response:
        """Return the response to a scrape."""
        return Response(
            generate_latest(self.registry), headers={"Cache-Control": "no-store"}, media_type=CONTENT_TYPE_LATEST
        )
