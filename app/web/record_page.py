"""The page of a record, and the page of a structure with its actions."""

from fastapi import APIRouter, Request, Response

from app.catalogue.parameters import DEFAULT_SIMILAR
from app.catalogue.query import ActionQuery, FacetFilter
from app.catalogue.structure import Structure
from app.http.dependencies import OpenService, search_in_thread
from app.http.links import Links
from app.service import CatalogueService
from app.web.record_view import record_view, structure_view
from app.web.rendering import conditional_page, render, root_of
from app.web.schema_org import record_data, structure_data
from app.web.search_view import HitView, hit_view

router = APIRouter(include_in_schema=False)

_MAX_LISTED = 50  # actions on the page of a structure, which links to the search for all


@router.get("/fiches/{id}")
async def record_page(request: Request, id: str, catalogue: OpenService) -> Response:  # noqa: A002 - the contract names it so
    """Return the page of a record. Query parameters are ignored, since other services add some to shared URLs."""

    def load() -> Response:
        record = catalogue.record(id)  # an unknown record is 404, even when the entity tag matches

        def respond() -> Response:
            view = record_view(root_of(request), record, catalogue.similar(id, DEFAULT_SIMILAR))
            data = record_data(record, Links.of(request).base)
            return render(request, "record.html", view=view, data=data)

        return conditional_page(request, catalogue, respond)

    return await search_in_thread(request, load)


@router.get("/structures/{id}/fiche")
async def structure_page(request: Request, id: str, catalogue: OpenService) -> Response:  # noqa: A002 - the contract names it so
    """Return the page of a structure, with its first actions by title."""

    def load() -> Response:
        summary = catalogue.structure(id)

        def respond() -> Response:
            view = structure_view(root_of(request), summary, _first_actions(catalogue, summary.structure))
            data = structure_data(summary.structure, Links.of(request).base)
            return render(request, "structure.html", view=view, data=data)

        return conditional_page(request, catalogue, respond)

    return await search_in_thread(request, load)


def _first_actions(catalogue: CatalogueService, structure: Structure) -> tuple[HitView, ...]:
    query = ActionQuery(filters=(FacetFilter("structure", (structure.id,)),), limit=_MAX_LISTED, highlight=False)
    return tuple(map(hit_view, catalogue.search(query).items))
