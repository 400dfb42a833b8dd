"""The OpenAPI document: parameters and problems of each endpoint, from the declarations that the code uses."""

from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app import __version__
from app.api.openapi import deprecations, problem_examples, request_bodies
from app.api.openapi import headers as response_headers
from app.api.openapi.headers import LIST_TAG, RECORD_TAG, header_references
from app.api.openapi.post_processing import simplify_schemas
from app.api.openapi.problem_examples import problem_references
from app.api.schemas import changes as change_schemas
from app.api.schemas.problems import Problem
from app.catalogue.parameters import Parameter
from app.exporting.publication import CATALOGUE_TITLE
from app.http import problems
from app.http.context import app_context
from app.http.problems import ProblemKind
from app.settings import Settings

DESCRIPTION = """
Le catalogue des actions que les centres sociaux mènent avec les habitants : filtrer, chercher, compter.

La lecture est ouverte à tous, sans clé ; écrire en demande une. Un filtre répété vaut « ou », des filtres différents
valent « et » ; `FILTRE__not` exclut, `FILTRE__isnull` demande l'absence. Casse et accents ne comptent pas.
"""
TAGS = [
    {"name": "Actions", "description": "Chercher et lire les actions."},
    {"name": "Contributions", "description": "Créer, modifier et supprimer des actions, avec une clé."},
    {"name": "Exports", "description": "Toutes les actions d'une question, en un fichier."},
    {"name": "Service", "description": "L'état du service."},
    {"name": "Structures", "description": "Les structures qui les organisent."},
]


def parameters_extra(declared: Mapping[str, Parameter]) -> dict[str, Any]:
    """Return the `openapi_extra` of an endpoint with those query parameters."""
    return {"parameters": [_parameter(parameter) for parameter in declared.values()]}


def _parameter(parameter: Parameter) -> dict[str, Any]:
    # In the schema: explorers send the example of a parameter with every call.
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
    """Return the example with the type of the schema."""
    match parameter.schema["type"]:
        case "integer":
            return int(parameter.example)
        case "boolean":
            return parameter.example == "true"
        case _:
            return parameter.example


def responses(
    *kinds: ProblemKind, headers: Iterable[str] = (), not_modified: bool = True, limited: bool = True
) -> dict[int | str, dict[str, Any]]:
    """Return the responses of an endpoint beside its success: `kinds`, and 304, 408, 414, 429, 431 and 500.

    `headers` are added to those of the 200 that derive from the operation.
    """
    kinds_by_status: dict[int, list[ProblemKind]] = {}
    for kind in (
        *kinds,
        problems.REQUEST_TIMEOUT,
        problems.URL_TOO_LONG,
        *[problems.TOO_MANY_REQUESTS] * limited,
        *_COMMON_PROBLEMS,
    ):
        kinds_by_status.setdefault(kind.status.value, []).append(kind)
    schema = {"$ref": "#/components/schemas/Problem"}
    described: dict[int | str, dict[str, Any]] = {
        status: {
            "description": " ; ".join(kind.title for kind in of_status),
            "content": {problems.PROBLEM_MEDIA_TYPE: {"schema": schema, "examples": problem_references(of_status)}},
        }
        for status, of_status in kinds_by_status.items()
    }
    if not_modified:
        described[304] = {"description": "Rien n'a changé depuis l'étiquette donnée (If-None-Match)"}
    if headers:
        described[200] = {"description": "", "headers": header_references(*headers)}
    return described


def download(media_type: str, example: str | None, *headers: str) -> dict[int | str, dict[str, Any]]:
    """Return the 200 of an endpoint that returns a file; a binary file has no `example`.

    `headers` are added to those of every file.
    """
    content = {"schema": {"type": "string"}, "example": example} if example else {}
    file_headers = header_references("Content-Disposition", "Last-Modified", *headers)
    return {200: {"description": "", "content": {media_type: content}, "headers": file_headers}}


