"""Works behind a serving process: reads records beforehand, and heals an index that is not as it should be."""

import threading
from collections.abc import Callable
from contextlib import suppress
from time import monotonic

import structlog

from app.catalogue.errors import IndexUnavailable, Unavailable
from app.service.catalogue_service import CatalogueService

logger = structlog.get_logger(__name__)

_LOOK = 1.0  # seconds between two looks
_LEFT_BEHIND = 10.0  # seconds without a move of store or index after which nobody seems to be at work on a lag
_CALM = 300.0  # seconds without a need to heal after which looks are as frequent as at first
_LONGEST_FAILED = 60.0  # seconds between two attempts that fail, as on a full disk
_LONGEST_HEALED = 900.0  # seconds between two that succeed: whatever damages the index so often is not healed by them


class IndexMaintenance:
    """One thread that fills the memory for records, then looks at the index of `catalogue` again and again.

    An index that is missing, damaged, foreign or left behind is healed. Each process that serves has such a thread.
    They do not build at the same time: an engine's catch-up takes a lock, and finds nothing left to do when another
    process has been quicker.
    """

    def __init__(self, service: CatalogueService, *, interval: float = _LOOK) -> None:
        self._catalogue = service
        self._look = self._pause = interval
        self._stopping = threading.Event()
        # A process that ends does not wait for an index: the next one builds it.
        self._thread = threading.Thread(target=self._keep, name="keeper", daemon=True)
        self._healed = -_CALM
        self._at = (0, 0)  # the last changes of store and index when one of them last moved, and when that was
        self._since = 0.0

    def start(self) -> None:
        """Bring the index up to the store, read what first questions need, and keep looking from then on.

        Without an index records can still be read; it is built as soon as whatever keeps it from being built is gone.
        StoreUnavailable when the store cannot be read.
        """
        self._heals()
        with suppress(IndexUnavailable):
            self._catalogue.warm_up()
            self._catalogue.state_token()
        self._thread.start()

    def stop(self) -> None:
        """Stop looking; an index that is being built is left to the next process."""
        self._stopping.set()
        self._thread.join(timeout=self._look)

    def _keep(self) -> None:
        self._try(lambda: self._catalogue.fill_record_cache(lambda: not self._stopping.is_set()))
        while not self._stopping.wait(self._pause):
            self._try(self._look_after)

    def _look_after(self) -> None:
        if self._is_needed():
            self._pause = min(2 * self._pause, _LONGEST_HEALED if self._heals() else _LONGEST_FAILED)
            self._healed = monotonic()
        elif monotonic() - self._healed > _CALM:
            self._pause = self._look

    def _try(self, work: Callable[[], None]) -> None:
        """Do `work` that nobody waits for, so that nobody else would say how it failed."""
        try:
            # Without the store there is nothing to work from, and whoever asks for something is told.
            with suppress(Unavailable):
                work()
        except Exception:
            logger.exception("keeper_failed")

    def _is_needed(self) -> bool:
        """Tell whether the index cannot be used, or lacks what nobody seems about to add to it."""
        if self._catalogue.engine.unusable_reason(self._catalogue.store):
            return True
        health = self._catalogue.health()
        at = (health.store_change, health.index_change)
        if at != self._at:
            self._at, self._since = at, monotonic()
        left_behind = health.lag > 0 and monotonic() - self._since >= _LEFT_BEHIND
        if left_behind:
            logger.warning("index_left_behind", lag=health.lag)
        return left_behind

    def _heals(self) -> bool:
        """Bring the index up to the store; tell whether that was possible."""
        try:
            self._catalogue.repair_index()
        except IndexUnavailable as error:
            logger.error("index_not_rebuilt", reason=str(error))  # noqa: TRY400 - the reason says it all
            return False
        return True
