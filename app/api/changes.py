"""Endpoints of the change feed and of the history of one action."""

from math import ceil

from fastapi import APIRouter, Request, Response

from app.api.openapi.document import parameters_extra, responses
from app.api.path_parameters import ActionId
from app.api.response_documents import change_document, history_document
from app.api.schemas import changes as schemas
from app.catalogue.change_cursor import CHANGE_PARAMETERS, DEFAULT_CHANGES, ChangeCursor
from app.catalogue.parameters import DEFAULT_PER_PAGE, PAGING_PARAMETERS, read_values, single_value
from app.http import problems
from app.http.conditional_requests import conditional_response, json_response, list_tag
from app.http.dependencies import OpenService, in_thread
from app.http.links import Links, link_header
from app.service import changes_since, record_history

router = APIRouter(tags=["Actions"])
_PROBLEMS = (problems.UNKNOWN_PARAMETER, problems.INVALID_PARAMETER, problems.UNAVAILABLE)


@router.get(
    "/changes",
    operation_id="suivreChangements",
    summary="Suivre ce qui change au catalogue",
    response_model=schemas.ChangeList,
    responses=responses(*_PROBLEMS, problems.FOREIGN_CURSOR, headers=["Link"]),
    openapi_extra=parameters_extra(CHANGE_PARAMETERS),
)
@in_thread
def list_changes(request: Request, service: OpenService) -> Response:
    """Ce qui a été créé, modifié ou supprimé depuis un curseur, dans l'ordre, chaque action une fois."""
    values = read_values(request.query_params.multi_items(), CHANGE_PARAMETERS)
    cursor, limit = single_value(values, "since", ChangeCursor()), single_value(values, "limit", DEFAULT_CHANGES)

    def make_response() -> Response:
        page = changes_since(service.store, cursor, limit)
        links = Links.of(request)
        next_cursor = page.cursor.encode()
        page_links = links.change_pages(request, next_cursor)
        items = [change_document(change, links) for change in page.items]
        document = {"items": items, "cursor": next_cursor, "more": page.more, "links": page_links}
        return json_response(document, link_header(page_links))

    return conditional_response(request, list_tag(request, service), make_response)


@router.get(
    "/actions/{id}/history",
    operation_id="lireHistorique",
    summary="Lire l'historique d'une action",
    response_model=schemas.History,
    responses=responses(*_PROBLEMS, problems.NOT_FOUND, headers=["Link"]),
    openapi_extra=parameters_extra(PAGING_PARAMETERS),
)
@in_thread
def read_history(request: Request, id: ActionId, service: OpenService) -> Response:  # noqa: A002 - the contract names it so
    """Les versions d'une action, supprimée ou non, la plus récente d'abord : quand, par qui, ce qui a changé."""
    values = read_values(request.query_params.multi_items(), PAGING_PARAMETERS)
    page, per_page = single_value(values, "page", 1), single_value(values, "per_page", DEFAULT_PER_PAGE)
    tag = list_tag(request, service)
    events, total = record_history(service.store, id, offset=(page - 1) * per_page, limit=per_page)

    def make_response() -> Response:
        pages = ceil(total / per_page)
        links = Links.of(request).pages(request, page=page, pages=pages)
        items = [history_document(event) for event in events]
        counts = {"total": total, "page": page, "per_page": per_page, "pages": pages}
        return json_response({"id": id, "items": items, **counts, "links": links}, link_header(links))

    return conditional_response(request, tag, make_response)