def openapi_document(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document of `app`, which is built once."""
    if app.openapi_schema is None:
        context = app_context(app)
        settings = context.settings
        schema = get_openapi(
            title=CATALOGUE_TITLE,
            version=__version__,
            description=DESCRIPTION.strip(),
            routes=app.routes,
            tags=TAGS,
            servers=[{"url": settings.public_url or "/", "description": "Ce service"}],
            license_info=_LICENSE,
        )
        schema["info"]["contact"] = _contact(settings)
        schemas = schema["components"]["schemas"]
        schemas["Problem"] = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(schemas["Problem"].pop("$defs", {}))
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        for name, description in change_schemas.DESCRIPTIONS.items():
            schemas[name]["description"] = description
        for operations in schema["paths"].values():
            for operation in operations.values():
                _translate_defaults(operation)
                response_headers.add_response_headers(operation)
                _move_path_examples(operation)
                _name_enums(operation, schemas)
        deprecations.mark_deprecated(schema["paths"], context.deprecations)
        simplify_schemas(schemas)
        schemas.update(request_bodies.input_schemas())
        schema["components"]["examples"] = problem_examples.problem_examples(_referenced_problems(schema))
        schema["components"]["headers"] = response_headers.HEADER_DESCRIPTIONS
        schema["components"]["securitySchemes"] = {_SECURITY_SCHEME_NAME: _SECURITY_SCHEME}
        app.openapi_schema = schema
    return app.openapi_schema


def _translate_defaults(operation: dict[str, Any]) -> None:
    """Remove FastAPI's 422, which path parameters never cause, and describe successes in French."""
    responses_by_status = operation["responses"]
    if "application/json" in responses_by_status.get("422", {}).get("content", {}):
        del responses_by_status["422"]
    for status in {"200", "201", "204"} & responses_by_status.keys():
        responses_by_status[status]["description"] = operation["summary"]
    for status in _STATUS_WITH_LINKS.get(operation["operationId"], ()):
        responses_by_status[status]["links"] = _WRITE_LINKS
    if "304" in responses_by_status:
        operation.setdefault("parameters", []).append(_IF_NONE_MATCH)


def _move_path_examples(operation: dict[str, Any]) -> None:
    """Move the examples of path parameters out of their schemas, where explorers use them to prefill the form."""
    for parameter in operation.get("parameters", ()):
        schema = parameter["schema"]
        schema.pop("title", None)
        if parameter["in"] == "path":
            (parameter["example"],) = schema.pop("examples")


def _name_enums(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Name the enums of parameters as components: generators would invent a name for each operation."""
    for parameter in operation.get("parameters", ()):
        schema = parameter["schema"]
        parent, key = (schema, "items") if "items" in schema else (parameter, "schema")
        choices = parent[key]
        name = f"{parameter['name'].title().replace('_', '')}Choice"
        component = {"description": f"Une valeur que prend « {parameter['name']} ».", **choices}
        if "enum" in choices and schemas.setdefault(name, component) == component:
            parent[key] = {"$ref": f"#/components/schemas/{name}"}


def _referenced_problems(schema: dict[str, Any]) -> list[ProblemKind]:
    """Return the kinds of problems whose examples a response refers to."""
    all_responses = [
        response
        for operations in schema["paths"].values()
        for operation in operations.values()
        for response in operation["responses"].values()
    ]
    contents = [response.get("content", {}).get(problems.PROBLEM_MEDIA_TYPE, {}) for response in all_responses]
    names = {name for content in contents for name in content.get("examples", ())}
    return [kind for kind in problems.KINDS if kind.name in names]


def _contact(settings: Settings) -> dict[str, str]:
    """Return the contact, with URL and e-mail address as far as they are configured."""
    contact = {"url": settings.public_url, "email": settings.contact_email}
    return {"name": "Exploitant du catalogue", **{key: value for key, value in contact.items() if value}}


_COMMON_PROBLEMS = (problems.HEADERS_TOO_LARGE, problems.INTERNAL)
_LICENSE = {"name": "MIT", "url": "https://spdx.org/licenses/MIT.html"}  # a URL: the linter requires it
_STATUS_WITH_LINKS = {
    "lireAction": ["200"],
    "creerAction": ["201"],
    "remplacerAction": ["200"],
    "modifierAction": ["200"],
}
_WRITE_LINKS = {
    name: {
        "operationId": f"{name}Action",
        "parameters": {"path.id": "$response.body#/id", "header.If-Match": "$response.header.ETag"},
        "description": "La version lue ou écrite, par son ETag, est celle que le changement suivant prend.",
    }
    for name in ("remplacer", "modifier", "supprimer")
}
_SECURITY_SCHEME_NAME = "cle"
_SECURITY_SCHEME = {
    "type": "http",
    "scheme": "bearer",
    "description": "Une clé de portée « ecriture », que donne l'exploitant du catalogue. La lecture n'en demande pas.",
}
SECURED_EXTRA: dict[str, Any] = {"security": [{_SECURITY_SCHEME_NAME: []}]}
"""The `openapi_extra` of an endpoint that requires a key."""

IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "L'ETag de la fiche telle qu'elle a été lue : 412 si elle a changé depuis, 428 sans lui.",
    "schema": {
        "type": "string",
        "pattern": r'^(\*|(W/)?"[!#-~]*"( *, *(W/)?"[!#-~]*")*)$',
        "examples": [RECORD_TAG],
    },
}
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Un nom de votre choix pour cette création : la répéter sous le même nom dans la journée donne la "
    "même réponse et ne crée rien.",
    "schema": {
        "type": "string",
        "minLength": 1,
        "maxLength": 255,
        "pattern": "^[!-~]([ -~]*[!-~])?$",
        "examples": ["velo-2026"],
    },
}
_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "L'ETag d'une réponse précédente : 304 si rien n'a changé.",
    "schema": {"type": "string", "examples": [LIST_TAG]},
}
