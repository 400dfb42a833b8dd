"""The search page: filters, text, facets and pages as links, complete without a script."""

from dataclasses import replace

from fastapi import APIRouter, Request, Response

from app.catalogue.parameters import being_typed
from app.catalogue.query import ActionQuery
from app.catalogue.request import read_page_request
from app.http.conditional import unkept
from app.http.dependencies import OpenCatalogue, search_in_thread
from app.search.engine import FacetCounts
from app.service import Catalogue
from app.web.arrival import asked_of_page
from app.web.rendering import kept_page, render, root_of
from app.web.results import FACET_SIZE, results_view

router = APIRouter(include_in_schema=False)

_HELPFUL = ("dimension", "mot_cle")  # the facets that an answer without hits offers
_NOT_ASKED = ActionQuery(facets=_HELPFUL, facet_size=8, limit=0, highlight=False)


@router.get("/")
async def search(request: Request, catalogue: OpenCatalogue) -> Response:
    """Return the search page for the question of its address."""
    pairs = asked_of_page(request)
    asked = read_page_request(pairs, facet_size=FACET_SIZE)

    def answer() -> Response:
        found = catalogue.search(replace(asked.query, highlight=bool(asked.query.text)), typed=being_typed(pairs))
        if found.unanswered:
            unkept(request)
        view = results_view(root_of(request), pairs, asked, found)
        offered = {} if view.hits else _offered(catalogue)
        return render(request, "search.html", view=view, result=view.result, offered=offered)

    return await search_in_thread(request, lambda: kept_page(request, catalogue, answer))


def _offered(catalogue: Catalogue) -> dict[str, FacetCounts]:
    """Return what the catalogue has most of, for those who found nothing."""
    return dict(catalogue.search(_NOT_ASKED).result.facets)
