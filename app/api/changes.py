"""The endpoints of what became of the catalogue: everything that changed, and the history of one action."""

from math import ceil

from fastapi import APIRouter, Request, Response

from app.api import log_schemas, problems
from app.api.documents import change_document, event_document
from app.api.identifiers import ActionId
from app.api.openapi import parameters, responses
from app.catalogue.following import CHANGES, FOLLOWING, Place
from app.catalogue.parameters import PAGING, PER_PAGE, read_values, single
from app.http.conditional import conditional, json_response, list_tag
from app.http.dependencies import OpenCatalogue
from app.http.links import Links, link_header
from app.service import changes_since, history

router = APIRouter(tags=["Actions"])
_REFUSALS = (problems.UNKNOWN_PARAMETER, problems.INVALID_PARAMETER, problems.UNAVAILABLE)


@router.get(
    "/changes",
    operation_id="suivreChangements",
    summary="Suivre ce qui change au catalogue",
    response_model=log_schemas.ChangeList,
    responses=responses(*_REFUSALS, problems.OTHER_CATALOGUE, headers=["Link"]),
    openapi_extra=parameters(FOLLOWING),
)
def list_changes(request: Request, catalogue: OpenCatalogue) -> Response:
    """Ce qui a été créé, modifié ou supprimé depuis un curseur, dans l'ordre, chaque action une fois."""
    values = read_values(request.query_params.multi_items(), FOLLOWING)
    place, limit = single(values, "since", Place()), single(values, "limit", CHANGES)

    def answer() -> Response:
        found = changes_since(catalogue.store, place, limit)
        links = Links.of(request)
        cursor = found.place.encode()
        addresses = links.following(request, cursor)
        items = [change_document(change, links) for change in found.items]
        document = {"items": items, "cursor": cursor, "more": found.more, "links": addresses}
        return json_response(document, link_header(addresses))

    return conditional(request, list_tag(request, catalogue), answer)


@router.get(
    "/actions/{id}/history",
    operation_id="lireHistorique",
    summary="Lire l'historique d'une action",
    response_model=log_schemas.History,
    responses=responses(*_REFUSALS, problems.NOT_FOUND, headers=["Link"]),
    openapi_extra=parameters(PAGING),
)
def read_history(request: Request, id: ActionId, catalogue: OpenCatalogue) -> Response:  # noqa: A002 - the contract names it so
    """Les versions d'une action, supprimée ou non, la plus récente d'abord : quand, par qui, ce qui a changé."""
    values = read_values(request.query_params.multi_items(), PAGING)
    page, per_page = single(values, "page", 1), single(values, "per_page", PER_PAGE)
    tag = list_tag(request, catalogue)
    events, total = history(catalogue.store, id, offset=(page - 1) * per_page, limit=per_page)

    def answer() -> Response:
        pages = ceil(total / per_page)
        links = Links.of(request).pages(request, page=page, pages=pages)
        items = [event_document(event) for event in events]
        counts = {"total": total, "page": page, "per_page": per_page, "pages": pages}
        return json_response({"id": id, "items": items, **counts, "links": links}, link_header(links))

    return conditional(request, tag, answer)
