"""Response headers in the OpenAPI document: their descriptions, and the headers of each response."""

from typing import Any

from app.api.path_parameters import EXAMPLE_ACTION_ID
from app.api.request_body import MERGE_PATCH

Headers = dict[str, Any]
LIST_TAG = 'W/"3f2a9c81d04e"'
RECORD_TAG = '"1-3f2a9c81d04e"'


def _text(description: str, example: str, **more: Any) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string", **more, "examples": [example]}}


HEADER_DESCRIPTIONS: dict[str, dict[str, Any]] = {
    "Accept": _text("Le type de corps qui est pris", "application/json"),
    "Accept-Encoding": _text("Le corps est pris sans compression", "identity"),
    "Accept-Patch": _text("Les types de corps qui sont pris", "application/merge-patch+json, application/json"),
    "Content-Disposition": _text(
        "Le nom du fichier, avec la date du jour", 'attachment; filename="actions-centres-sociaux-2026-11-25.csv"'
    ),
    "ETag": _text("Étiquette de la réponse, à renvoyer dans If-None-Match", LIST_TAG),
    "ETagFiche": _text(
        "Étiquette de la fiche, à renvoyer dans If-None-Match, ou dans If-Match pour la modifier", RECORD_TAG
    ),
    "Last-Modified": _text("Quand le catalogue a changé pour la dernière fois", "Wed, 25 Nov 2026 09:00:00 GMT"),
    "Link": _text(
        "Adresses voisines (RFC 8288) : les autres pages d'une liste, ou ce qui décrit les données ; absent quand il "
        "serait trop long",
        '<https://actions.example/actions?page=2>; rel="next"',
    ),
    "Location": _text("Adresse de la fiche", f"https://actions.example/actions/{EXAMPLE_ACTION_ID}"),
    "RateLimit": _text("Ce qui reste de demandes, et dans combien de secondes il y en aura plus", '"address";r=42;t=1'),
    "RateLimit-Policy": _text("Combien de demandes sont permises, et par combien de secondes", '"address";q=500;w=5'),
    "Retry-After": {
        "description": "Secondes avant de redemander",
        "schema": {"type": "integer", "examples": [5]},
    },
    "Search-Status": _text(
        "« late » quand l'écriture tient mais que la recherche ne la trouve pas encore ; absent sinon",
        "late",
        enum=["late"],
    ),
    "WWW-Authenticate": _text("Ce qui est attendu : une clé, et sa portée", 'Bearer realm="actions"'),
    "X-Request-Id": _text("Le nom de la demande, celui que l'appelant lui donne s'il en donne un", "3f2a9c81d04e5b67"),
}
"""Header descriptions by component name: the header itself, and `ETagFiche` for the ETag of records."""


def header_references(*names: str) -> Headers:
    """Return the headers of a response, as references to their descriptions."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


_RECORD_ETAG: Headers = {"ETag": {"$ref": "#/components/headers/ETagFiche"}}
_RECORD_OPERATIONS = ("lireAction", "lireActionTexte")
_WRITE_HEADERS: dict[str, Headers] = {
    "200": {**_RECORD_ETAG, **header_references("Search-Status")},
    "201": {**header_references("Location", "Search-Status"), **_RECORD_ETAG},
    "204": header_references("Search-Status"),
}
_HEADERS_BY_STATUS = {
    "401": header_references("WWW-Authenticate"),
    "403": header_references("WWW-Authenticate"),
    "429": header_references("Retry-After"),
    "503": header_references("Retry-After"),
}
_FILE_HEADERS = ("Last-Modified", "Link")  # headers of the 200 and the 304 of a file
_SERVER_RESPONSES = {"408", "431"}  # sent by the server, before a request has an identifier


def add_response_headers(operation: dict[str, Any]) -> None:
    """Add to each response of `operation` the headers that its endpoint does not declare."""
    responses: dict[str, dict[str, Any]] = operation["responses"]
    rate_limit = ("RateLimit", "RateLimit-Policy") if "429" in responses else ()
    common = header_references("X-Request-Id", *rate_limit)
    for status, response in responses.items():
        if status not in _SERVER_RESPONSES:
            headers = response.get("headers", {})
            response["headers"] = {**headers, **_headers_by_operation(operation, status), **common}


def _headers_by_operation(operation: dict[str, Any], status: str) -> Headers:
    """Return the headers that derive from the kind of operation and the status."""
    responses = operation["responses"]
    if "security" in operation and status in _WRITE_HEADERS:
        return _WRITE_HEADERS[status]
    if "304" in responses and status in {"200", "304"}:
        tag = _RECORD_ETAG if operation["operationId"] in _RECORD_OPERATIONS else header_references("ETag")
        declared = responses["200"].get("headers", {})
        file_headers = (name for name in _FILE_HEADERS if name in declared) if "Last-Modified" in declared else ()
        return {**tag, **header_references(*file_headers)}
    if status == "415":
        patch = MERGE_PATCH in operation["requestBody"]["content"]
        return header_references("Accept-Patch" if patch else "Accept", "Accept-Encoding")
    return _HEADERS_BY_STATUS.get(status, {})
