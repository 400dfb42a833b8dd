"""Endpoints that read actions: the list, the facets, one action as JSON or text."""

from http import HTTPStatus
from math import ceil
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse

from app.api.openapi.document import parameters_extra, responses
from app.api.path_parameters import ActionId
from app.api.response_documents import facet_documents, item_document, linked_record_document
from app.api.schemas import actions as schemas
from app.catalogue.cursor import encode_cursor
from app.catalogue.parameters import is_typeahead, read_values
from app.catalogue.record import Record
from app.catalogue.request import (
    FACET_LIST_PARAMETERS,
    LIST_PARAMETERS,
    ListRequest,
    read_facet_request,
    read_list_request,
)
from app.http import problems
from app.http.conditional_requests import conditional_response, json_response, list_tag, mark_uncacheable, record_tag
from app.http.context import context_of
from app.http.dependencies import OpenService, in_thread, search_in_thread
from app.http.links import Links, json_ld_context_link, link_header
from app.service import ResultPage, export_text, page_warning_documents, warning_documents

router = APIRouter(tags=["Actions"])
_PROBLEMS = (problems.UNKNOWN_PARAMETER, problems.INVALID_PARAMETER, problems.UNAVAILABLE)


@router.get(
    "/actions",
    operation_id="listerActions",
    summary="Filtrer et chercher les actions",
    response_model=schemas.ActionList,
    responses=responses(*_PROBLEMS, headers=["Link"]),
    openapi_extra=parameters_extra(LIST_PARAMETERS),
)
async def list_actions(request: Request, service: OpenService) -> Response:
    """Une page d'actions : filtres, recherche, ordre, facettes, total exact et adresses des autres pages."""
    pairs = request.query_params.multi_items()
    list_request = read_list_request(pairs)

    def make_response() -> Response:
        results = service.search(list_request.query, typeahead=is_typeahead(pairs))
        if results.has_no_match:
            mark_uncacheable(request)
        document = _list_document(request, list_request, results)
        return json_response(document, link_header(document["links"]))

    return await search_in_thread(
        request, lambda: conditional_response(request, list_tag(request, service), make_response)
    )


@router.get(
    "/facets",
    operation_id="compterFacettes",
    summary="Compter les valeurs des facettes",
    response_model=schemas.FacetList,
    responses=responses(*_PROBLEMS),
    openapi_extra=parameters_extra(FACET_LIST_PARAMETERS),
)
async def list_facets(request: Request, service: OpenService) -> Response:
    """Les facettes d'une question, sans les actions ; toutes si aucune n'est nommée."""
    query = read_facet_request(request.query_params.multi_items())

    def make_response() -> Response:
        result = service.search(query).result
        counts = facet_documents(result)
        return json_response({"total": result.total, **counts, "warnings": warning_documents(query, result)})

    return await search_in_thread(
        request, lambda: conditional_response(request, list_tag(request, service), make_response)
    )


@router.get(
    "/actions/{id}.txt",
    operation_id="lireActionTexte",
    summary="Lire une action au format de l'export",
    response_class=PlainTextResponse,
    responses={
        HTTPStatus.OK.value: {
            "content": {"text/plain": {"example": "Actions\nJardin partagé\n- Structure organisatrice\n"}}
        },
        **responses(*_PROBLEMS[:1], problems.NOT_FOUND, problems.GONE, problems.UNAVAILABLE),
    },
)
@in_thread
def read_action_text(request: Request, id: ActionId, service: OpenService) -> Response:  # noqa: A002 - the contract names it so
    """La fiche, telle que l'export l'écrit."""
    read_values(request.query_params.multi_items(), {})
    record = service.record(id)
    return conditional_response(request, _record_tag(request, record), lambda: PlainTextResponse(export_text(record)))


@router.get(
    "/actions/{id}",
    operation_id="lireAction",
    summary="Lire une action",
    response_model=schemas.Action,
    responses=responses(*_PROBLEMS[:1], problems.NOT_FOUND, problems.GONE, problems.UNAVAILABLE, headers=["Link"]),
)
@in_thread
def read_action(request: Request, id: ActionId, service: OpenService) -> Response:  # noqa: A002 - the contract names it so
    """La fiche entière, avec toutes ses rubriques."""
    read_values(request.query_params.multi_items(), {})
    record = service.record(id)
    links = Links.of(request)
    return conditional_response(
        request,
        _record_tag(request, record),
        lambda: json_response(linked_record_document(record, links), json_ld_context_link(links)),
    )


def _record_tag(request: Request, record: Record) -> str:
    return record_tag(record, context_of(request).settings.public_url)


def _list_document(request: Request, list_request: ListRequest, results: ResultPage) -> dict[str, Any]:
    result = results.result
    links = Links.of(request)
    pages = ceil(result.total / list_request.per_page)
    cursor = encode_cursor(list_request.query, results.end) if results.end else None
    return {
        "items": [item_document(item, links, list_request.keys) for item in results.items],
        "total": result.total,
        "page": list_request.page,
        "per_page": list_request.per_page,
        "pages": pages,
        "next_cursor": cursor,
        **facet_documents(result),
        "suggestion": result.suggestion,
        "relaxed": result.relaxed,
        "full_matches": result.full_matches,
        "warnings": page_warning_documents(list_request.query, results),
        "links": links.pages(request, page=list_request.page, pages=pages, next_cursor=cursor),
    }
