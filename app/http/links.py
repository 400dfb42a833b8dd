"""The links of responses: of records and structures, and of the pages of a list (RFC 8288)."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from starlette.requests import Request

from app import public_urls
from app.catalogue.parameters import IGNORED_PREFIXES
from app.exporting.linked_data import CONTEXT_RELATION
from app.http.context import context_of
from app.public_urls import with_query

_POSITION_PARAMETERS = ("page", "cursor")
_MAX_HEADER_LENGTH = 3000  # characters; the buffer of a proxy may hold 4 KB of headers

LinkUrls = dict[str, str | None]


@dataclass(frozen=True, slots=True)
class Links:
    """Links under one public address, `base`, which has no slash at its end."""

    base: str

    @classmethod
    def of(cls, request: Request) -> "Links":
        """Return the links for the response to `request`: under the public URL, else under the request's own."""
        return cls(context_of(request).settings.public_url or str(request.base_url).rstrip("/"))

    def record(self, identifier: str) -> dict[str, str]:
        """Return the links of a record: its JSON document and its page."""
        return {
            "self": public_urls.record_url(self.base, identifier),
            "html": public_urls.record_page_url(self.base, identifier),
        }

    def structure(self, identifier: str) -> dict[str, str]:
        """Return the links of a structure: its JSON document and the list of its actions."""
        return {
            "self": public_urls.structure_url(self.base, identifier),
            "actions": public_urls.structure_actions_url(self.base, identifier),
        }

    def pages(self, request: Request, *, page: int | None, pages: int, next_cursor: str | None = None) -> LinkUrls:
        """Return the links of one page of a list; with a cursor (`page` is None) only those forward."""
        url = self._url_of(request)
        query = urlencode(query_pairs(request))

        def url_at(position: str = "") -> str:
            return with_query(url, "&".join(filter(None, (query, position))))

        if page is None:
            cursor = urlencode({"cursor": request.query_params.get("cursor", "")})
            next_url = url_at(urlencode({"cursor": next_cursor})) if next_cursor else None
            return {"self": url_at(cursor), "first": url_at(), "prev": None, "next": next_url, "last": None}
        return {
            "self": url_at(f"page={page}"),
            "first": url_at("page=1"),
            "prev": url_at(f"page={min(page - 1, pages)}") if page > 1 and pages else None,
            "next": url_at(f"page={page + 1}") if page < pages else None,
            "last": url_at(f"page={max(pages, 1)}"),
        }

    def change_pages(self, request: Request, cursor: str) -> LinkUrls:
        """Return the links of a page of changes; the next page always exists, for the changes to come."""
        url = self._url_of(request)
        limit = {"limit": value} if (value := request.query_params.get("limit", "").strip()) else {}
        since = {"since": value} if (value := request.query_params.get("since", "").strip()) else {}
        return {
            "self": with_query(url, urlencode({**since, **limit})),
            "next": with_query(url, urlencode({"since": cursor, **limit})),
        }

    def _url_of(self, request: Request) -> str:
        return f"{self.base}{quote(request.url.path)}"


def query_pairs(request: Request) -> list[tuple[str, str]]:
    """Return the query parameters of a list, as sent, without position, empty and ignored ones."""
    return [
        (name, value)
        for name, value in request.query_params.multi_items()
        if value.strip() and name not in _POSITION_PARAMETERS and not name.startswith(IGNORED_PREFIXES)
    ]


def table_schema_link(links: Links) -> dict[str, str]:
    """Return the `Link` header from a table to its schema."""
    return {"Link": f'<{public_urls.table_schema_url(links.base)}>; rel="describedby"; type="application/json"'}


def json_ld_context_link(links: Links) -> dict[str, str]:
    """Return the `Link` header from an action to its JSON-LD context."""
    url = public_urls.json_ld_context_url(links.base)
    return {"Link": f'<{url}>; rel="{CONTEXT_RELATION}"; type="application/ld+json"'}


def link_header(links: Mapping[str, str | None]) -> dict[str, str]:
    """Return the `Link` header of `links`, none when it is too long for proxies: the body has the links too."""
    value = ", ".join(f'<{url}>; rel="{relation}"' for relation, url in links.items() if url)
    return {"Link": value} if len(value) <= _MAX_HEADER_LENGTH else {}
