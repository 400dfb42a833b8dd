"""The endpoints that describe the data to machines: the columns of its table, its terms, and where it can be had."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from app.api.openapi.document import responses
from app.api.schemas.dataset import LinkedData, TableSchema
from app.catalogue.parameters import read_values
from app.exporting import atom, linked_data
from app.exporting.publication import Publication
from app.exporting.table_schema import table_schema
from app.http import problems
from app.http.conditional_requests import conditional_response, json_response, list_tag
from app.http.dependencies import OpenService
from app.http.publication import publication
from app.service import EXPORT_FORMATS, CatalogueService

router = APIRouter(tags=["Exports"])
_REFUSALS = (problems.UNKNOWN_PARAMETER, problems.UNAVAILABLE)
_JSON = "application/json"


class _LinkedResponse(JSONResponse):
    media_type = linked_data.JSON_LD_MEDIA_TYPE


@router.get(
    "/schema.json",
    operation_id="lireSchemaTableau",
    summary="Lire le schéma du tableau",
    response_model=TableSchema,
    responses=responses(*_REFUSALS, headers=["Last-Modified"]),
)
def schema(request: Request, catalogue: OpenService) -> Response:
    """Les colonnes de /actions.csv, selon Table Schema : nom, type, description, contraintes."""
    return _described(request, catalogue, table_schema, _JSON)


@router.get(
    "/catalog.jsonld",
    operation_id="lireCatalogueDcat",
    summary="Lire la description du jeu de données",
    response_model=LinkedData,
    response_class=_LinkedResponse,
    responses=responses(*_REFUSALS, headers=["Last-Modified"]),
)
def catalog(request: Request, catalogue: OpenService) -> Response:
    """Le jeu de données selon DCAT-AP : titre, éditeur, licence, date, et les fichiers où l'avoir."""
    files = [
        *((name, form.media_type) for name, form in EXPORT_FORMATS.items() if name != "texte"),
        ("atom", atom.ATOM_MEDIA_TYPE),
    ]
    return _described(
        request, catalogue, lambda known: linked_data.dcat_catalog(known, files), linked_data.JSON_LD_MEDIA_TYPE
    )


@router.get(
    "/context.jsonld",
    operation_id="lireContexte",
    summary="Lire le contexte JSON-LD",
    response_model=LinkedData,
    response_class=_LinkedResponse,
    responses=responses(*_REFUSALS, headers=["Last-Modified"]),
)
def context(request: Request, catalogue: OpenService) -> Response:
    """Ce que veulent dire les clés d'une action, dans les vocabulaires de schema.org et de Dublin Core."""
    return _described(request, catalogue, linked_data.json_ld_context, linked_data.JSON_LD_MEDIA_TYPE)


def _described(
    request: Request, catalogue: CatalogueService, describe: Callable[[Publication], dict[str, Any]], media_type: str
) -> Response:
    read_values(request.query_params.multi_items(), {})
    known = publication(request, catalogue)

    def answer() -> Response:
        return Response(json_response(describe(known)).body, media_type=media_type)

    return conditional_response(request, list_tag(request, catalogue, known.terms), answer, modified=known.changed_at)
