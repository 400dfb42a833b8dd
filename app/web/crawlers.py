"""Files for crawlers and browsers: sitemaps, robots.txt, the OpenSearch description and its suggestions."""

import re

from fastapi import APIRouter, Request, Response

from app.catalogue.errors import NotFound
from app.catalogue.parameters import DEFAULT_SUGGESTIONS, SUGGEST_PARAMETERS, read_values, single_value
from app.http.conditional_requests import conditional_response, json_response, list_tag
from app.http.dependencies import OpenService, in_thread, search_in_thread
from app.http.links import Links
from app.public_urls import record_page_url, structure_page_url
from app.service import SitemapKind, sitemap_entries, sitemap_parts
from app.web.rendering import conditional_page, render_file

router = APIRouter(include_in_schema=False)

SITEMAP_PART_SIZE = 10_000
"""URLs in one sitemap file; the protocol allows 50,000 URLs and 50 MB."""

SITEMAP_PAGES = ("/", "/integration", "/statistiques")
"""Paths of the pages that are not pages of a record or structure."""

_PAGE_PATHS = {SitemapKind.RECORDS: record_page_url, SitemapKind.STRUCTURES: structure_page_url}
# Nine digits at most: the number must fit an integer of SQLite.
_PART_NAME = re.compile(rf"({'|'.join(SitemapKind)})-([1-9][0-9]{{0,8}})")
_XML = "application/xml"
_OPENSEARCH = "application/opensearchdescription+xml"
_SUGGESTIONS = "application/x-suggestions+json"
_CACHE_AN_HOUR = {"Cache-Control": "public, max-age=3600"}


@router.get("/sitemap.xml")
@in_thread
def sitemap(request: Request, catalogue: OpenService) -> Response:
    """Return the sitemap index."""

    def respond() -> Response:
        parts = [
            (kind, part) for kind in SitemapKind for part in sitemap_parts(catalogue.store, kind, SITEMAP_PART_SIZE)
        ]
        return render_file(request, "sitemap.xml", _XML, parts=parts)

    return conditional_page(request, catalogue, respond)


@router.get("/sitemap/pages.xml")
def sitemap_pages(request: Request) -> Response:
    """Return the sitemap of the pages that are not pages of a record or structure."""
    urls = [(f"{Links.of(request).base}{page}", None) for page in SITEMAP_PAGES]
    return render_file(request, "urlset.xml", _XML, urls=urls)


@router.get("/sitemap/{name}.xml")
@in_thread
def sitemap_part(request: Request, name: str, catalogue: OpenService) -> Response:
    """Return a part of the sitemap of records or structures. Raises NotFound for an unknown name or an empty part."""
    match = _PART_NAME.fullmatch(name)
    if match is None:
        raise NotFound("Il n'y a pas de plan du site de ce nom.")
    kind = SitemapKind(match[1])

    def respond() -> Response:
        entries = sitemap_entries(catalogue.store, kind, int(match[2]), SITEMAP_PART_SIZE)
        if not entries:
            raise NotFound("Il n'y a pas de plan du site de ce nom.")
        site = Links.of(request).base
        urls = [(_PAGE_PATHS[kind](site, entry.id), entry.modifie_le) for entry in entries]
        return render_file(request, "urlset.xml", _XML, urls=urls)

    return conditional_page(request, catalogue, respond)


@router.get("/robots.txt")
async def robots(request: Request) -> Response:
    """Return robots.txt: it excludes searches, which are endless, and lists of records that the sitemaps contain."""
    return _cached_an_hour(render_file(request, "robots.txt", "text/plain"))


@router.get("/opensearch.xml")
async def opensearch(request: Request) -> Response:
    """Return the OpenSearch 1.1 description, by which browsers add the catalogue to their search engines."""
    return _cached_an_hour(render_file(request, "opensearch.xml", _OPENSEARCH))


@router.get("/suggest/opensearch")
async def opensearch_suggestions(request: Request, catalogue: OpenService) -> Response:
    """Return completions in the OpenSearch format: the typed text and a list of texts."""
    values = read_values(request.query_params.multi_items(), SUGGEST_PARAMETERS)
    text, size = single_value(values, "q", ""), single_value(values, "size", DEFAULT_SUGGESTIONS)

    def respond() -> Response:
        texts = dict.fromkeys(suggestion.text for suggestion in catalogue.suggest(text, size))
        response = json_response([text, list(texts)])
        response.headers["Content-Type"] = _SUGGESTIONS
        return response

    return await search_in_thread(request, lambda: conditional_response(request, list_tag(request, catalogue), respond))


def _cached_an_hour(response: Response) -> Response:
    response.headers.update(_CACHE_AN_HOUR)
    return response
