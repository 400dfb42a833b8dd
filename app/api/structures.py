"""Endpoints of structures: the list with numbers of actions, and one structure with its actions."""

from math import ceil

from fastapi import APIRouter, Request, Response

from app.api.openapi.document import parameters_extra, responses
from app.api.path_parameters import StructureId
from app.api.response_documents import item_document, structure_summary_document, unknown_place_documents
from app.api.schemas import actions as schemas
from app.catalogue.parameters import DEFAULT_PER_PAGE, FILTER_PARAMETERS, PAGING_PARAMETERS, read_values, single_value
from app.catalogue.query import ActionQuery, FacetFilter
from app.catalogue.request import LISTED_KEYS
from app.catalogue.territory import departement_names, matching_departements, region_names
from app.http import problems
from app.http.conditional_requests import conditional_response, json_response, list_tag
from app.http.dependencies import OpenService, in_thread
from app.http.links import Links, link_header

router = APIRouter(tags=["Structures"])
_LIST_PARAMETERS = {
    "departement": FILTER_PARAMETERS["departement"],
    "region": FILTER_PARAMETERS["region"],
    **PAGING_PARAMETERS,
}


@router.get(
    "/structures",
    operation_id="listerStructures",
    summary="Lister les structures",
    response_model=schemas.StructureList,
    responses=responses(problems.UNKNOWN_PARAMETER, problems.INVALID_PARAMETER, problems.UNAVAILABLE, headers=["Link"]),
    openapi_extra=parameters_extra(_LIST_PARAMETERS),
)
@in_thread
def list_structures(request: Request, service: OpenService) -> Response:
    """Les structures qui ont au moins une action, par ordre de nom."""
    values = read_values(request.query_params.multi_items(), _LIST_PARAMETERS)
    page, per_page = single_value(values, "page", 1), single_value(values, "per_page", DEFAULT_PER_PAGE)
    departements, regions = values.get("departement", ()), values.get("region", ())

    def make_response() -> Response:
        codes = matching_departements(departements, regions)
        page_of_structures, total = service.structures(codes, offset=(page - 1) * per_page, limit=per_page)
        links = Links.of(request)
        pages = ceil(total / per_page)
        document = {
            "items": [structure_summary_document(organiser, links) for organiser in page_of_structures],
            "total": total,
            "page": page,
            "per_page": per_page,
            "pages": pages,
            "warnings": [
                *unknown_place_documents("departement", departements, departement_names()),
                *unknown_place_documents("region", regions, region_names()),
            ],
            "links": links.pages(request, page=page, pages=pages),
        }
        return json_response(document, link_header(document["links"]))

    return conditional_response(request, list_tag(request, service), make_response)


@router.get(
    "/structures/{id}",
    operation_id="lireStructure",
    summary="Lire une structure et ses actions",
    response_model=schemas.StructureDocument,
    responses=responses(problems.UNKNOWN_PARAMETER, problems.NOT_FOUND, problems.UNAVAILABLE),
)
@in_thread
def read_structure(request: Request, id: StructureId, service: OpenService) -> Response:  # noqa: A002 - the contract names it so
    """La structure et toutes ses actions, par ordre de titre."""
    read_values(request.query_params.multi_items(), {})
    organiser = service.structure(id)

    def make_response() -> Response:
        links = Links.of(request)
        query = ActionQuery(filters=(FacetFilter("structure", (organiser.structure.id,)),), limit=None, highlight=False)
        keys = frozenset(LISTED_KEYS)
        actions = [item_document(item, links, keys) for item in service.search(query).items]
        return json_response({**structure_summary_document(organiser, links), "actions": actions})

    return conditional_response(request, list_tag(request, service), make_response)
