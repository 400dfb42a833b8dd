"""What machines read to find their way here: the map of the site, who may crawl what, and the browser's search box."""

import re

from fastapi import APIRouter, Request, Response

from app.catalogue.errors import NotFound
from app.catalogue.parameters import DEFAULT_SUGGESTIONS, SUGGEST_PARAMETERS, read_values, single_value
from app.http.conditional_requests import conditional_response, json_response, list_tag
from app.http.dependencies import OpenService, search_in_thread
from app.http.links import Links
from app.public_urls import record_page_url, structure_page_url
from app.service import SitemapKind, sitemap_entries, sitemap_parts
from app.web.rendering import conditional_page, render_file

router = APIRouter(include_in_schema=False)

SITEMAP_PART_SIZE = 10_000
"""Addresses in one map; who reads maps takes 50,000 of them and 50 MB at most."""

PAGES = ("/", "/integration", "/statistiques")
"""The pages that there is one of, as the map names them."""

_ADDRESS = {SitemapKind.RECORDS: record_page_url, SitemapKind.STRUCTURES: structure_page_url}
# Without a limit to its digits a number may be more than the database, or the language, takes.
_PIECE = re.compile(rf"({'|'.join(SitemapKind)})-([1-9][0-9]{{0,8}})")
_XML = "application/xml"
_OPENSEARCH = "application/opensearchdescription+xml"
_SUGGESTIONS = "application/x-suggestions+json"
_A_WHILE = {"Cache-Control": "public, max-age=3600"}


@router.get("/sitemap.xml")
def sitemap(request: Request, catalogue: OpenService) -> Response:
    """Return the list of maps."""

    def answer() -> Response:
        pieces = [
            (mapped, piece)
            for mapped in SitemapKind
            for piece in sitemap_parts(catalogue.store, mapped, SITEMAP_PART_SIZE)
        ]
        return render_file(request, "sitemap.xml", _XML, pieces=pieces)

    return conditional_page(request, catalogue, answer)


@router.get("/sitemap/pages.xml")
def map_of_pages(request: Request) -> Response:
    """Return the map of the pages that there is one of."""
    addresses = [(f"{Links.of(request).base}{page}", None) for page in PAGES]
    return render_file(request, "urlset.xml", _XML, addresses=addresses)


@router.get("/sitemap/{name}.xml")
def map_of_pieces(request: Request, name: str, catalogue: OpenService) -> Response:
    """Return one piece of the map of records or structures; NotFound when there is none of that name."""
    named = _PIECE.fullmatch(name)
    if named is None:
        raise NotFound("Il n'y a pas de plan du site de ce nom.")
    mapped = SitemapKind(named[1])

    def answer() -> Response:
        listed = sitemap_entries(catalogue.store, mapped, int(named[2]), SITEMAP_PART_SIZE)
        if not listed:
            raise NotFound("Il n'y a pas de plan du site de ce nom.")
        site = Links.of(request).base
        addresses = [(_ADDRESS[mapped](site, one.id), one.modifie_le) for one in listed]
        return render_file(request, "urlset.xml", _XML, addresses=addresses)

    return conditional_page(request, catalogue, answer)


@router.get("/robots.txt")
async def robots(request: Request) -> Response:
    """Return what crawlers need not read: questions without end, and lists that the maps and records hold already."""
    return _for_a_while(render_file(request, "robots.txt", "text/plain"))


@router.get("/opensearch.xml")
async def opensearch(request: Request) -> Response:
    """Return how browsers search here from their own search box (OpenSearch 1.1)."""
    return _for_a_while(render_file(request, "opensearch.xml", _OPENSEARCH))


@router.get("/suggest/opensearch")
async def complete(request: Request, catalogue: OpenService) -> Response:
    """Return completions as a browser's search box takes them: what was typed, and a list of texts."""
    values = read_values(request.query_params.multi_items(), SUGGEST_PARAMETERS)
    text, size = single_value(values, "q", ""), single_value(values, "size", DEFAULT_SUGGESTIONS)

    def answer() -> Response:
        texts = dict.fromkeys(found.text for found in catalogue.suggest(text, size))
        response = json_response([text, list(texts)])
        response.headers["Content-Type"] = _SUGGESTIONS
        return response

    return await search_in_thread(request, lambda: conditional_response(request, list_tag(request, catalogue), answer))


def _for_a_while(response: Response) -> Response:
    response.headers.update(_A_WHILE)
    return response
