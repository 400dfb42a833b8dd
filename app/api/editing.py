"""The endpoints that write actions: create, replace, patch, delete, for who holds a key of that scope."""

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.convertors import Convertor, register_url_convertor

from app.api.json_documents import record_document
from app.api.openapi import request_bodies
from app.api.openapi.document import IDEMPOTENCY_KEY, IF_MATCH, SECURED_EXTRA, responses
from app.api.path_parameters import ActionId
from app.api.request_body import JSON, MERGE_PATCH, JsonBody, PatchBody
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
    problems.UNSUPPORTED_MEDIA_TYPE,
    problems.INVALID_CONTENT,
    problems.ALREADY_EXISTS,
)
_OF_RECORD = (problems.NOT_FOUND, problems.GONE, problems.STALE_VERSION, problems.IF_MATCH_REQUIRED)


def _extra(*headers: dict[str, Any], body: dict[str, Any] | None = None) -> dict[str, Any]:
    return {**SECURED_EXTRA, **({"parameters": list(headers)} if headers else {}), **(body or {})}


@router.post(
    "/actions",
    operation_id="creerAction",
    summary="Créer une action",
    status_code=HTTPStatus.CREATED,
    response_model=schemas.Action,
    responses=responses(
        *_FOR_ALL, *_OF_BODY, problems.INVALID_PARAMETER, problems.IDEMPOTENCY_KEY_REUSED, not_modified=False
    ),
    openapi_extra=_extra(IDEMPOTENCY_KEY, body=request_bodies.request_body(request_bodies.WHOLE_SCHEMA, JSON)),
)
async def create(
    request: Request, catalogue: OpenService, key: WritingKey, name: IdempotencyKey, document: JsonBody
) -> Response:
    """La fiche est enregistrée, et la recherche la trouve, quand la réponse arrive ; `Location` donne son adresse."""
    read_values(request.query_params.multi_items(), {})
    written = await write_in_thread(request, create_action, catalogue, document, key=key, idempotency_key=name)
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
    openapi_extra=_extra(IF_MATCH, body=request_bodies.request_body(request_bodies.WHOLE_SCHEMA, JSON)),
)
async def replace(
    *,
    request: Request,
    id: ActionId,  # noqa: A002 - the contract names it so
    catalogue: OpenService,
    key: WritingKey,
    seen: IfMatch,
    document: JsonBody,
) -> Response:
    """La fiche ne dit plus que ce qui est donné ; si cela ne change rien, sa version reste la même."""
    read_values(request.query_params.multi_items(), {})
    return _answer(
        request, await write_in_thread(request, replace_action, catalogue, id, document, key=key, version_check=seen)
    )


@router.patch(
    _RECORD,
    operation_id="modifierAction",
    summary="Modifier une action",
    response_model=schemas.Action,
    responses=responses(*_FOR_ALL, *_OF_BODY, *_OF_RECORD, not_modified=False),
    # One type alone: of two that have one schema, a generator of Python clients makes a module that cannot be imported.
    openapi_extra=_extra(IF_MATCH, body=request_bodies.request_body(request_bodies.PATCH_SCHEMA, MERGE_PATCH)),
)
async def patch(
    *,
    request: Request,
    id: ActionId,  # noqa: A002 - the contract names it so
    catalogue: OpenService,
    key: WritingKey,
    seen: IfMatch,
    document: PatchBody,
) -> Response:
    """Change les rubriques données et elles seules (JSON Merge Patch, RFC 7396).

    Le même corps se prend aussi en « application/json ».
    """
    read_values(request.query_params.multi_items(), {})
    return _answer(
        request, await write_in_thread(request, patch_action, catalogue, id, document, key=key, version_check=seen)
    )


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
    catalogue: OpenService,
    key: WritingKey,
    seen: IfMatch,
) -> Response:
    """La fiche quitte le catalogue : son adresse répond 410, son historique reste lisible."""
    read_values(request.query_params.multi_items(), {})
    written = await write_in_thread(request, delete_action, catalogue, id, key=key, version_check=seen)
    return Response(status_code=HTTPStatus.NO_CONTENT, headers=_headers(written))


def _answer(request: Request, written: WriteResult) -> Response:
    """Return the record as it was written, under the tag that the next change of it takes."""
    tag = record_tag(written.record, context_of(request).settings.public_url)
    document = record_document(written.record, Links.of(request))
    return json_response(document, {"ETag": tag, **_headers(written)})


def _headers(written: WriteResult) -> dict[str, str]:
    return {"Cache-Control": "no-store", **({} if written.searchable else _NOT_FOUND_YET)}
