"""The addresses that answers carry: of records and structures, and of the pages before and after (RFC 8288)."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, urlencode

from starlette.requests import Request

from app.catalogue.parameters import IGNORED_PREFIXES
from app.exporting.linked_data import CONTEXT_RELATION
from app.http.context import context_of

_PLACE = ("page", "cursor")  # the parameters that say where in a list one stands
_MAX_HEADER_LENGTH = 3000  # characters; 4 KB is what a proxy's buffer may hold of all headers together

_quoted = lru_cache(maxsize=16_384)(quote)

PageLinks = dict[str, str | None]


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses under one public base, which has no slash at its end."""

    base: str

    @classmethod
    def of(cls, request: Request) -> "Links":
        """Return the links for the answer to `request`: under the public address, else the one that it came by."""
        public = context_of(request).settings.public_url
        return cls(public or str(request.base_url).rstrip("/"))

    def record(self, identifier: str) -> dict[str, str]:
        """Return the links of a record: its document and its page."""
        name = _quoted(identifier)
        return {"self": f"{self.base}/actions/{name}", "html": f"{self.base}/fiches/{name}"}

    def structure(self, identifier: str) -> dict[str, str]:
        """Return the link of a structure, and of the list of its actions."""
        name = _quoted(identifier)
        return {"self": f"{self.base}/structures/{name}", "actions": f"{self.base}/actions?structure={name}"}

    def pages(self, request: Request, *, page: int | None, pages: int, next_cursor: str | None = None) -> PageLinks:
        """Return the links of one page of a list; in a walk by cursor (`page` None) there is only the way on."""

        path = f"{self.base}{quote(request.url.path)}"
        kept = urlencode(query_pairs(request))

        def to(place: str = "") -> str:
            query = "&".join(filter(None, (kept, place)))
            return f"{path}?{query}" if query else path

        if page is None:
            own = urlencode({"cursor": request.query_params.get("cursor", "")})
            following = to(urlencode({"cursor": next_cursor})) if next_cursor else None
            return {"self": to(own), "first": to(), "prev": None, "next": following, "last": None}
        return {
            "self": to(f"page={page}"),
            "first": to("page=1"),
            "prev": to(f"page={min(page - 1, pages)}") if page > 1 and pages else None,
            "next": to(f"page={page + 1}") if page < pages else None,
            "last": to(f"page={max(pages, 1)}"),
        }

    def change_pages(self, request: Request, cursor: str) -> PageLinks:
        """Return the links of a page of changes, of which there is always a next one to come back for."""
        path = f"{self.base}{quote(request.url.path)}"
        kept = {"limit": limit} if (limit := request.query_params.get("limit", "").strip()) else {}
        since = request.query_params.get("since", "").strip()
        own = urlencode({**({"since": since} if since else {}), **kept})
        return {
            "self": f"{path}?{own}" if own else path,
            "next": f"{path}?{urlencode({'since': cursor, **kept})}",
        }


def query_pairs(request: Request) -> list[tuple[str, str]]:
    """Return what a list is asked, as it was asked, without the page and without what nothing reads."""
    return [
        (name, value)
        for name, value in request.query_params.multi_items()
        if value.strip() and name not in _PLACE and not name.startswith(IGNORED_PREFIXES)
    ]


def table_schema_link(links: Links) -> dict[str, str]:
    """Return the `Link` header of a table: to what describes its columns."""
    return {"Link": f'<{links.base}/schema.json>; rel="describedby"; type="application/json"'}


def json_ld_context_link(links: Links) -> dict[str, str]:
    """Return the `Link` header of an action: to what makes its JSON linked data."""
    return {"Link": f'<{links.base}/context.jsonld>; rel="{CONTEXT_RELATION}"; type="application/ld+json"'}


def link_header(links: Mapping[str, str | None]) -> dict[str, str]:
    """Return the `Link` header of `links`; none when it is longer than proxies take, since the body has them too."""
    value = ", ".join(f'<{address}>; rel="{relation}"' for relation, address in links.items() if address)
    return {"Link": value} if len(value) <= _MAX_HEADER_LENGTH else {}
