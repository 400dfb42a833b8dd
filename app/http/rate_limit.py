"""How many requests an address, and a key, may make: a token bucket for each, told in every answer.

The headers are those of draft-ietf-httpapi-ratelimit-headers-10: `RateLimit-Policy` says what a full bucket holds and
in how many seconds an empty one fills, `RateLimit` what is left and in how many seconds there will be more.
"""

from functools import lru_cache
from http import HTTPStatus
from ipaddress import IPv6Address, IPv6Network, ip_address

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from throttled import MemoryStore, per_sec
from throttled.rate_limiter.gcra import GCRARateLimiter

from app.http.problems import TOO_MANY_REQUESTS, TOO_MANY_REQUESTS_DETAIL, problem_response

BURST_SECONDS = 5
"""Seconds' worth of requests that a rested address may make at once."""

MONITORING_PATHS = frozenset({"/health/live", "/health/ready", "/metrics"})
"""The addresses that watch the service: they have to answer all the more when it is busy."""

# A rate is one request a second at least, so that an empty bucket holds one again within a second.
_RETRY_AFTER = {"Retry-After": "1"}
_MAX_BUCKETS = 50_000  # about 20 MB; whoever asked longest ago has the bucket that makes way, full again as a rule
_MAX_NAME_LENGTH = 64  # characters of what a proxy gives for an address and is none
_HOUSEHOLD = 64  # bits of an IPv6 address that one customer of a provider cannot choose

# In the scope of a request: where the quota of its key is noted, for the headers of the answer.
_KEY_QUOTA = "actions.key_quota"


@lru_cache(maxsize=4096)
def bucket_key(host: str) -> str:
    """Return what an address counts as: itself, or for IPv6 its /64 network, all of which one customer has."""
    try:
        address = ip_address(host)
    except ValueError:
        return host[:_MAX_NAME_LENGTH]
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(IPv6Network((int(address) >> _HOUSEHOLD << _HOUSEHOLD, _HOUSEHOLD)))


class RateLimiter:
    """A bucket for each of those who ask: `rate` tokens a second flow in, `BURST_SECONDS` times as many fit."""

    def __init__(self, name: str, rate: int) -> None:
        self._size = rate * BURST_SECONDS
        self.policy = f'"{name}";q={self._size};w={BURST_SECONDS}'.encode()
        self._name = name.encode()
        self._limiter = GCRARateLimiter(per_sec(rate, self._size), MemoryStore(options={"MAX_SIZE": _MAX_BUCKETS}))

    def take(self, who: str) -> int | None:
        """Take a token out of the bucket of `who`; return how many are left, None when it was empty."""
        result = self._limiter.limit(who)
        return None if result.limited else result.state.remaining

    def give_back(self, who: str) -> int:
        """Put a token back that bought nothing; return how many there are."""
        # The library counts whatever a request is said to cost, less than nothing, too.
        return min(self._size, self._limiter.limit(who, -1).state.remaining)

    def header_value(self, left: int | None) -> bytes:
        """Return what the `RateLimit` header says of `left` tokens."""
        return b'"%b";r=%d;t=1' % (self._name, left or 0)


class RateLimitMiddleware:
    """Lets an address ask as often as its bucket has tokens; a 304 costs none, since it is what callers should want.

    What is refused is answered by `refuse`. An address pays for requests with a key, too: who guesses keys is bounded
    like anybody else. Each process counts for itself.
    """

    def __init__(self, app: ASGIApp, *, quota: RateLimiter, refuse: ASGIApp) -> None:
        self.app = app
        self._quota = quota
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""
        if scope["type"] != "http" or scope["path"] in MONITORING_PATHS:
            await self.app(scope, receive, send)
            return
        quota = self._quota
        client = scope["client"]
        who = bucket_key(client[0]) if client else ""
        left = quota.take(who)
        # Those within may work on a copy of the scope; what they note here is seen all the same.
        of_key: list[tuple[RateLimiter, int | None]] = []
        scope[_KEY_QUOTA] = of_key

        async def tell(message: Message) -> None:
            if message["type"] == "http.response.start":
                now = quota.give_back(who) if message["status"] == HTTPStatus.NOT_MODIFIED else left
                policy, told = quota.policy, quota.header_value(now)
                for other, rest in of_key:
                    policy, told = b"%b, %b" % (policy, other.policy), b"%b, %b" % (told, other.header_value(rest))
                # A message of its own: the other one may be kept for whoever asks next.
                headers = [*message["headers"], (b"ratelimit-policy", policy), (b"ratelimit", told)]
                message = {**message, "headers": headers}
            await send(message)

        await (self._refuse if left is None else self.app)(scope, receive, tell)


async def too_many_requests(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer 429, whatever was asked."""
    await problem_response(Request(scope), TOO_MANY_REQUESTS, TOO_MANY_REQUESTS_DETAIL, headers=_RETRY_AFTER)(
        scope, receive, send
    )


def take_key_token(request: Request, key_id: str) -> None:
    """Take a token out of the bucket of a key that has proved right, beside that of the address it comes from.

    Raises what is answered by 429 when the bucket is empty.
    """
    quota: RateLimiter | None = request.app.state.key_quota
    if quota is None:
        return
    left = quota.take(key_id)
    request.scope.get(_KEY_QUOTA, []).append((quota, left))
    if left is None:
        raise HTTPException(HTTPStatus.TOO_MANY_REQUESTS, headers=_RETRY_AFTER)
