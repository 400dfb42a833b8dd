"""The rate limit of client addresses and API keys, announced in every response.

The headers are those of draft-ietf-httpapi-ratelimit-headers-10: `RateLimit-Policy` gives the capacity of a bucket and
the seconds in which an empty bucket fills, `RateLimit` the remaining tokens and the seconds until the next one.

The token bucket is `app.http.limiters.RateLimiter`: not here, because the application context, which this module
imports, holds one.
"""

from functools import lru_cache
from http import HTTPStatus
from ipaddress import IPv6Address, IPv6Network, ip_address

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http.context import context_of
from app.http.limiters import RateLimiter
from app.http.problems import TOO_MANY_REQUESTS, TOO_MANY_REQUESTS_DETAIL, problem_response

MONITORING_PATHS = frozenset({"/health/live", "/health/ready", "/metrics"})
"""Paths for monitoring, which has to work when the service is busy: they are not rate-limited."""

# The lowest rate is one request a second, so an empty bucket has a token again within a second.
_RETRY_AFTER = {"Retry-After": "1"}
_MAX_NAME_LENGTH = 64  # characters of a client name that is no IP address, as a proxy may send it
_PREFIX_LENGTH = 64  # bits of an IPv6 address that a provider assigns; the customer chooses the others

# Scope key of the list in which `take_key_token` notes the bucket of the request's key, for the response headers.
_KEY_TOKENS_KEY = "actions.key_tokens"


@lru_cache(maxsize=4096)
def bucket_key(host: str) -> str:
    """Return the bucket of a client address: the IPv4 address itself, for IPv6 its /64 network."""
    try:
        address = ip_address(host)
    except ValueError:
        return host[:_MAX_NAME_LENGTH]
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(IPv6Network((int(address) >> _PREFIX_LENGTH << _PREFIX_LENGTH, _PREFIX_LENGTH)))


class RateLimitMiddleware:
    """Takes a token from the bucket of the client's address for each request; a 304 gives it back.

    `refuse` answers when the bucket is empty. Requests with an API key pay too, which limits attempts to guess keys.
    Each process counts for itself.
    """

    def __init__(self, app: ASGIApp, *, limiter: RateLimiter, refuse: ASGIApp) -> None:
        self.app = app
        self._limiter = limiter
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request: 429 when the bucket is empty."""
        if scope["type"] != "http" or scope["path"] in MONITORING_PATHS:
            await self.app(scope, receive, send)
            return
        limiter = self._limiter
        client = scope["client"]
        bucket = bucket_key(client[0]) if client else ""
        remaining = limiter.take(bucket)
        # A list: inner middleware may work on a copy of the scope, which shares it.
        key_tokens: list[tuple[RateLimiter, int | None]] = []
        scope[_KEY_TOKENS_KEY] = key_tokens

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                tokens = limiter.give_back(bucket) if message["status"] == HTTPStatus.NOT_MODIFIED else remaining
                limits = [(limiter, tokens), *key_tokens]
                policy = b", ".join(each.policy for each, _ in limits)
                value = b", ".join(each.header_value(count) for each, count in limits)
                # A copy: the response cache may hold the original for later requests.
                headers = [*message["headers"], (b"ratelimit-policy", policy), (b"ratelimit", value)]
                message = {**message, "headers": headers}
            await send(message)

        await (self._refuse if remaining is None else self.app)(scope, receive, send_with_headers)


async def too_many_requests(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer 429 to any request."""
    response = problem_response(Request(scope), TOO_MANY_REQUESTS, TOO_MANY_REQUESTS_DETAIL, headers=_RETRY_AFTER)
    await response(scope, receive, send)


def take_key_token(request: Request, key_id: str) -> None:
    """Take a token from the bucket of an authenticated key, beside that of the client's address.

    Raises HTTPException (429) when the bucket is empty.
    """
    limiter = context_of(request).key_rate_limiter
    if limiter is None:
        return
    remaining = limiter.take(key_id)
    request.scope.get(_KEY_TOKENS_KEY, []).append((limiter, remaining))
    if remaining is None:
        raise HTTPException(HTTPStatus.TOO_MANY_REQUESTS, headers=_RETRY_AFTER)
