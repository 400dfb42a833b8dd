"""Threads for CPU-bound work, shared fairly between clients: the client that used least CPU time runs next."""

import sys
import time
from asyncio import TimerHandle, get_running_loop
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from math import exp
from threading import get_ident
from typing import Generic, TypeVar

from anyio import CapacityLimiter, Event, get_cancelled_exc_class, to_thread
from cachetools import LRUCache

THREADS = 3
"""Threads for CPU-bound work. The interpreter runs one at a time: more would only delay the event loop."""

THREADS_PER_CLIENT = 1
"""Threads that one client occupies at once: the others stay free for other clients."""

MAX_WAITING_PER_CLIENT = 50
"""Requests of one client that wait for a thread: a quarter of those that a process handles at once, for all clients."""

_HANG_SECONDS = 1.0  # of work that uses hardly any CPU time, after which it does not count for its client any more

_HANG_SHARE = 0.02  # of CPU time: work that only waits uses less, work that shares a busy processor uses more

_MEMORY_SECONDS = 10.0
"""Time constant after which past CPU time counts 1/e: long enough to see an attack, short enough to forgive a burst."""

_MEAN_WEIGHT = 0.2  # of the last piece of work in the mean of a client

_MAX_CLIENTS = 10_000  # clients whose past use is remembered, about 2 MB; the least recently active are forgotten

T = TypeVar("T")


@dataclass(slots=True)
class _Usage:
    """CPU seconds that a client has used, decayed to the time `updated` (monotonic seconds), and for each piece."""

    seconds: float = 0.0
    mean: float = 0.0
    updated: float = field(default_factory=time.monotonic)

    def current(self, now: float) -> float:
        """Return the decayed CPU seconds at `now`."""
        return self.seconds * exp((self.updated - now) / _MEMORY_SECONDS)

    def add(self, seconds: float, now: float) -> None:
        """Add CPU seconds that were used just before `now`."""
        self.seconds, self.updated = self.current(now) + seconds, now
        self.mean += _MEAN_WEIGHT * (seconds - self.mean)


class QueueFullError(Exception):
    """A client has so much work waiting that more would take longer than it may; `seconds` until there is room."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the queue of this client is full for {seconds:.1f} s")
        self.seconds = seconds


class _MeasuredWork(Generic[T]):
    """Work whose CPU seconds are measured, on Linux also while a thread runs it."""

    timer: TimerHandle | None = None  # until the next check; None once the work hangs
    seconds = 0.0

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._clock: int | None = None
        self._start = 0.0  # of the CPU clock of the thread
        self._checked = 0.0  # CPU seconds at the last check

    def __call__(self) -> T:
        """Run the work."""
        self._start = time.thread_time()
        if sys.platform == "linux":
            self._clock = time.pthread_getcpuclockid(get_ident())
        try:
            return self._work()
        finally:
            self.seconds = time.thread_time() - self._start

    def is_computing(self) -> bool:
        """Return whether running work has used CPU time since the last call; call it every `_HANG_SECONDS`."""
        if sys.platform != "linux" or self._clock is None:
            return False
        before, self._checked = self._checked, time.clock_gettime(self._clock) - self._start
        return self._checked - before > _HANG_SHARE * _HANG_SECONDS


class FairThreads:
    """A pool of `size` threads with a queue for each client, for one event loop.

    One client runs `per_client` pieces of work at once, so that `size - per_client` threads stay free for the others.
    Of several clients that wait, the one with the least recent CPU time comes first. Work that has begun is not
    interrupted: a client waits at most for the shortest running piece of work. Work that hangs for a second, as on a
    broken disk, keeps its thread but no longer counts for its client, whose other work goes on; work that computes
    counts until it ends.
    """

    def __init__(self, size: int = THREADS, *, per_client: int = THREADS_PER_CLIENT) -> None:
        self._limiter = CapacityLimiter(size)
        self._free = size
        self._per_client = per_client
        self._running: Counter[str] = Counter()
        self._waiting: dict[str, deque[Event]] = {}
        self._usage: LRUCache[str, _Usage] = LRUCache(_MAX_CLIENTS)

    @property
    def waiting(self) -> int:
        """The number of pieces of work that wait for a thread."""
        return sum(map(len, self._waiting.values()))

    async def run(self, client: str, work: Callable[[], T], *, max_wait: float | None = None) -> T:
        """Run `work` in a thread and return its result.

        Raises what `work` raises. With `max_wait` it raises QueueFullError when the work of this client that waits
        already is expected to take longer than that many seconds, or is MAX_WAITING_PER_CLIENT pieces. The CPU time of
        work that fails counts for the client, too.
        """
        if max_wait is not None:
            wait = self._expected_wait(client)
            if wait > max_wait or len(self._waiting.get(client, ())) >= MAX_WAITING_PER_CLIENT:
                raise QueueFullError(wait)
        await self._acquire(client)
        measured = _MeasuredWork(work)
        self._watch(client, measured)
        try:
            return await to_thread.run_sync(measured, limiter=self._limiter)
        finally:
            if measured.timer:
                measured.timer.cancel()
                self._end(client)
            self._release(client, measured.seconds)

    def _watch(self, client: str, measured: _MeasuredWork[T]) -> None:
        measured.timer = get_running_loop().call_later(_HANG_SECONDS, self._check, client, measured)

    def _check(self, client: str, measured: _MeasuredWork[T]) -> None:
        """Stop counting work that hangs."""
        if measured.is_computing():
            self._watch(client, measured)
        else:
            measured.timer = None
            self._end(client)
            self._dispatch()

    def _expected_wait(self, client: str) -> float:
        waiting = len(self._waiting.get(client, ()))
        return waiting * self._usage_of(client).mean / self._per_client

    async def _acquire(self, client: str) -> None:
        if self._free and self._running[client] < self._per_client and client not in self._waiting:
            self._start(client)
            return
        turn = Event()
        self._waiting.setdefault(client, deque()).append(turn)
        try:
            await turn.wait()
        except get_cancelled_exc_class():
            if turn.is_set():
                self._end(client)
                self._release(client, 0.0)
            else:
                self._leave(client, turn)
            raise

    def _start(self, client: str) -> None:
        self._free -= 1
        self._running[client] += 1

    def _leave(self, client: str, turn: Event) -> None:
        queue = self._waiting[client]
        queue.remove(turn)
        if not queue:
            del self._waiting[client]

    def _end(self, client: str) -> None:
        self._running[client] -= 1
        if not self._running[client]:
            del self._running[client]

    def _release(self, client: str, seconds: float) -> None:
        self._free += 1
        self._usage_of(client).add(seconds, time.monotonic())
        self._dispatch()

    def _dispatch(self) -> None:
        """Give free threads to waiting clients, the least recent CPU time first."""
        while self._free:
            now = time.monotonic()
            ready = [client for client in self._waiting if self._running[client] < self._per_client]
            if not ready:
                return
            client = min(ready, key=lambda name: self._usage_of(name).current(now))
            turn = self._waiting[client].popleft()
            if not self._waiting[client]:
                del self._waiting[client]
            self._start(client)
            turn.set()

    def _usage_of(self, client: str) -> _Usage:
        usage = self._usage.get(client)
        if usage is None:
            usage = self._usage[client] = _Usage()
        return usage
