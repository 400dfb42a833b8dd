"""Endpoints of exports: all matches of a query as a streamed file, and the Atom feed."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request, Response

from app.api.openapi.document import download, parameters_extra, responses
from app.catalogue.request import EXPORT_PARAMETERS, ExportRequest, read_export_request
from app.exporting import atom
from app.exporting.publication import Publication
from app.http import problems
from app.http.conditional_requests import conditional_response, list_tag
from app.http.dependencies import OpenService, search_in_thread
from app.http.links import Links, query_pairs, table_schema_link
from app.http.publication import publication
from app.http.streaming import ChunkedResponse
from app.service import EXPORT_FORMATS, CatalogueService, ExportOptions, render_feed

router = APIRouter(tags=["Exports"])
_PROBLEMS = (problems.UNKNOWN_PARAMETER, problems.INVALID_PARAMETER, problems.UNAVAILABLE)
_FILE_NAME = "actions-centres-sociaux"
_FEED_EXAMPLE = '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr">…</feed>'

# The headers that distinguish a browser, whose user opens the file in a spreadsheet, from a program. Browsers send
# Sec-Fetch-Mode over HTTPS and to localhost only.
_VARY_BY_BROWSER = {"Vary": "Accept, Sec-Fetch-Mode"}


def _responses(name: str, example: str | None = None, *headers: str) -> dict[int | str, dict[str, Any]]:
    return {**responses(*_PROBLEMS), **download(EXPORT_FORMATS[name].media_type, example, *headers)}


@router.get(
    "/actions.csv",
    operation_id="exporterCsv",
    summary="Exporter les actions en CSV",
    response_class=Response,
    responses=_responses("csv", "id,titre,departement_code\r\njardin-partage-1e0605,Jardin partagé,59\r\n", "Link"),
    openapi_extra=parameters_extra(EXPORT_PARAMETERS["csv"]),
)
async def export_csv(request: Request, service: OpenService) -> Response:
    """Toutes les actions d'une question, une ligne par action, pour un tableur ou un programme.

    UTF-8, virgules, une ligne d'en-tête ; les valeurs d'une liste sont séparées par « | » ; un texte qu'un tableur
    prendrait pour une formule est précédé d'une apostrophe. Les colonnes sont décrites par /schema.json.
    """
    export_request = read_export_request(request.query_params.multi_items(), "csv")
    if export_request.bom is None:
        export_request = replace(export_request, bom=_is_opened_by_a_browser(request))
    return await _export(
        request, service, "csv", export_request, {**_VARY_BY_BROWSER, **table_schema_link(Links.of(request))}
    )


@router.get(
    "/actions.jsonl",
    operation_id="exporterLignesJson",
    summary="Exporter les actions en lignes JSON",
    response_class=Response,
    responses=_responses("jsonl", '{"id":"jardin-partage-1e0605","titre":"Jardin partagé"}\n'),
    openapi_extra=parameters_extra(EXPORT_PARAMETERS["jsonl"]),
)
async def export_json_lines(request: Request, service: OpenService) -> Response:
    """Toutes les actions d'une question, un objet JSON par ligne, que « actions import » reprend tel quel."""
    export_request = read_export_request(request.query_params.multi_items(), "jsonl")
    return await _export(request, service, "jsonl", export_request)


@router.get(
    "/actions.xlsx",
    operation_id="exporterClasseur",
    summary="Exporter les actions en classeur Excel",
    response_class=Response,
    responses=_responses("xlsx"),
    openapi_extra=parameters_extra(EXPORT_PARAMETERS["xlsx"]),
)
async def export_workbook(request: Request, service: OpenService) -> Response:
    """Toutes les actions d'une question en une feuille : colonnes typées, en-tête figé et filtres.

    Une seconde feuille dit ce que contient chaque colonne. Un texte plus long que ce que tient une cellule (32 767
    caractères) est coupé, et le dit à sa fin.
    """
    export_request = read_export_request(request.query_params.multi_items(), "xlsx")
    return await _export(request, service, "xlsx", export_request)


@router.get(
    "/actions.atom",
    operation_id="suivreFlux",
    summary="Suivre une question par un flux Atom",
    response_class=Response,
    responses={**responses(*_PROBLEMS), **download(atom.ATOM_MEDIA_TYPE, _FEED_EXAMPLE)},
    openapi_extra=parameters_extra(EXPORT_PARAMETERS["atom"]),
)
async def feed(request: Request, service: OpenService) -> Response:
    """Les 50 premières actions d'une question, les dernières modifiées d'abord si « sort » ne dit rien d'autre."""
    query = read_export_request(request.query_params.multi_items(), "atom").query

    def make_response(published: Publication) -> Response:
        written = render_feed(service, query, query_pairs(request), published)
        return Response(written, headers=_disposition(service, "atom", "inline"), media_type=atom.ATOM_MEDIA_TYPE)

    def respond() -> Response:
        published = publication(request, service)
        tag = list_tag(request, service, published.terms)
        return conditional_response(request, tag, lambda: make_response(published), modified=published.changed_at)

    return await search_in_thread(request, respond)


async def _export(
    request: Request,
    service: CatalogueService,
    name: str,
    export_request: ExportRequest,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return the response with all matches, in the order of the list, in the format of that name."""
    # The default order of the API; exports of the command line default to the order of creation.
    ordered = replace(export_request.query, sort=export_request.query.order)
    export_format = EXPORT_FORMATS[name]
    options = ExportOptions(export_request.keys, bom=bool(export_request.bom))

    def make_response() -> Response:
        chunks = export_format.write(service.iter_records(ordered), options)
        return ChunkedResponse(chunks, _disposition(service, export_format.suffix), export_format.media_type)

    def respond() -> Response:
        tag = list_tag(request, service, variant=f"{name} {options.bom}")
        return conditional_response(request, tag, make_response, modified=service.changed_at(), headers=headers)

    return await search_in_thread(request, respond)


def _disposition(service: CatalogueService, suffix: str, disposition: str = "attachment") -> dict[str, str]:
    day = service.store.now().date().isoformat()
    return {"Content-Disposition": f'{disposition}; filename="{_FILE_NAME}-{day}.{suffix}"'}


def _is_opened_by_a_browser(request: Request) -> bool:
    navigates = request.headers.get("sec-fetch-mode") == "navigate"
    return navigates or "text/html" in request.headers.get("accept", "")
