"""The background thread of a serving process: fills the record cache, then watches the index and repairs it."""

import threading
from collections.abc import Callable
from contextlib import suppress
from time import monotonic

import structlog

from app.catalogue.errors import IndexUnavailable, Unavailable
from app.service.catalogue_service import CatalogueService

logger = structlog.get_logger(__name__)

_INTERVAL = 1.0  # seconds between two inspections
_MAX_LAG_SECONDS = 10.0  # how long a lag may stay the same before the index counts as left behind
_RESET_SECONDS = 300.0  # without a repair, after which the interval is the initial one again
_MAX_INTERVAL_FAILED = 60.0  # seconds between two repairs that fail, as on a full disk
_MAX_INTERVAL_REPAIRED = 900.0  # seconds between two repairs that succeed: damage that recurs has another cause


class IndexMaintenance:
    """One thread that fills the record cache of `service`, then inspects the index every `interval` seconds.

    It repairs an index that is missing, damaged, of another catalogue, or left behind. Every serving process has such a
    thread, but only one rebuilds: catch-up takes a lock, and does nothing when another process has finished first. The
    interval doubles with each repair, up to a limit.
    """

    def __init__(self, service: CatalogueService, *, interval: float = _INTERVAL) -> None:
        self._service = service
        self._initial_interval = self._interval = interval
        self._stopping = threading.Event()
        # A process that ends does not wait for a rebuild: the next process does it.
        self._thread = threading.Thread(target=self._run, name="index-maintenance", daemon=True)
        self._last_repair = -_RESET_SECONDS
        self._last_changes = (0, 0)  # of store and index, when either last advanced
        self._last_advance = 0.0

    def start(self) -> None:
        """Repair the index, warm it up, and start the thread.

        An index that cannot be repaired is no error: records can be read without it, and the thread tries again.
        Raises StoreUnavailable when the store cannot be read.
        """
        self._repair()
        with suppress(IndexUnavailable):
            self._service.warm_up()
            self._service.state_token()
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread; a rebuild in progress is left to the next process."""
        self._stopping.set()
        self._thread.join(timeout=self._initial_interval)

    def _run(self) -> None:
        self._log_failures(lambda: self._service.fill_record_cache(lambda: not self._stopping.is_set()))
        while not self._stopping.wait(self._interval):
            self._log_failures(self._inspect)

    def _inspect(self) -> None:
        if self._needs_repair():
            limit = _MAX_INTERVAL_REPAIRED if self._repair() else _MAX_INTERVAL_FAILED
            self._interval = min(2 * self._interval, limit)
            self._last_repair = monotonic()
        elif monotonic() - self._last_repair > _RESET_SECONDS:
            self._interval = self._initial_interval

    def _log_failures(self, task: Callable[[], None]) -> None:
        """Run `task`; log an unexpected exception, since no caller would report it."""
        try:
            # Requests report an unavailable store; this thread has nothing to do without one.
            with suppress(Unavailable):
                task()
        except Exception:
            logger.exception("keeper_failed")

    def _needs_repair(self) -> bool:
        """Tell whether the index is unusable, or lags behind and no process seems to be catching up."""
        if self._service.engine.unusable_reason(self._service.store):
            return True
        health = self._service.health()
        changes = (health.store_change, health.index_change)
        if changes != self._last_changes:
            self._last_changes, self._last_advance = changes, monotonic()
        left_behind = health.lag > 0 and monotonic() - self._last_advance >= _MAX_LAG_SECONDS
        if left_behind:
            logger.warning("index_left_behind", lag=health.lag)
        return left_behind

    def _repair(self) -> bool:
        """Repair the index; tell whether that succeeded."""
        try:
            self._service.repair_index()
        except IndexUnavailable as error:
            logger.error("index_not_rebuilt", reason=str(error))  # noqa: TRY400 - the reason says it all
            return False
        return True
