"""The OpenAPI document: parameters and errors of each endpoint, in French, from the tables that the code reads."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app import __version__
from app.api import problems, submissions
from app.api.problems import ProblemKind
from app.api.schemas import Problem
from app.catalogue.parameters import Parameter

TITLE = "Les actions des centres sociaux"
DESCRIPTION = """
Le catalogue des actions que les centres sociaux mènent avec les habitants : filtrer, chercher, compter.

La lecture est ouverte à tous, sans clé ; écrire en demande une. Un filtre répété vaut « ou », des filtres différents
valent « et » ; `FILTRE__not` exclut, `FILTRE__isnull` demande l'absence. Casse et accents ne comptent pas.
"""
TAGS = [
    {"name": "Actions", "description": "Chercher et lire les actions."},
    {"name": "Exports", "description": "Toutes les actions d'une question, en un fichier."},
    {"name": "Écriture", "description": "Créer, modifier et supprimer des actions, avec une clé."},
    {"name": "Structures", "description": "Les structures qui les organisent."},
    {"name": "Service", "description": "L'état du service."},
]


def parameters(known: Mapping[str, Parameter]) -> dict[str, Any]:
    """Return the `openapi_extra` of an endpoint that takes the query parameters of `known`."""
    return {"parameters": [_parameter(parameter) for parameter in known.values()]}


def _parameter(parameter: Parameter) -> dict[str, Any]:
    # The example stands in the schema: explorers would send one of the parameter itself along with every call.
    schema = {**parameter.schema, **({"examples": [_example(parameter)]} if parameter.example else {})}
    repeated = {"style": "form", "explode": True} if parameter.repeatable else {}
    return {
        "name": parameter.name,
        "in": "query",
        "required": False,
        "description": parameter.description,
        "schema": {"type": "array", "items": schema} if parameter.repeatable else schema,
        **repeated,
    }


def _example(parameter: Parameter) -> str | int | bool:
    """Return the example as the schema types it."""
    match parameter.schema["type"]:
        case "integer":
            return int(parameter.example)
        case "boolean":
            return parameter.example == "true"
        case _:
            return parameter.example


def responses(*kinds: ProblemKind, not_modified: bool = True, limited: bool = True) -> dict[int | str, dict[str, Any]]:
    """Return the answers of an endpoint beside its own: 304, 414, 429, 500, and those problems."""
    titles: dict[int, list[str]] = {}
    for kind in (*kinds, problems.TOO_LONG, *[problems.TOO_MANY] * limited, problems.INTERNAL):
        titles.setdefault(kind.status.value, []).append(kind.title)
    described: dict[int | str, dict[str, Any]] = {
        status: {
            "description": " ; ".join(named),
            "content": {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status, named in titles.items()
    }
    if not_modified:
        described[304] = {"description": "Rien n'a changé depuis l'étiquette donnée (If-None-Match)"}
    return described


def download(media_type: str, example: str | None) -> dict[int | str, dict[str, Any]]:
    """Return the answer 200 of an endpoint that gives a file of that type; without an `example` it is no text."""
    shape = {"schema": {"type": "string"}, "example": example} if example else {}
    return {200: {"description": "", "content": {media_type: shape}, "headers": _OF_FILES}}


def described(media_type: str, description: str) -> dict[int | str, dict[str, Any]]:
    """Return the answer 200 of an endpoint that gives a JSON document of a standard's own shape."""
    return {
        200: {"description": "", "content": {media_type: {"schema": {"type": "object", "description": description}}}}
    }


