"""Endpoints of completion and of similar actions."""

from fastapi import APIRouter, Request, Response

from app.api.openapi.document import parameters_extra, responses
from app.api.path_parameters import ActionId
from app.api.response_documents import similar_document, suggestion_document
from app.api.schemas import actions as schemas
from app.catalogue.parameters import (
    DEFAULT_SIMILAR,
    DEFAULT_SUGGESTIONS,
    SIMILAR_PARAMETERS,
    SUGGEST_PARAMETERS,
    read_values,
    single_value,
)
from app.http import problems
from app.http.conditional_requests import conditional_response, json_response, list_tag
from app.http.dependencies import OpenService, search_in_thread
from app.http.links import Links

router = APIRouter(tags=["Actions"])
_PROBLEMS = (problems.UNKNOWN_PARAMETER, problems.INVALID_PARAMETER, problems.UNAVAILABLE)


@router.get(
    "/suggest",
    operation_id="suggerer",
    summary="Compléter ce qui est tapé",
    response_model=schemas.SuggestionList,
    responses=responses(*_PROBLEMS),
    openapi_extra=parameters_extra(SUGGEST_PARAMETERS),
)
async def suggest(request: Request, service: OpenService) -> Response:
    """Des titres, mots clés, structures et lieux qui commencent ainsi, ou presque, le plus utile d'abord."""
    values = read_values(request.query_params.multi_items(), SUGGEST_PARAMETERS)
    text, size = single_value(values, "q", ""), single_value(values, "size", DEFAULT_SUGGESTIONS)

    def make_response() -> Response:
        return json_response({"items": [suggestion_document(suggestion) for suggestion in service.suggest(text, size)]})

    return await search_in_thread(
        request, lambda: conditional_response(request, list_tag(request, service), make_response)
    )


@router.get(
    "/actions/{id}/similar",
    operation_id="lireActionsProches",
    summary="Lire les actions proches d'une action",
    response_model=schemas.SimilarList,
    responses=responses(*_PROBLEMS, problems.NOT_FOUND, problems.GONE),
    openapi_extra=parameters_extra(SIMILAR_PARAMETERS),
)
async def list_similar(request: Request, id: ActionId, service: OpenService) -> Response:  # noqa: A002 - the contract names it so
    """Les actions dont les mots ressemblent le plus aux siens, avec les mots qui les rapprochent."""
    values = read_values(request.query_params.multi_items(), SIMILAR_PARAMETERS)
    size = single_value(values, "size", DEFAULT_SIMILAR)

    def make_response() -> Response:
        links = Links.of(request)
        return json_response({"items": [similar_document(record, links) for record in service.similar(id, size)]})

    def find_similar() -> Response:
        service.record(id)  # raises for an unknown action, before If-None-Match is read
        return conditional_response(request, list_tag(request, service), make_response)

    return await search_in_thread(request, find_similar)
