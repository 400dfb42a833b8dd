"""The response cache: a request repeated while the catalogue is unchanged gets the stored response."""

import re
from asyncio import get_running_loop
from dataclasses import dataclass
from http.client import NOT_MODIFIED, OK
from time import monotonic
from typing import Any

from anyio import CapacityLimiter, to_thread
from cachetools import LRUCache
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.catalogue.parameters import IGNORED_PREFIXES
from app.http.conditional_requests import CACHEABLE_SCOPE_KEY, STATE_SCOPE_KEY, matches_weakly
from app.http.context import AppContext
from app.http.size_limits import is_url_too_long
from app.http.streaming import STREAMED_PATHS
from app.service import CatalogueService

_PATH_PREFIXES = (
    "/actions",
    "/catalog.jsonld",
    "/changes",
    "/context.jsonld",
    "/facets",
    "/fiches",
    "/schema.json",
    "/statistiques",
    "/stats",
    "/structures",
    "/suggest",
)
_HOME = "/"  # the search page
_READ_HEADERS = frozenset({b"host", b"origin", b"accept-encoding", b"if-none-match", b"cache-control"})
_PRIVATE_HEADERS = frozenset({b"authorization", b"range", b"if-modified-since"})  # the response is for this client only
_BYPASS_DIRECTIVES = (b"no-store", b"no-cache")
_IGNORED = tuple(prefix.encode() for prefix in IGNORED_PREFIXES)
_ANY_IGNORED = re.compile(b"(?:^|&)(?:%b)" % b"|".join(map(re.escape, _IGNORED)))
_CONTENT_HEADER_PREFIXES = (b"content-", b"link")  # headers that a 304 does not have
_ENTRY_OVERHEAD = 500  # bytes that an entry takes beside its parts
_NOT_MODIFIED_MARK = b"304"
_PROBE_PAUSE = 0.5  # seconds without a probe of a catalogue whose state could not be read

Header = tuple[bytes, bytes]
CacheKey = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class CachedResponse:
    """A finished response: `headers` without the request's identifier, `not_modified_headers` those of its 304.

    `size` is about how many bytes it takes, its key included.
    """

    route: Any
    etag: str
    headers: tuple[Header, ...]
    not_modified_headers: tuple[Header, ...]
    body: bytes
    size: int


class ResponseCache:
    """The responses of one catalogue state, at most `limit` bytes of them; the least recently used is evicted."""

    def __init__(self, limit: int) -> None:
        self._state = ""
        self._responses: LRUCache[CacheKey, CachedResponse] = LRUCache(limit, getsizeof=lambda each: each.size)

    @property
    def size(self) -> int:
        """Bytes of all responses."""
        return int(self._responses.currsize)

    def get(self, state: str, key: CacheKey) -> CachedResponse | None:
        """Return the response under `key`, None without one; a new `state` empties the cache."""
        if state != self._state:
            self._responses.clear()
            self._state = state
        return self._responses.get(key)

    def put(self, state: str, key: CacheKey, response: CachedResponse) -> None:
        """Store `response`, unless the catalogue has left `state` or the response is larger than the cache."""
        if state == self._state and response.size <= self._responses.maxsize:
            self._responses[key] = response


@dataclass(frozen=True, slots=True)
class CacheLookup:
    """The parts of a request that the cache reads.

    `key` is everything that determines a response beside the catalogue state; `etags` is the value of If-None-Match.
    """

    key: CacheKey
    etags: str

    @property
    def not_modified_key(self) -> CacheKey:
        """The key of a stored 304, which does not depend on the content coding (the last part of `key`)."""
        return (*self.key[:-1], _NOT_MODIFIED_MARK)


