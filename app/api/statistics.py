"""The endpoint of statistics: what all actions of an answer come to."""

from fastapi import APIRouter, Request, Response

from app.api import problems
from app.api.openapi import parameters, responses
from app.api.statistics_schemas import StatisticsDocument
from app.catalogue.request import STATISTICS, read_statistics_request
from app.http.conditional import conditional, json_response, list_tag
from app.http.dependencies import OpenCatalogue, search_in_thread
from app.service import statistics_document

router = APIRouter(tags=["Actions"])


@router.get(
    "/stats",
    operation_id="compterActions",
    summary="Lire les statistiques des actions",
    response_model=StatisticsDocument,
    responses=responses(problems.UNKNOWN_PARAMETER, problems.INVALID_PARAMETER, problems.UNAVAILABLE),
    openapi_extra=parameters(STATISTICS),
)
async def read_statistics(request: Request, catalogue: OpenCatalogue) -> Response:
    """Toutes les actions de la question, comptées : par année, par facette, par paire de mots clés, par rubrique."""
    query = read_statistics_request(request.query_params.multi_items())

    def answer() -> Response:
        return json_response(statistics_document(query, catalogue.statistics(query)))

    return await search_in_thread(request, lambda: conditional(request, list_tag(request, catalogue), answer))
