"""Endpoints that describe the data set: Table Schema, DCAT, JSON-LD context."""

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
from app.http.dependencies import OpenService, in_thread
from app.http.publication import publication
from app.service import EXPORT_FORMATS, CatalogueService

router = APIRouter(tags=["Exports"])
_PROBLEMS = (problems.UNKNOWN_PARAMETER, problems.UNAVAILABLE)
_JSON = "application/json"


class _JsonLdResponse(JSONResponse):
    media_type = linked_data.JSON_LD_MEDIA_TYPE


@router.get(
    "/schema.json",
    operation_id="lireSchemaTableau",
    summary="Lire le schéma du tableau",
    response_model=TableSchema,
    responses=responses(*_PROBLEMS, headers=["Last-Modified"]),
)
@in_thread
def schema(request: Request, service: OpenService) -> Response:
    """Les colonnes de /actions.csv, selon Table Schema : nom, type, description, contraintes."""
    return _description_response(request, service, table_schema, _JSON)


@router.get(
    "/catalog.jsonld",
    operation_id="lireCatalogueDcat",
    summary="Lire la description du jeu de données",
    response_model=LinkedData,
    response_class=_JsonLdResponse,
    responses=responses(*_PROBLEMS, headers=["Last-Modified"]),
)
@in_thread
def catalog(request: Request, service: OpenService) -> Response:
    """Le jeu de données selon DCAT-AP : titre, éditeur, licence, date, et les fichiers où l'avoir."""
    files = [
        *((name, form.media_type) for name, form in EXPORT_FORMATS.items() if name != "texte"),
        ("atom", atom.ATOM_MEDIA_TYPE),
    ]
    return _description_response(
        request, service, lambda published: linked_data.dcat_catalog(published, files), linked_data.JSON_LD_MEDIA_TYPE
    )


@router.get(
    "/context.jsonld",
    operation_id="lireContexte",
    summary="Lire le contexte JSON-LD",
    response_model=LinkedData,
    response_class=_JsonLdResponse,
    responses=responses(*_PROBLEMS, headers=["Last-Modified"]),
)
@in_thread
def context(request: Request, service: OpenService) -> Response:
    """Ce que veulent dire les clés d'une action, dans les vocabulaires de schema.org et de Dublin Core."""
    return _description_response(request, service, linked_data.json_ld_context, linked_data.JSON_LD_MEDIA_TYPE)


def _description_response(
    request: Request, service: CatalogueService, describe: Callable[[Publication], dict[str, Any]], media_type: str
) -> Response:
    read_values(request.query_params.multi_items(), {})
    published = publication(request, service)

    def make_response() -> Response:
        return Response(json_response(describe(published)).body, media_type=media_type)

    return conditional_response(
        request, list_tag(request, service, published.terms), make_response, modified=published.changed_at
    )
