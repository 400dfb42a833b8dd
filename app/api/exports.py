"""The endpoints of exports: every match of a question as a file, made and sent piece by piece."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request, Response

from app import service
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
from app.service import EXPORT_FORMATS, CatalogueService, ExportOptions

router = APIRouter(tags=["Exports"])
_REFUSALS = (problems.UNKNOWN_PARAMETER, problems.INVALID_PARAMETER, problems.UNAVAILABLE)
_FILE = "actions-centres-sociaux"
_FEED = '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr">…</feed>'

# What tells someone who opens an address in a browser, to look at it in a spreadsheet, from a program. Sec-Fetch-Mode
# alone would not do: browsers send it only over HTTPS and to their own machine.
_BROWSING = {"Vary": "Accept, Sec-Fetch-Mode"}


def _responses(name: str, example: str | None = None, *headers: str) -> dict[int | str, dict[str, Any]]:
    return {**responses(*_REFUSALS), **download(EXPORT_FORMATS[name].media_type, example, *headers)}


@router.get(
    "/actions.csv",
    operation_id="exporterCsv",
    summary="Exporter les actions en CSV",
    response_class=Response,
    responses=_responses("csv", "id,titre,departement_code\r\njardin-partage-1e0605,Jardin partagé,59\r\n", "Link"),
    openapi_extra=parameters_extra(EXPORT_PARAMETERS["csv"]),
)
async def export_csv(request: Request, catalogue: OpenService) -> Response:
    """Toutes les actions d'une question, une ligne par action, pour un tableur ou un programme.

    UTF-8, virgules, une ligne d'en-tête ; les valeurs d'une liste sont séparées par « | » ; un texte qu'un tableur
    prendrait pour une formule est précédé d'une apostrophe. Les colonnes sont décrites par /schema.json.
    """
    asked = read_export_request(request.query_params.multi_items(), "csv")
    if asked.bom is None:
        asked = replace(asked, bom=_is_opened_by_a_browser(request))
    return await _export(request, catalogue, "csv", asked, {**_BROWSING, **table_schema_link(Links.of(request))})


@router.get(
    "/actions.jsonl",
    operation_id="exporterLignesJson",
    summary="Exporter les actions en lignes JSON",
    response_class=Response,
    responses=_responses("jsonl", '{"id":"jardin-partage-1e0605","titre":"Jardin partagé"}\n'),
    openapi_extra=parameters_extra(EXPORT_PARAMETERS["jsonl"]),
)
async def export_json_lines(request: Request, catalogue: OpenService) -> Response:
    """Toutes les actions d'une question, un objet JSON par ligne, que « actions import » reprend tel quel."""
    asked = read_export_request(request.query_params.multi_items(), "jsonl")
    return await _export(request, catalogue, "jsonl", asked)


@router.get(
    "/actions.xlsx",
    operation_id="exporterClasseur",
    summary="Exporter les actions en classeur Excel",
    response_class=Response,
    responses=_responses("xlsx"),
    openapi_extra=parameters_extra(EXPORT_PARAMETERS["xlsx"]),
)
async def export_workbook(request: Request, catalogue: OpenService) -> Response:
    """Toutes les actions d'une question en une feuille : colonnes typées, en-tête figé et filtres.

    Une seconde feuille dit ce que contient chaque colonne. Un texte plus long que ce que tient une cellule (32 767
    caractères) est coupé, et le dit à sa fin.
    """
    asked = read_export_request(request.query_params.multi_items(), "xlsx")
    return await _export(request, catalogue, "xlsx", asked)


@router.get(
    "/actions.atom",
    operation_id="suivreFlux",
    summary="Suivre une question par un flux Atom",
    response_class=Response,
    responses={**responses(*_REFUSALS), **download(atom.ATOM_MEDIA_TYPE, _FEED)},
    openapi_extra=parameters_extra(EXPORT_PARAMETERS["atom"]),
)
async def feed(request: Request, catalogue: OpenService) -> Response:
    """Les 50 premières actions d'une question, les dernières modifiées d'abord si « sort » ne dit rien d'autre."""
    query = read_export_request(request.query_params.multi_items(), "atom").query

    def answer(known: Publication) -> Response:
        written = service.render_feed(catalogue, query, query_pairs(request), known)
        return Response(written, headers=_named(catalogue, "atom", "inline"), media_type=atom.ATOM_MEDIA_TYPE)

    def tagged() -> Response:
        known = publication(request, catalogue)
        tag = list_tag(request, catalogue, known.terms)
        return conditional_response(request, tag, lambda: answer(known), modified=known.changed_at)

    return await search_in_thread(request, tagged)


async def _export(
    request: Request,
    catalogue: CatalogueService,
    name: str,
    asked: ExportRequest,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return all that is asked for, in the order of the list, in the format of that name."""
    # A list is always in an order; the command line's exports keep that of arrival when none is asked for.
    ordered = replace(asked.query, sort=asked.query.order)
    form = EXPORT_FORMATS[name]
    shape = ExportOptions(asked.keys, bom=bool(asked.bom))

    def answer() -> Response:
        pieces = form.write(catalogue.iter_records(ordered), shape)
        return ChunkedResponse(pieces, _named(catalogue, form.suffix), form.media_type)

    def tagged() -> Response:
        tag = list_tag(request, catalogue, variant=f"{name} {shape.bom}")
        return conditional_response(request, tag, answer, modified=catalogue.changed_at(), headers=headers)

    return await search_in_thread(request, tagged)


def _named(catalogue: CatalogueService, suffix: str, how: str = "attachment") -> dict[str, str]:
    day = catalogue.store.now().date().isoformat()
    return {"Content-Disposition": f'{how}; filename="{_FILE}-{day}.{suffix}"'}


def _is_opened_by_a_browser(request: Request) -> bool:
    navigates = request.headers.get("sec-fetch-mode") == "navigate"
    return navigates or "text/html" in request.headers.get("accept", "")
