"""The OpenAPI document: parameters and errors of each endpoint, in French, from the tables that the code reads."""

from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app import __version__
from app.api.openapi import deprecations, problem_examples, request_bodies
from app.api.openapi import headers as answer_headers
from app.api.openapi.headers import LIST_TAG, RECORD_TAG, header_references
from app.api.openapi.post_processing import simplify_schemas
from app.api.openapi.problem_examples import problem_references
from app.api.schemas import changes as log_schemas
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


def parameters_extra(known: Mapping[str, Parameter]) -> dict[str, Any]:
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


def responses(
    *kinds: ProblemKind, headers: Iterable[str] = (), not_modified: bool = True, limited: bool = True
) -> dict[int | str, dict[str, Any]]:
    """Return the answers of an endpoint beside its own: 304, 408, 414, 429, 431, 500, and those problems.

    `headers` are those of its answer 200, beside the ones that derive from what it does.
    """
    possible: dict[int, list[ProblemKind]] = {}
    for kind in (
        *kinds,
        problems.REQUEST_TIMEOUT,
        problems.URL_TOO_LONG,
        *[problems.TOO_MANY_REQUESTS] * limited,
        *_OF_ANY,
    ):
        possible.setdefault(kind.status.value, []).append(kind)
    schema = {"$ref": "#/components/schemas/Problem"}
    described: dict[int | str, dict[str, Any]] = {
        status: {
            "description": " ; ".join(kind.title for kind in of_status),
            "content": {problems.PROBLEM_MEDIA_TYPE: {"schema": schema, "examples": problem_references(of_status)}},
        }
        for status, of_status in possible.items()
    }
    if not_modified:
        described[304] = {"description": "Rien n'a changé depuis l'étiquette donnée (If-None-Match)"}
    if headers:
        described[200] = {"description": "", "headers": header_references(*headers)}
    return described


def download(media_type: str, example: str | None, *headers: str) -> dict[int | str, dict[str, Any]]:
    """Return the answer 200 of an endpoint that gives a file of that type; without an `example` it is no text.

    `headers` are those that it has beside the ones of every file.
    """
    shape = {"schema": {"type": "string"}, "example": example} if example else {}
    said = header_references("Content-Disposition", "Last-Modified", *headers)
    return {200: {"description": "", "content": {media_type: shape}, "headers": said}}


def openapi_document(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document of `app`, made once."""
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
        shapes = schema["components"]["schemas"]
        shapes["Problem"] = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        shapes.update(shapes["Problem"].pop("$defs", {}))
        for name in ("HTTPValidationError", "ValidationError"):
            shapes.pop(name, None)
        for name, description in log_schemas.DESCRIPTIONS.items():
            shapes[name]["description"] = description
        for operations in schema["paths"].values():
            for operation in operations.values():
                _without_framework_words(operation)
                answer_headers.add_response_headers(operation)
                _with_prefilled_places(operation)
                _name_choices(operation, shapes)
        deprecations.mark_deprecated(schema["paths"], context.deprecations)
        simplify_schemas(shapes)
        shapes.update(request_bodies.input_schemas())
        schema["components"]["examples"] = problem_examples.problem_examples(_used(schema))
        schema["components"]["headers"] = answer_headers.HEADER_DESCRIPTIONS
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
    for status in _TAGGED.get(operation["operationId"], ()):
        answers[status]["links"] = _CHANGES
    if "304" in answers:
        operation.setdefault("parameters", []).append(_IF_NONE_MATCH)


def _with_prefilled_places(operation: dict[str, Any]) -> None:
    """Show the example of what an address is made of as explorers fill it in; others they would send with each call."""
    for parameter in operation.get("parameters", ()):
        schema = parameter["schema"]
        schema.pop("title", None)
        if parameter["in"] == "path":
            (parameter["example"],) = schema.pop("examples")


def _name_choices(operation: dict[str, Any], shapes: dict[str, Any]) -> None:
    """Give a list of values that a parameter takes a name, so that generators do not make one up for each operation."""
    for parameter in operation.get("parameters", ()):
        schema = parameter["schema"]
        holder, place = (schema, "items") if "items" in schema else (parameter, "schema")
        choices = holder[place]
        name = f"{parameter['name'].title().replace('_', '')}Choice"
        named = {"description": f"Une valeur que prend « {parameter['name']} ».", **choices}
        if "enum" in choices and shapes.setdefault(name, named) == named:
            holder[place] = {"$ref": f"#/components/schemas/{name}"}


def _used(schema: dict[str, Any]) -> list[ProblemKind]:
    """Return the kinds of problems that an answer refers to."""
    answers = [
        answer
        for operations in schema["paths"].values()
        for operation in operations.values()
        for answer in operation["responses"].values()
    ]
    contents = [answer.get("content", {}).get(problems.PROBLEM_MEDIA_TYPE, {}) for answer in answers]
    names = {name for content in contents for name in content.get("examples", ())}
    return [kind for kind in problems.KINDS if kind.name in names]


def _contact(settings: Settings) -> dict[str, str]:
    """Return whom to ask, as far as the settings tell."""
    known = {"url": settings.public_url, "email": settings.contact_email}
    return {"name": "Exploitant du catalogue", **{key: value for key, value in known.items() if value}}


_OF_ANY = (problems.HEADERS_TOO_LARGE, problems.INTERNAL)
_LICENSE = {"name": "MIT", "url": "https://spdx.org/licenses/MIT.html"}  # the linter wants it by address, as many tools
_TAGGED = {"lireAction": ["200"], "creerAction": ["201"], "remplacerAction": ["200"], "modifierAction": ["200"]}
_CHANGES = {
    name: {
        "operationId": f"{name}Action",
        "parameters": {"path.id": "$response.body#/id", "header.If-Match": "$response.header.ETag"},
        "description": "La version lue ou écrite, par son ETag, est celle que le changement suivant prend.",
    }
    for name in ("remplacer", "modifier", "supprimer")
}
_KEY = "cle"
_BEARER = {
    "type": "http",
    "scheme": "bearer",
    "description": "Une clé de portée « ecriture », que donne l'exploitant du catalogue. La lecture n'en demande pas.",
}
SECURED_EXTRA: dict[str, Any] = {"security": [{_KEY: []}]}
"""The `openapi_extra` of an endpoint that wants a key."""

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