class ResponseCacheMiddleware:
    """Answers a request from the cache, or stores the response that the application makes.

    Bypassed are: other methods than GET and HEAD, paths without data, streams, headers that make a response private,
    and clients that want no stored response (Cache-Control). Only responses of `conditional_response` are stored.
    """

    def __init__(self, app: ASGIApp, *, context: AppContext, cache: ResponseCache) -> None:
        self.app = app
        self._context = context
        self._metrics = context.metrics
        self._cache = cache
        self._has_public_url = bool(context.settings.public_url)
        self._origins = frozenset(origin.encode() for origin in context.settings.origins)
        # Threads of its own: all those of the endpoints may be busy.
        self._limiter = CapacityLimiter(2)
        self._probe_paused_until = 0.0
        self._current_state: str | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"} or not _is_cacheable_path(scope["path"]):
            await self.app(scope, receive, send)
            return
        lookup = self._lookup(scope)
        state = await self._state(self._context.service) if lookup else None
        if lookup is None or state is None:
            await self.app(scope, receive, send)
            return
        cached = self._cache.get(state, lookup.key)
        validator = cached or (self._cache.get(state, lookup.not_modified_key) if lookup.etags else None)
        if validator and lookup.etags and matches_weakly(lookup.etags, validator.etag):
            await self._send_cached(validator, NOT_MODIFIED, scope, send)
        elif cached:
            await self._send_cached(cached, OK, scope, send)
        else:
            self._metrics.count_cache_lookup(hit=False)
            await self._run_and_store(scope, receive, send, lookup, state)

    async def _send_cached(self, cached: CachedResponse, status: int, scope: Scope, send: Send) -> None:
        self._metrics.count_cache_lookup(hit=True)
        scope["route"] = cached.route
        has_content = status == OK
        headers = cached.headers if has_content else cached.not_modified_headers
        body = cached.body if has_content and scope["method"] == "GET" else b""
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _lookup(self, scope: Scope) -> CacheLookup | None:
        """Return the lookup for a request, None when it bypasses the cache."""
        headers: dict[bytes, bytes] = {}
        for name, value in scope["headers"]:
            if name in _PRIVATE_HEADERS:
                return None
            if name in _READ_HEADERS:
                headers[name] = b"%b, %b" % (headers[name], value) if name in headers else value
        if any(directive in headers.get(b"cache-control", b"").lower() for directive in _BYPASS_DIRECTIVES):
            return None
        if b"host" not in headers or is_url_too_long(scope):
            return None
        key = (
            scope["path"],
            strip_ignored_parameters(scope["query_string"]),
            scope["scheme"],
            b"" if self._has_public_url else headers[b"host"],
            scope.get("root_path"),
            self._origin_class(headers.get(b"origin")),
            # As the client wrote it: only the compression middleware interprets it. Clients of one kind agree.
            headers.get(b"accept-encoding", b""),
        )
        return CacheLookup(key, headers.get(b"if-none-match", b"").decode("latin-1"))

    def _origin_class(self, origin: bytes | None) -> bytes:
        """Return the part of an Origin header that a response depends on."""
        if origin is None:
            return b""
        return origin if origin in self._origins else b"*"

    async def _state(self, service: CatalogueService) -> str | None:
        """Return the state token of the catalogue, None when it cannot be read: the endpoint then reports why."""
        if self._current_state is None:
            # All requests of this turn of the event loop arrived before it, so one probe is new enough for all of
            # them; a later request is handled after the callback.
            self._current_state = service.cached_state_token()
            get_running_loop().call_soon(self._forget_state)
        if self._current_state:
            return self._current_state
        if monotonic() < self._probe_paused_until:
            return None
        try:
            return await to_thread.run_sync(service.state_token_nowait, limiter=self._limiter)
        except Exception:  # the endpoint gets the same error, and responds with a problem
            # To look for a missing index takes time, and a read by identifier does not need the index.
            self._probe_paused_until = monotonic() + _PROBE_PAUSE
            return None

    def _forget_state(self) -> None:
        self._current_state = None

    async def _run_and_store(self, scope: Scope, receive: Receive, send: Send, lookup: CacheLookup, state: str) -> None:
        """Run the application, and store its response if it is cacheable."""
        start: Message | None = None

        async def send_and_store(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
            elif start and scope.get(CACHEABLE_SCOPE_KEY) and not message.get("more_body"):
                self._store(scope, lookup, state, start, message.get("body", b""))
            else:
                start = None
            await send(message)

        scope[STATE_SCOPE_KEY] = state
        await self.app(scope, receive, send_and_store if scope["method"] == "GET" else send)

    def _store(self, scope: Scope, lookup: CacheLookup, state: str, start: Message, body: bytes) -> None:
        status, headers = start["status"], tuple(start["headers"])
        if status not in {OK, NOT_MODIFIED}:
            return
        not_modified_headers = tuple(header for header in headers if not header[0].startswith(_CONTENT_HEADER_PREFIXES))
        etag = next((value.decode("latin-1") for name, value in headers if name == b"etag"), "")
        key = lookup.key if status == OK else lookup.not_modified_key
        key_size = sum(len(part) for part in key if isinstance(part, (bytes, str)))
        headers_size = sum(len(name) + len(value) for name, value in headers)
        size = _ENTRY_OVERHEAD + len(body) + key_size + headers_size
        response = CachedResponse(scope.get("route"), etag, headers, not_modified_headers, body, size)
        self._cache.put(state, key, response)


def _is_cacheable_path(path: str) -> bool:
    return (path.startswith(_PATH_PREFIXES) or path == _HOME) and path not in STREAMED_PATHS


def strip_ignored_parameters(query: bytes) -> bytes:
    """Return `query` without the parameters that no endpoint reads, such as those of mail campaigns.

    The order of the others stays: responses repeat them in links.
    """
    if not _ANY_IGNORED.search(query):
        return query
    return b"&".join(part for part in query.split(b"&") if not part.startswith(_IGNORED))
