"""The endpoints that lead further: what completes the words being typed, and the actions that are near another one."""

from fastapi import APIRouter, Request, Response

from app.api.json_documents import similar_document, suggestion_document
from app.api.openapi.document import parameters_extra, responses
from app.api.path_parameters import ActionId
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
_REFUSALS = (problems.UNKNOWN_PARAMETER, problems.INVALID_PARAMETER, problems.UNAVAILABLE)


@router.get(
    "/suggest",
    operation_id="suggerer",
    summary="Compléter ce qui est tapé",
    response_model=schemas.SuggestionList,
    responses=responses(*_REFUSALS),
    openapi_extra=parameters_extra(SUGGEST_PARAMETERS),
)
async def suggest(request: Request, catalogue: OpenService) -> Response:
    """Des titres, mots clés, structures et lieux qui commencent ainsi, ou presque, le plus utile d'abord."""
    values = read_values(request.query_params.multi_items(), SUGGEST_PARAMETERS)
    text, size = single_value(values, "q", ""), single_value(values, "size", DEFAULT_SUGGESTIONS)

    def answer() -> Response:
        return json_response({"items": [suggestion_document(found) for found in catalogue.suggest(text, size)]})

    return await search_in_thread(request, lambda: conditional_response(request, list_tag(request, catalogue), answer))


@router.get(
    "/actions/{id}/similar",
    operation_id="lireActionsProches",
    summary="Lire les actions proches d'une action",
    response_model=schemas.SimilarList,
    responses=responses(*_REFUSALS, problems.NOT_FOUND, problems.GONE),
    openapi_extra=parameters_extra(SIMILAR_PARAMETERS),
)
async def list_similar(request: Request, id: ActionId, catalogue: OpenService) -> Response:  # noqa: A002 - the contract names it so
    """Les actions dont les mots ressemblent le plus aux siens, avec les mots qui les rapprochent."""
    values = read_values(request.query_params.multi_items(), SIMILAR_PARAMETERS)
    size = single_value(values, "size", DEFAULT_SIMILAR)

    def answer() -> Response:
        links = Links.of(request)
        return json_response({"items": [similar_document(found, links) for found in catalogue.similar(id, size)]})

    def find() -> Response:
        catalogue.record(id)  # without it there is nothing to answer, not even 304
        return conditional_response(request, list_tag(request, catalogue), answer)

    return await search_in_thread(request, find)
