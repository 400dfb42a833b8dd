"""Limiters of one process: concurrent writes and streams, and a token bucket for each client."""

from throttled import MemoryStore, per_sec
from throttled.rate_limiter.gcra import GCRARateLimiter

from app.catalogue.errors import Unavailable

MAX_WRITES = 4
"""Concurrent writes of a process: writes wait for each other, and must not occupy the threads of readers."""

MAX_STREAMS = 20
"""Concurrent streams of a process; each holds a batch of records and a compressor."""

BURST_SECONDS = 5
"""Capacity of a token bucket, as seconds of its rate."""

_MAX_BUCKETS = 50_000  # about 20 MB; the least recently used bucket is evicted, which is full again as a rule


class RateLimiter:
    """A token bucket for each client: it refills at `rate` tokens a second and holds `BURST_SECONDS` times as many."""

    def __init__(self, name: str, rate: int) -> None:
        self._size = rate * BURST_SECONDS
        self.policy = f'"{name}";q={self._size};w={BURST_SECONDS}'.encode()
        self._name = name.encode()
        self._limiter = GCRARateLimiter(per_sec(rate, self._size), MemoryStore(options={"MAX_SIZE": _MAX_BUCKETS}))

    def take(self, client: str) -> int | None:
        """Take a token from the bucket of `client`; return how many are left, None when the bucket was empty."""
        result = self._limiter.limit(client)
        return None if result.limited else result.state.remaining

    def give_back(self, client: str) -> int:
        """Put a token back into the bucket of `client`; return how many it holds."""
        # The library accepts a negative cost.
        return min(self._size, self._limiter.limit(client, -1).state.remaining)

    def header_value(self, remaining: int | None) -> bytes:
        """Return the value of the `RateLimit` header for `remaining` tokens."""
        return b'"%b";r=%d;t=1' % (self._name, remaining or 0)


class StreamLimiter:
    """Counts the streams of a process.

    Entering it raises Unavailable when `max_streams` are being sent.
    """

    def __init__(self, max_streams: int = MAX_STREAMS) -> None:
        self._max_streams = max_streams
        self._active = 0

    def __enter__(self) -> None:
        if self._active >= self._max_streams:
            raise Unavailable("Le service envoie déjà autant d'exports qu'il le peut : réessayez dans un instant.")
        self._active += 1

    def __exit__(self, *_: object) -> None:
        self._active -= 1
