"""The headers that answers carry: each described once for the OpenAPI document, and which answer has which."""

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
"""Each header by its name, and `ETag` once more for records, for the components of the document."""


def header_references(*names: str) -> Headers:
    """Return the headers of an answer, each by a reference to its description."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


_VERSION: Headers = {"ETag": {"$ref": "#/components/headers/ETagFiche"}}
_OF_RECORDS = ("lireAction", "lireActionTexte")
_OF_WRITES: dict[str, Headers] = {
    "200": {**_VERSION, **header_references("Search-Status")},
    "201": {**header_references("Location", "Search-Status"), **_VERSION},
    "204": header_references("Search-Status"),
}
_OF_STATUS = {
    "401": header_references("WWW-Authenticate"),
    "403": header_references("WWW-Authenticate"),
    "429": header_references("Retry-After"),
    "503": header_references("Retry-After"),
}
_OF_FILES = ("Last-Modified", "Link")  # which a file is told by, whether it is given anew or not
_BY_CONNECTIONS = {"408", "431"}  # answered before there is a request that could be named or counted


def add_response_headers(operation: dict[str, Any]) -> None:
    """Give each answer of `operation` the headers that it has beside those that its endpoint declares."""
    answers: dict[str, dict[str, Any]] = operation["responses"]
    of_all = header_references("X-Request-Id", *(("RateLimit", "RateLimit-Policy") if "429" in answers else ()))
    for status, answer in answers.items():
        if status not in _BY_CONNECTIONS:
            answer["headers"] = {**answer.get("headers", {}), **_own(operation, status), **of_all}


def _own(operation: dict[str, Any], status: str) -> Headers:
    """Return the headers that an answer of that status has in `operation`, by what the operation is."""
    answers = operation["responses"]
    if "security" in operation and status in _OF_WRITES:
        return _OF_WRITES[status]
    if "304" in answers and status in {"200", "304"}:
        tag = _VERSION if operation["operationId"] in _OF_RECORDS else header_references("ETag")
        declared = answers["200"].get("headers", {})
        kept = (name for name in _OF_FILES if name in declared) if "Last-Modified" in declared else ()
        return {**tag, **header_references(*kept)}
    if status == "415":
        patch = MERGE_PATCH in operation["requestBody"]["content"]
        return header_references("Accept-Patch" if patch else "Accept", "Accept-Encoding")
    return _OF_STATUS.get(status, {})
