"""Endpoints that write actions: create, replace, patch, delete; they require a key with the scope to write."""

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.convertors import Convertor, register_url_convertor

from app.api.openapi import request_bodies
from app.api.openapi.document import IDEMPOTENCY_KEY, IF_MATCH, SECURED_EXTRA, responses
from app.api.path_parameters import ActionId
from app.api.request_body import JSON, MERGE_PATCH, JsonBody, PatchBody
from app.api.response_documents import linked_record_document
from app.api.schemas import actions as schemas
from app.api.write_dependencies import IdempotencyKey, IfMatch, WritingKey, write_in_thread
from app.catalogue.parameters import read_values
from app.http import problems
from app.http.conditional_requests import json_response, record_tag
from app.http.context import context_of
from app.http.dependencies import OpenService
from app.http.links import Links
from app.service import WriteResult, create_action, delete_action, patch_action, replace_action

router = APIRouter(tags=["Contributions"])


class _WritableId(Convertor[str]):
    """An identifier without the suffix `.txt`: the text of an action is read-only."""

    regex = r"[^/]+(?<!\.txt)"

    def convert(self, value: str) -> str:
        """Return the identifier."""
        return value

    def to_string(self, value: str) -> str:
        """Return the path segment."""
        return value


register_url_convertor("writable_id", _WritableId())
_RECORD_PATH = "/actions/{id:writable_id}"

_NOT_SEARCHABLE = {"Search-Status": "late"}  # the write is stored, and a later one will index it
_COMMON_PROBLEMS = (problems.UNKNOWN_PARAMETER, problems.UNAUTHORIZED, problems.FORBIDDEN, problems.UNAVAILABLE)
_BODY_PROBLEMS = (
    problems.BAD_REQUEST,
    problems.BODY_TOO_LARGE,
    problems.UNSUPPORTED_MEDIA_TYPE,
    problems.INVALID_CONTENT,
    problems.ALREADY_EXISTS,
)
_RECORD_PROBLEMS = (problems.NOT_FOUND, problems.GONE, problems.STALE_VERSION, problems.IF_MATCH_REQUIRED)


def _openapi_extra(*headers: dict[str, Any], body: dict[str, Any] | None = None) -> dict[str, Any]:
    return {**SECURED_EXTRA, **({"parameters": list(headers)} if headers else {}), **(body or {})}


@router.post(
    "/actions",
    operation_id="creerAction",
    summary="Créer une action",
    status_code=HTTPStatus.CREATED,
    response_model=schemas.Action,
    responses=responses(
        *_COMMON_PROBLEMS,
        *_BODY_PROBLEMS,
        problems.INVALID_PARAMETER,
        problems.IDEMPOTENCY_KEY_REUSED,
        not_modified=False,
    ),
    openapi_extra=_openapi_extra(IDEMPOTENCY_KEY, body=request_bodies.request_body(request_bodies.WHOLE_SCHEMA, JSON)),
)
async def post_action(
    request: Request, service: OpenService, key: WritingKey, idempotency_key: IdempotencyKey, document: JsonBody
) -> Response:
    """La fiche est enregistrée, et la recherche la trouve, quand la réponse arrive ; `Location` donne son adresse."""
    read_values(request.query_params.multi_items(), {})
    written = await write_in_thread(request, create_action, service, document, key=key, idempotency_key=idempotency_key)
    response = _record_response(request, written)
    response.status_code = HTTPStatus.CREATED
    response.headers["Location"] = Links.of(request).record(written.record.id)["self"]
    return response


@router.put(
    _RECORD_PATH,
    operation_id="remplacerAction",
    summary="Remplacer une action",
    response_model=schemas.Action,
    responses=responses(*_COMMON_PROBLEMS, *_BODY_PROBLEMS, *_RECORD_PROBLEMS, not_modified=False),
    openapi_extra=_openapi_extra(IF_MATCH, body=request_bodies.request_body(request_bodies.WHOLE_SCHEMA, JSON)),
)
async def replace(
    *,
    request: Request,
    id: ActionId,  # noqa: A002 - the contract names it so
    service: OpenService,
    key: WritingKey,
    version_check: IfMatch,
    document: JsonBody,
) -> Response:
    """La fiche ne dit plus que ce qui est donné ; si cela ne change rien, sa version reste la même."""
    read_values(request.query_params.multi_items(), {})
    written = await write_in_thread(
        request, replace_action, service, id, document, key=key, version_check=version_check
    )
    return _record_response(request, written)


@router.patch(
    _RECORD_PATH,
    operation_id="modifierAction",
    summary="Modifier une action",
    response_model=schemas.Action,
    responses=responses(*_COMMON_PROBLEMS, *_BODY_PROBLEMS, *_RECORD_PROBLEMS, not_modified=False),
    # One media type only: with two for one schema, generated Python clients have a module that cannot be imported.
    openapi_extra=_openapi_extra(IF_MATCH, body=request_bodies.request_body(request_bodies.PATCH_SCHEMA, MERGE_PATCH)),
)
async def patch(
    *,
    request: Request,
    id: ActionId,  # noqa: A002 - the contract names it so
    service: OpenService,
    key: WritingKey,
    version_check: IfMatch,
    document: PatchBody,
) -> Response:
    """Change les rubriques données et elles seules (JSON Merge Patch, RFC 7396).

    Le même corps se prend aussi en « application/json ».
    """
    read_values(request.query_params.multi_items(), {})
    written = await write_in_thread(request, patch_action, service, id, document, key=key, version_check=version_check)
    return _record_response(request, written)


@router.delete(
    _RECORD_PATH,
    operation_id="supprimerAction",
    summary="Supprimer une action",
    status_code=HTTPStatus.NO_CONTENT,
    response_class=Response,
    responses=responses(*_COMMON_PROBLEMS, *_RECORD_PROBLEMS, not_modified=False),
    openapi_extra=_openapi_extra(IF_MATCH),
)
async def delete(
    *,
    request: Request,
    id: ActionId,  # noqa: A002 - the contract names it so
    service: OpenService,
    key: WritingKey,
    version_check: IfMatch,
) -> Response:
    """La fiche quitte le catalogue : son adresse répond 410, son historique reste lisible."""
    read_values(request.query_params.multi_items(), {})
    written = await write_in_thread(request, delete_action, service, id, key=key, version_check=version_check)
    return Response(status_code=HTTPStatus.NO_CONTENT, headers=_headers(written))


def _record_response(request: Request, written: WriteResult) -> Response:
    """Return the written record, with the tag that the next change needs."""
    tag = record_tag(written.record, context_of(request).settings.public_url)
    document = linked_record_document(written.record, Links.of(request))
    return json_response(document, {"ETag": tag, **_headers(written)})


def _headers(written: WriteResult) -> dict[str, str]:
    return {"Cache-Control": "no-store", **({} if written.searchable else _NOT_SEARCHABLE)}
