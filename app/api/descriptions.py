"""The endpoints that describe the data to machines: the columns of its table, its terms, and where it can be had."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from app.api import problems
from app.api.description_schemas import LinkedData, TableSchema
from app.api.openapi import responses
from app.api.publication import publication
from app.catalogue.parameters import read_values
from app.exporting import atom, linked_data
from app.exporting.publication import Publication
from app.exporting.table_schema import table_schema
from app.http.conditional import conditional, json_response, list_tag
from app.http.dependencies import OpenCatalogue
from app.service import FORMATS, Catalogue

router = APIRouter(tags=["Exports"])
_REFUSALS = (problems.UNKNOWN_PARAMETER, problems.UNAVAILABLE)
_JSON = "application/json"


class _LinkedResponse(JSONResponse):
    media_type = linked_data.MEDIA_TYPE


@router.get(
    "/schema.json",
    operation_id="lireSchemaTableau",
    summary="Lire le schéma du tableau",
    response_model=TableSchema,
    responses=responses(*_REFUSALS, headers=["Last-Modified"]),
)
def schema(request: Request, catalogue: OpenCatalogue) -> Response:
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
def catalog(request: Request, catalogue: OpenCatalogue) -> Response:
    """Le jeu de données selon DCAT-AP : titre, éditeur, licence, date, et les fichiers où l'avoir."""
    files = [*((name, form.media_type) for name, form in FORMATS.items() if name != "texte"), ("atom", atom.MEDIA_TYPE)]
    return _described(request, catalogue, lambda known: linked_data.catalogue(known, files), linked_data.MEDIA_TYPE)


@router.get(
    "/context.jsonld",
    operation_id="lireContexte",
    summary="Lire le contexte JSON-LD",
    response_model=LinkedData,
    response_class=_LinkedResponse,
    responses=responses(*_REFUSALS, headers=["Last-Modified"]),
)
def context(request: Request, catalogue: OpenCatalogue) -> Response:
    """Ce que veulent dire les clés d'une action, dans les vocabulaires de schema.org et de Dublin Core."""
    return _described(request, catalogue, linked_data.context, linked_data.MEDIA_TYPE)


def _described(
    request: Request, catalogue: Catalogue, describe: Callable[[Publication], dict[str, Any]], media_type: str
) -> Response:
    read_values(request.query_params.multi_items(), {})
    known = publication(request, catalogue)

    def answer() -> Response:
        return Response(json_response(describe(known)).body, media_type=media_type)

    return conditional(request, list_tag(request, catalogue, known.terms), answer, modified=known.changed_at)
