"""The search page: filters, text, facets and pages as links, complete without a script."""

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

_HELPFUL = ("dimension", "mot_cle")  # the facets that an answer without hits offers
_NOT_ASKED = ActionQuery(facets=_HELPFUL, facet_size=8, limit=0, highlight=False)


@router.get("/")
async def search(request: Request, catalogue: OpenService) -> Response:
    """Return the search page for the question of its address."""
    pairs = page_query_pairs(request)
    asked = read_page_request(pairs, facet_size=SHOWN_FACET_SIZE)

    def answer() -> Response:
        found = catalogue.search(replace(asked.query, highlight=bool(asked.query.text)), typeahead=is_typeahead(pairs))
        if found.has_no_match:
            mark_uncacheable(request)
        view = results_view(root_of(request), pairs, asked, found)
        offered = {} if view.hits else _offered(catalogue)
        return render(request, "search.html", view=view, result=view.result, offered=offered)

    return await search_in_thread(request, lambda: conditional_page(request, catalogue, answer))


def _offered(catalogue: CatalogueService) -> dict[str, FacetCounts]:
    """Return what the catalogue has most of, for those who found nothing."""
    return dict(catalogue.search(_NOT_ASKED).result.facets)
