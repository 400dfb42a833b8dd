"""Answers kept in memory: a question that is asked again, of a catalogue that has not changed, is answered at once."""

import re
from asyncio import get_running_loop
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache
from http.client import NOT_MODIFIED, OK
from time import monotonic
from typing import Any

from anyio import CapacityLimiter, to_thread
from cachetools import LRUCache
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.catalogue.parameters import IGNORED_PREFIXES
from app.http.conditional_requests import CACHEABLE_SCOPE_KEY, STATE_SCOPE_KEY, matches_weakly
from app.http.metrics import Metrics
from app.http.middleware import is_url_too_long
from app.service import CatalogueService

_DATA = (
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
_HOME = "/"  # the search page, which is asked for most of all
_READ = frozenset({b"host", b"origin", b"accept-encoding", b"if-none-match", b"cache-control"})
_PERSONAL = frozenset({b"authorization", b"range", b"if-modified-since"})  # headers that make an answer nobody else's
_FRESH = (b"no-store", b"no-cache")
_CODINGS = (b"zstd", b"br", b"gzip")  # as the compressing middleware prefers them
_IGNORED = tuple(prefix.encode() for prefix in IGNORED_PREFIXES)
_SOME_IGNORED = re.compile(b"(?:^|&)(?:%b)" % b"|".join(map(re.escape, _IGNORED)))
_OF_CONTENT = (b"content-", b"link")  # beginnings of the headers that an answer without content does not have
_OVERHEAD = 500  # bytes that an entry takes beside what it holds
_NOT_MODIFIED = b"304"  # in a key, in the place of a content coding
_REST = 0.5  # seconds without a look at a catalogue whose state cannot be told

Header = tuple[bytes, bytes]
CacheKey = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class CachedResponse:
    """A finished answer: `headers` as sent but for the request's identifier, `brief` those of the 304 in its place.

    `size` is how many bytes it takes, roughly, with the key that it is kept under.
    """

    route: Any
    tag: str
    headers: tuple[Header, ...]
    brief: tuple[Header, ...]
    body: bytes
    size: int


class ResponseCache:
    """Answers of one state of the catalogue, `limit` bytes of them at most; what was not asked for long goes first."""

    def __init__(self, limit: int) -> None:
        self._state = ""
        self._answers: LRUCache[CacheKey, CachedResponse] = LRUCache(limit, getsizeof=lambda answer: answer.size)

    @property
    def size(self) -> int:
        """How many bytes are kept."""
        return int(self._answers.currsize)

    def get(self, state: str, key: CacheKey) -> CachedResponse | None:
        """Return the answer under `key`, None without one; answers of another state than `state` are dropped."""
        if state != self._state:
            self._answers.clear()
            self._state = state
        return self._answers.get(key)

    def put(self, state: str, key: CacheKey, answer: CachedResponse) -> None:
        """Keep `answer`, unless the catalogue has moved on from `state` or it is too large to be worth it."""
        if state == self._state and answer.size <= self._answers.maxsize:
            self._answers[key] = answer


@dataclass(frozen=True, slots=True)
class CacheLookup:
    """What is asked: `key` is all that decides on an answer but the state of the catalogue, last the content coding.

    `tags` are those that the caller has, as If-None-Match says them.
    """

    key: CacheKey
    tags: str

    @property
    def not_modified_key(self) -> CacheKey:
        """The key of what is known of the question when it was only ever asked with a tag: that it has a 304."""
        return (*self.key[:-1], _NOT_MODIFIED)


class ResponseCacheMiddleware:
    """Answers requests for data and pages from memory where it can, and keeps what it could not answer so.

    It stands outside of whatever else makes an answer. Who asks with credentials, for a range, or for an answer that
    is not a kept one (Cache-Control) is passed by; so are the addresses `passed_by`. Only endpoints that say so
    (`conditional`) have their answers kept.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        cache: ResponseCache,
        metrics: Metrics,
        public_url: str,
        origins: Collection[str],
        passed_by: Collection[str] = (),
    ) -> None:
        self.app = app
        self._passed_by = passed_by
        self._metrics = metrics
        self._cache = cache
        self._public = public_url
        self._origins = frozenset(origin.encode() for origin in origins)
        # Threads of its own: those of the endpoints may all be at work.
        self._limiter = CapacityLimiter(2)
        self._resting_until = 0.0
        self._present: str | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass it on."""
        if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"} or not self._may_be_kept(scope["path"]):
            await self.app(scope, receive, send)
            return
        asked = self._asked(scope)
        state = await self._state(scope["app"].state.catalogue) if asked else None
        if asked is None or state is None:
            await self.app(scope, receive, send)
            return
        answer = self._cache.get(state, asked.key)
        known = answer or (self._cache.get(state, asked.not_modified_key) if asked.tags else None)
        if known and asked.tags and matches_weakly(asked.tags, known.tag):
            await self._again(known, NOT_MODIFIED, scope, send)
        elif answer:
            await self._again(answer, OK, scope, send)
        else:
            self._metrics.count_cache_lookup(kept=False)
            await self._pass_on(scope, receive, send, asked, state)

    def _may_be_kept(self, path: str) -> bool:
        return _may_be_kept(path) and path not in self._passed_by

    async def _again(self, answer: CachedResponse, status: int, scope: Scope, send: Send) -> None:
        self._metrics.count_cache_lookup(kept=True)
        scope["route"] = answer.route
        whole = status == OK
        await send(
            {"type": "http.response.start", "status": status, "headers": answer.headers if whole else answer.brief}
        )
        await send({"type": "http.response.body", "body": answer.body if whole and scope["method"] == "GET" else b""})

    def _asked(self, scope: Scope) -> CacheLookup | None:
        """Return what is asked, None when it is not for this cache."""
        said: dict[bytes, bytes] = {}
        for name, value in scope["headers"]:
            if name in _PERSONAL:
                return None
            if name in _READ:
                said[name] = b"%b, %b" % (said[name], value) if name in said else value
        if b"cache-control" in said and any(wish in said[b"cache-control"].lower() for wish in _FRESH):
            return None
        if b"host" not in said or is_url_too_long(scope):
            return None
        base = b"" if self._public else said[b"host"]
        query = strip_ignored_parameters(scope["query_string"])
        coding = preferred_coding(said.get(b"accept-encoding", b""))
        key = (scope["path"], query, scope["scheme"], base, scope.get("root_path"), self._from(said), coding)
        return CacheLookup(key, said.get(b"if-none-match", b"").decode("latin-1"))

    def _from(self, said: dict[bytes, bytes]) -> bytes:
        """Return what of the asking page's origin shows in an answer."""
        origin = said.get(b"origin")
        if origin is None:
            return b""
        return origin if origin in self._origins else b"*"

    async def _state(self, catalogue: CatalogueService) -> str | None:
        """Return the state of `catalogue`, None when it cannot be told: whoever answers will say why."""
        if self._present is None:
            # Who is answered in this turn of the event loop had asked before it: one look is new enough for all of
            # them. Whoever asks later is answered after what is put off here.
            self._present = catalogue.cached_state_token()
            get_running_loop().call_soon(self._look_again)
        if self._present:
            return self._present
        if monotonic() < self._resting_until:
            return None
        try:
            return await to_thread.run_sync(catalogue.state_token_nowait, limiter=self._limiter)
        except Exception:  # an endpoint that meets it answers with a problem
            # Looking for a missing index takes a while, and reads by identifier need none.
            self._resting_until = monotonic() + _REST
            return None

    def _look_again(self) -> None:
        self._present = None

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send, asked: CacheLookup, state: str) -> None:
        """Let the application answer, and keep what it says if that may be."""
        start: Message | None = None

        async def keep(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
            elif start and scope.get(CACHEABLE_SCOPE_KEY) and not message.get("more_body"):
                self._keep(scope, asked, state, start, message.get("body", b""))
            else:
                start = None
            await send(message)

        scope[STATE_SCOPE_KEY] = state
        # What is compressed by the application is what is looked for here: there is only one coding to choose.
        others = [header for header in scope["headers"] if header[0] != b"accept-encoding"]
        coding = asked.key[-1]
        scope["headers"] = [*others, (b"accept-encoding", coding)] if coding else others
        await self.app(scope, receive, keep if scope["method"] == "GET" else send)

    def _keep(self, scope: Scope, asked: CacheLookup, state: str, start: Message, body: bytes) -> None:
        status, headers = start["status"], tuple(start["headers"])
        if status not in {OK, NOT_MODIFIED}:
            return
        brief = tuple(header for header in headers if not header[0].startswith(_OF_CONTENT))
        tag = next((value.decode("latin-1") for name, value in headers if name == b"etag"), "")
        key = asked.key if status == OK else asked.not_modified_key
        named = [part for part in key if isinstance(part, (bytes, str))]
        size = _OVERHEAD + len(body) + sum(map(len, named)) + sum(len(name) + len(value) for name, value in headers)
        self._cache.put(state, key, CachedResponse(scope.get("route"), tag, headers, brief, body, size))


def _may_be_kept(path: str) -> bool:
    return path.startswith(_DATA) or path == _HOME


def strip_ignored_parameters(query: bytes) -> bytes:
    """Return `query` without the parameters that nothing reads, such as those that mail campaigns add.

    The rest stays as it is, its order too: answers repeat it in their links.
    """
    if not _SOME_IGNORED.search(query):
        return query
    return b"&".join(part for part in query.split(b"&") if not part.startswith(_IGNORED))


@lru_cache(maxsize=256)
def preferred_coding(accepted: bytes) -> bytes:
    """Return the content coding that an Accept-Encoding header gets, "" for none."""
    weights = dict(_weights(accepted.lower().split(b",")))
    otherwise = weights.get(b"*", 0.0)
    return next((coding for coding in _CODINGS if weights.get(coding, otherwise) > 0), b"")


def _weights(parts: Iterable[bytes]) -> Iterable[tuple[bytes, float]]:
    for part in parts:
        name, _, weight = part.replace(b" ", b"").partition(b";q=")
        try:
            yield name, float(weight or 1)
        except ValueError:
            yield name, 0.0
