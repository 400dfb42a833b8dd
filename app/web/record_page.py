"""The page of one record, all that it says, and the page of a structure with its actions."""

from fastapi import APIRouter, Request, Response

from app.catalogue.parameters import DEFAULT_SIMILAR
from app.catalogue.query import ActionQuery, FacetFilter
from app.catalogue.structure import Structure
from app.http.dependencies import OpenService, search_in_thread
from app.http.links import Links
from app.service import CatalogueService
from app.web.record_view import record_view, structure_view
from app.web.rendering import conditional_page, render, root_of
from app.web.schema_org import organiser_data, record_data
from app.web.search_view import HitView, hit_view

router = APIRouter(include_in_schema=False)

_LISTED = 50  # actions that the page of a structure shows; the search has them all


@router.get("/fiches/{id}")
async def record_page(request: Request, id: str, catalogue: OpenService) -> Response:  # noqa: A002 - the contract names it so
    """Return the page of one record; what its address has after `?` means nothing, since others add to it."""

    def find() -> Response:
        record = catalogue.record(id)  # without it there is nothing to answer, not even 304

        def answer() -> Response:
            view = record_view(root_of(request), record, catalogue.similar(id, DEFAULT_SIMILAR))
            data = record_data(record, Links.of(request).base)
            return render(request, "record.html", view=view, data=data)

        return conditional_page(request, catalogue, answer)

    return await search_in_thread(request, find)


@router.get("/structures/{id}/fiche")
async def structure_page(request: Request, id: str, catalogue: OpenService) -> Response:  # noqa: A002 - the contract names it so
    """Return the page of one structure, with its first actions by title."""

    def find() -> Response:
        organiser = catalogue.structure(id)

        def answer() -> Response:
            view = structure_view(root_of(request), organiser, _actions_of(catalogue, organiser.structure))
            data = organiser_data(organiser.structure, Links.of(request).base)
            return render(request, "structure.html", view=view, data=data)

        return conditional_page(request, catalogue, answer)

    return await search_in_thread(request, find)


def _actions_of(catalogue: CatalogueService, structure: Structure) -> tuple[HitView, ...]:
    query = ActionQuery(filters=(FacetFilter("structure", (structure.id,)),), limit=_LISTED, highlight=False)
    return tuple(map(hit_view, catalogue.search(query).items))