def document(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document of `app`, made once."""
    if app.openapi_schema is None:
        public = app.state.settings.public_url
        schema = get_openapi(
            title=TITLE,
            version=__version__,
            description=DESCRIPTION.strip(),
            routes=app.routes,
            tags=TAGS,
            servers=[{"url": public}] if public else None,
            license_info={"name": "MIT", "identifier": "MIT"},
        )
        shapes = schema["components"]["schemas"]
        shapes["Problem"] = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        shapes.update(shapes["Problem"].pop("$defs", {}))
        for name in ("HTTPValidationError", "ValidationError"):
            shapes.pop(name, None)
        for operations in schema["paths"].values():
            for operation in operations.values():
                _without_framework_words(operation)
        _open(shapes)
        shapes.update(submissions.schemas())
        schema["components"]["securitySchemes"] = {_KEY: _BEARER}
        app.openapi_schema = schema
    return app.openapi_schema


def _without_framework_words(operation: dict[str, Any]) -> None:
    """Drop the 422 that the framework adds for path parameters, which are never refused, and say 200 in French."""
    answers = operation["responses"]
    if "application/json" in answers.get("422", {}).get("content", {}):
        del answers["422"]
    for status in {"200", "201", "204"} & answers.keys():
        answers[status]["description"] = operation["summary"]
    for status, headers in _OF_WRITES.items() if "security" in operation else ():
        if status in answers:
            answers[status]["headers"] = {**headers, "Search-Status": _SEARCH_STATUS}
    if "401" in answers:
        answers["401"]["headers"] = answers["403"]["headers"] = {"WWW-Authenticate": _CHALLENGE}
    for status in _TAGGED.get(operation["operationId"], ()):
        answers[status]["links"] = _CHANGES
    if "304" in answers:
        operation.setdefault("parameters", []).append(_IF_NONE_MATCH)
        answers["200"]["headers"] = {"ETag": _ETAG, **answers["200"].get("headers", {})}
        answers["304"]["headers"] = {"ETag": _ETAG}
    for status in ("429", "503"):
        if status in answers:
            answers[status]["headers"] = {"Retry-After": _RETRY_AFTER}


def _open(shapes: dict[str, Any]) -> None:
    """Let clients meet keys that they do not know: keys may be added. And drop titles that only repeat the keys."""
    for shape in shapes.values():
        shape.pop("additionalProperties", None)
        for described in shape.get("properties", {}).values():
            described.pop("title", None)


_STRING = {"type": "string"}
_ETAG = {"description": "Étiquette de la réponse, à renvoyer dans If-None-Match", "schema": _STRING}
_RETRY_AFTER = {"description": "Secondes avant de redemander", "schema": {"type": "integer"}}
_LOCATION = {"description": "Adresse de la fiche", "schema": _STRING}
_OF_FILES = {
    "Content-Disposition": {"description": "Le nom du fichier, avec la date du jour", "schema": _STRING},
    "Last-Modified": {"description": "Quand le catalogue a changé pour la dernière fois", "schema": _STRING},
}
_VERSION = {"description": "Étiquette de la fiche, à renvoyer dans If-Match pour la modifier", "schema": _STRING}
_SEARCH_STATUS = {
    "description": "« late » quand l'écriture tient mais que la recherche ne la trouve pas encore ; absent sinon",
    "schema": {"type": "string", "enum": ["late"]},
}
_OF_WRITES: dict[str, dict[str, Any]] = {
    "200": {"ETag": _VERSION},
    "201": {"Location": _LOCATION, "ETag": _VERSION},
    "204": {},
}
_TAGGED = {"lireAction": ["200"], "creerAction": ["201"], "remplacerAction": ["200"], "modifierAction": ["200"]}
_CHANGES = {
    name: {
        "operationId": f"{name}Action",
        "parameters": {"path.id": "$response.body#/id", "header.If-Match": "$response.header.ETag"},
        "description": "La version lue ou écrite, par son ETag, est celle que le changement suivant prend.",
    }
    for name in ("remplacer", "modifier", "supprimer")
}
_CHALLENGE = {"description": "Ce qui est attendu : une clé, et sa portée", "schema": _STRING}
_KEY = "cle"
_BEARER = {
    "type": "http",
    "scheme": "bearer",
    "description": "Une clé de portée « ecriture », que donne l'exploitant du catalogue. La lecture n'en demande pas.",
}
SECURED: dict[str, Any] = {"security": [{_KEY: []}]}
"""The `openapi_extra` of an endpoint that wants a key."""

IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "L'ETag de la fiche telle qu'elle a été lue : 412 si elle a changé depuis, 428 sans lui.",
    "schema": {"type": "string", "pattern": r'^(\*|(W/)?"[!#-~]*"( *, *(W/)?"[!#-~]*")*)$'},
}
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Un nom de votre choix pour cette création : la répéter sous le même nom dans la journée donne la "
    "même réponse et ne crée rien.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]([ -~]*[!-~])?$"},
}
_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "L'ETag d'une réponse précédente : 304 si rien n'a changé.",
    "schema": _STRING,
}
