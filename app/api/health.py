"""Endpoints for monitoring: liveness, readiness, metrics."""

from fastapi import APIRouter, Request, Response

from app.api.openapi.document import responses
from app.api.schemas import actions as schemas
from app.http import problems
from app.http.conditional_requests import json_response
from app.http.context import context_of
from app.http.dependencies import OpenService

router = APIRouter(tags=["Service"])
_UNCACHED = {"Cache-Control": "no-store"}


@router.get(
    "/health/live",
    operation_id="vivant",
    summary="Le service répond-il ?",
    response_model=schemas.Live,
    responses=responses(problems.UNAVAILABLE, not_modified=False, limited=False),
)
async def liveness() -> Response:
    """Répond dès que le service tourne, sans rien lire."""
    return json_response({"status": "ok"}, _UNCACHED)


@router.get(
    "/health/ready",
    operation_id="pret",
    summary="Le service peut-il servir ?",
    response_model=schemas.Ready,
    responses=responses(problems.UNAVAILABLE, not_modified=False, limited=False),
)
def readiness(service: OpenService) -> Response:
    """Ce que tiennent le magasin et l'index, et le retard de l'index ; 503 si l'un d'eux ne répond pas.

    « damaged » compte ce que ce processus n'a pas pu lire ; le reste est servi, et « actions check » dit où c'est.
    """
    health = service.health()
    return json_response(
        {
            "status": "ok",
            "store": {"change": health.store_change, "records": health.store_records},
            "index": {"change": health.index_change, "records": health.index_records},
            "lag": health.lag,
            "damaged": health.damaged,
        },
        _UNCACHED,
    )


@router.get("/metrics", include_in_schema=False)
def metrics(request: Request) -> Response:
    """Return the metrics of this process in the Prometheus text format."""
    return context_of(request).metrics.response()
