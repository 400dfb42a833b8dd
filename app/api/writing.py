"""The endpoints that write actions: create, replace, patch, delete, for who holds a key of that scope."""

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.convertors import Convertor, register_url_convertor

from app.api import problems, schemas, submissions
from app.api.bodies import JSON, MERGE_PATCH, JsonBody, PatchBody
from app.api.dependencies import CreationName, SeenVersion, WritingKey, in_turn
from app.api.documents import record_document
from app.api.identifiers import ActionId
from app.api.openapi import IDEMPOTENCY_KEY, IF_MATCH, SECURED, responses
from app.catalogue.parameters import read_values
from app.http.conditional import json_response, record_tag
from app.http.dependencies import OpenCatalogue
from app.http.links import Links
from app.service import Written, create_action, delete_action, patch_action, replace_action

router = APIRouter(tags=["Contributions"])


class _Bare(Convertor[str]):
    """An identifier in an address without a form after it: a record in the export's format can be read alone."""

    regex = r"[^/]+(?<!\.txt)"

    def convert(self, value: str) -> str:
        """Return the identifier."""
        return value

    def to_string(self, value: str) -> str:
        """Return its place in an address."""
        return value


register_url_convertor("bare", _Bare())
_RECORD = "/actions/{id:bare}"

_NOT_FOUND_YET = {"Search-Status": "late"}  # the write is kept, but searches do not find it before a later one
_FOR_ALL = (problems.UNKNOWN_PARAMETER, problems.UNAUTHORIZED, problems.FORBIDDEN, problems.UNAVAILABLE)
_OF_BODY = (
    problems.BAD_REQUEST,
    problems.BODY_TOO_LARGE,
    problems.UNSUPPORTED,
    problems.CONTENT,
    problems.ALREADY_THERE,
)
_OF_RECORD = (problems.NOT_FOUND, problems.GONE, problems.OUTDATED, problems.TAG_WANTED)


def _extra(*headers: dict[str, Any], body: dict[str, Any] | None = None) -> dict[str, Any]:
    return {**SECURED, **({"parameters": list(headers)} if headers else {}), **(body or {})}


@router.post(
    "/actions",
    operation_id="creerAction",
    summary="Créer une action",
    status_code=HTTPStatus.CREATED,
    response_model=schemas.Action,
    responses=responses(*_FOR_ALL, *_OF_BODY, problems.INVALID_PARAMETER, problems.NAME_TAKEN, not_modified=False),
    openapi_extra=_extra(IDEMPOTENCY_KEY, body=submissions.body(submissions.WHOLE, JSON)),
)
async def create(
    request: Request, catalogue: OpenCatalogue, key: WritingKey, name: CreationName, document: JsonBody
) -> Response:
    """La fiche est enregistrée, et la recherche la trouve, quand la réponse arrive ; `Location` donne son adresse."""
    read_values(request.query_params.multi_items(), {})
    written = await in_turn(request, create_action, catalogue, document, key=key, name=name)
    response = _answer(request, written)
    response.status_code = HTTPStatus.CREATED
    response.headers["Location"] = Links.of(request).record(written.record.id)["self"]
    return response


@router.put(
    _RECORD,
    operation_id="remplacerAction",
    summary="Remplacer une action",
    response_model=schemas.Action,
    responses=responses(*_FOR_ALL, *_OF_BODY, *_OF_RECORD, not_modified=False),
    openapi_extra=_extra(IF_MATCH, body=submissions.body(submissions.WHOLE, JSON)),
)
async def replace(
    *,
    request: Request,
    id: ActionId,  # noqa: A002 - the contract names it so
    catalogue: OpenCatalogue,
    key: WritingKey,
    seen: SeenVersion,
    document: JsonBody,
) -> Response:
    """La fiche ne dit plus que ce qui est donné ; si cela ne change rien, sa version reste la même."""
    read_values(request.query_params.multi_items(), {})
    return _answer(request, await in_turn(request, replace_action, catalogue, id, document, key=key, seen=seen))


@router.patch(
    _RECORD,
    operation_id="modifierAction",
    summary="Modifier une action",
    response_model=schemas.Action,
    responses=responses(*_FOR_ALL, *_OF_BODY, *_OF_RECORD, not_modified=False),
    # One type alone: of two that have one schema, a generator of Python clients makes a module that cannot be imported.
    openapi_extra=_extra(IF_MATCH, body=submissions.body(submissions.PATCH, MERGE_PATCH)),
)
async def patch(
    *,
    request: Request,
    id: ActionId,  # noqa: A002 - the contract names it so
    catalogue: OpenCatalogue,
    key: WritingKey,
    seen: SeenVersion,
    document: PatchBody,
) -> Response:
    """Change les rubriques données et elles seules (JSON Merge Patch, RFC 7396).

    Le même corps se prend aussi en « application/json ».
    """
    read_values(request.query_params.multi_items(), {})
    return _answer(request, await in_turn(request, patch_action, catalogue, id, document, key=key, seen=seen))


@router.delete(
    _RECORD,
    operation_id="supprimerAction",
    summary="Supprimer une action",
    status_code=HTTPStatus.NO_CONTENT,
    response_class=Response,
    responses=responses(*_FOR_ALL, *_OF_RECORD, not_modified=False),
    openapi_extra=_extra(IF_MATCH),
)
async def delete(
    *,
    request: Request,
    id: ActionId,  # noqa: A002 - the contract names it so
    catalogue: OpenCatalogue,
    key: WritingKey,
    seen: SeenVersion,
) -> Response:
    """La fiche quitte le catalogue : son adresse répond 410, son historique reste lisible."""
    read_values(request.query_params.multi_items(), {})
    written = await in_turn(request, delete_action, catalogue, id, key=key, seen=seen)
    return Response(status_code=HTTPStatus.NO_CONTENT, headers=_headers(written))


def _answer(request: Request, written: Written) -> Response:
    """Return the record as it was written, under the tag that the next change of it takes."""
    tag = record_tag(written.record, request.app.state.settings.public_url)
    document = record_document(written.record, Links.of(request))
    return json_response(document, {"ETag": tag, **_headers(written)})


def _headers(written: Written) -> dict[str, str]:
    return {"Cache-Control": "no-store", **({} if written.searchable else _NOT_FOUND_YET)}
