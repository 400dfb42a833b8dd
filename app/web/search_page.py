"""The search page. Facets, sort orders and pages are links, so that it works without scripts."""

from dataclasses import replace

from fastapi import APIRouter, Request, Response

from app.catalogue.parameters import is_typeahead
from app.catalogue.query import ActionQuery
from app.catalogue.request import read_page_request
from app.http.conditional_requests import mark_uncacheable
from app.http.dependencies import OpenService, search_in_thread
from app.search.engine import FacetCounts
from app.service import CatalogueService
from app.web.rendering import conditional_page, render, root_of
from app.web.search_view import SHOWN_FACET_SIZE, results_view
from app.web.tracking_parameters import page_query_pairs

router = APIRouter(include_in_schema=False)

_SUGGESTED_FACETS = ("dimension", "mot_cle")  # whose frequent values a page without results suggests
_POPULAR_VALUES_QUERY = ActionQuery(facets=_SUGGESTED_FACETS, facet_size=8, limit=0, highlight=False)


@router.get("/")
async def search_page(request: Request, catalogue: OpenService) -> Response:
    """Return the search page for the query of its URL."""
    pairs = page_query_pairs(request)
    page_request = read_page_request(pairs, facet_size=SHOWN_FACET_SIZE)

    def respond() -> Response:
        query = replace(page_request.query, highlight=bool(page_request.query.text))
        result_page = catalogue.search(query, typeahead=is_typeahead(pairs))
        if result_page.has_no_match:
            mark_uncacheable(request)
        view = results_view(root_of(request), pairs, page_request, result_page)
        popular_values = {} if view.hits else _popular_values(catalogue)
        return render(request, "search.html", view=view, result=view.result, popular_values=popular_values)

    return await search_in_thread(request, lambda: conditional_page(request, catalogue, respond))


def _popular_values(catalogue: CatalogueService) -> dict[str, FacetCounts]:
    """Return the most frequent values of the catalogue, suggested on a page without results."""
    return dict(catalogue.search(_POPULAR_VALUES_QUERY).result.facets)
