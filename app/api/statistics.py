"""The endpoint of statistics over all actions of a query."""

from fastapi import APIRouter, Request, Response

from app.api.openapi.document import parameters_extra, responses
from app.api.schemas.statistics import StatisticsDocument
from app.catalogue.request import STATISTICS_PARAMETERS, read_statistics_request
from app.http import problems
from app.http.conditional_requests import conditional_response, json_response, list_tag
from app.http.dependencies import OpenService, search_in_thread
from app.service import query_statistics

router = APIRouter(tags=["Actions"])


@router.get(
    "/stats",
    operation_id="compterActions",
    summary="Lire les statistiques des actions",
    response_model=StatisticsDocument,
    responses=responses(problems.UNKNOWN_PARAMETER, problems.INVALID_PARAMETER, problems.UNAVAILABLE),
    openapi_extra=parameters_extra(STATISTICS_PARAMETERS),
)
async def read_statistics(request: Request, service: OpenService) -> Response:
    """Toutes les actions de la question, comptées : par année, par facette, par paire de mots clés, par rubrique."""
    query = read_statistics_request(request.query_params.multi_items())

    def make_response() -> Response:
        return json_response(query_statistics(query, service.statistics(query)))

    return await search_in_thread(
        request, lambda: conditional_response(request, list_tag(request, service), make_response)
    )
