"""What is measured of the requests of one process, in the Prometheus text format."""

from collections.abc import Callable
from math import nan

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.responses import Response

from app import __version__
from app.catalogue.errors import CatalogueError
from app.service import CatalogueService


def _known(figure: Callable[[], int]) -> float:
    """Return a figure, or that it is not known: when a part is down, the others have to be watched all the more."""
    try:
        return figure()
    except CatalogueError:
        return nan


class Metrics:
    """The counters of one application; each has its own registry, so that applications do not mix."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        names = ("method", "route", "status")
        self._requests = Counter("actions_requests", "Requests answered.", names, registry=self.registry)
        self._seconds = Histogram(
            "actions_request_seconds",
            "Time from a request to the end of its answer.",
            ["route"],
            registry=self.registry,
        )
        self._answers = Counter(
            "actions_answer_cache",
            "Data requests, by whether a kept answer was there (hit) or one had to be made (miss).",
            ["outcome"],
            registry=self.registry,
        )
        self._hits, self._misses = self._answers.labels("hit"), self._answers.labels("miss")
        self._known: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        info = Gauge("actions_info", "The program that runs.", ["version"], registry=self.registry)
        info.labels(__version__).set(1)

    def observe_catalogue(self, catalogue: CatalogueService) -> None:
        """Measure `catalogue` whenever the measures are read."""
        records = Gauge("actions_records", "Records in the catalogue.", registry=self.registry)
        records.set_function(lambda: _known(catalogue.count))
        lag = Gauge("actions_index_lag", "Changes that the index has yet to take in.", registry=self.registry)
        lag.set_function(lambda: _known(lambda: catalogue.health().lag))

    def observe_response_cache(self, size: Callable[[], int]) -> None:
        """Measure how many bytes of answers are kept whenever the measures are read."""
        kept = Gauge("actions_answer_cache_bytes", "Bytes of the answers that are kept.", registry=self.registry)
        kept.set_function(size)

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        # Finding a counter by its labels takes longer than counting.
        labels = (method, route, status)
        if (known := self._known.get(labels)) is None:
            known = self._requests.labels(method, route, str(status)), self._seconds.labels(route)
            self._known[labels] = known
        requests, duration = known
        requests.inc()
        duration.observe(seconds)

    def count_cache_lookup(self, *, hit: bool) -> None:
        """Count one lookup in the response cache."""
        (self._hits if hit else self._misses).inc()

    def response(self) -> Response:
        """Return the measures as an answer."""
        return Response(
            generate_latest(self.registry), headers={"Cache-Control": "no-store"}, media_type=CONTENT_TYPE_LATEST
        )
