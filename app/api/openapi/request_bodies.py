"""JSON Schemas of request bodies, from the declared fields: a whole action, and a merge patch."""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel

from app.api.openapi.post_processing import example_of
from app.api.schemas.actions import ActionItem, Structure
from app.catalogue.action_input import (
    MAX_LINE_LENGTH,
    MAX_LIST_VALUES,
    MAX_TEXT_LENGTH,
    READ_ONLY_KEYS,
)
from app.catalogue.fields import FIELDS, Field, FieldKind
from app.catalogue.structure_input import STRUCTURE_READ_ONLY_KEYS
from app.catalogue.territory import departement_names, departements

WHOLE_SCHEMA = "ActionEcrite"
PATCH_SCHEMA = "ActionModifiee"
DEPARTEMENT_SCHEMA = "DepartementEcrit"
_DEPARTEMENT_NAME = "NomDepartement"
_DEPARTEMENT_CODE = "CodeDepartement"
_DEPARTEMENT_READ = "DepartementLu"
_STRUCTURES = {WHOLE_SCHEMA: "StructureEcrite", PATCH_SCHEMA: "StructureModifiee"}

_REF = "#/components/schemas/"
_BLANK = r"\s\u001c-\u001f\u0085"  # whitespace of Python that is not in the `\s` of JSON Schema
# The characters of `app.catalogue.line_characters` in any position. A pattern cannot say where joiners are allowed.
_FORBIDDEN = r"\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff"
_LINE = {
    "type": "string",
    "maxLength": MAX_LINE_LENGTH,
    "pattern": (rf"^[{_BLANK}]*[^{_BLANK}{_FORBIDDEN}]([^{_FORBIDDEN}]*[^{_BLANK}{_FORBIDDEN}])?[{_BLANK}]*$"),
}
_TEXT = {"type": "string", "maxLength": MAX_TEXT_LENGTH, "pattern": r"^[^\u0000]*$"}
_LINES = {"type": "array", "items": _LINE, "maxItems": MAX_LIST_VALUES}
_SCHEMAS: dict[FieldKind, dict[str, Any]] = {
    FieldKind.TITLE: _LINE,
    FieldKind.ONE: _LINE,
    FieldKind.MULTI: _LINES,
    FieldKind.TEXT: _TEXT,
}
_READ_ONLY = "Calculé par le catalogue : peut figurer tel qu'il a été lu, et n'est pas pris en compte."


def input_schemas(fields: Iterable[Field] = FIELDS) -> dict[str, dict[str, Any]]:
    """Return the schemas by name, for the components of the OpenAPI document."""
    declared = tuple(fields)
    return {
        WHOLE_SCHEMA: _object("Une action à écrire : ce qui n'est pas donné est vide.", declared, WHOLE_SCHEMA),
        PATCH_SCHEMA: _object(
            "Ce qui change dans une action (RFC 7396) : null vide une rubrique, ce qui n'est pas donné reste.",
            declared,
            PATCH_SCHEMA,
        ),
        _STRUCTURES[WHOLE_SCHEMA]: _structure("La structure organisatrice, à écrire", required=["nom"]),
        _STRUCTURES[PATCH_SCHEMA]: _structure("Ce qui change de la structure organisatrice"),
        **_departement_schemas(),
    }


def request_body(name: str, media_type: str) -> dict[str, Any]:
    """Return the `requestBody` of an operation with the schema `name` in that media type."""
    content = {"schema": {"$ref": f"{_REF}{name}"}, "example": INPUT_EXAMPLES[name]}
    return {"requestBody": {"required": True, "content": {media_type: content}}}


def _object(description: str, fields: tuple[Field, ...], name: str) -> dict[str, Any]:
    properties = {field.key: _property(field, name) for field in fields}
    required = [field.key for field in fields if _is_required(field)]
    return {
        "type": "object",
        "description": description,
        "examples": [INPUT_EXAMPLES[name]],
        "properties": {**properties, **_read_only_properties(READ_ONLY_KEYS, ActionItem)},
        **({} if name == PATCH_SCHEMA else {"required": required}),
        "additionalProperties": False,
    }


def _is_required(field: Field) -> bool:
    return field.kind is FieldKind.TITLE or field.key == "structure"


def _property(field: Field, name: str) -> dict[str, Any]:
    if field.key == "structure":
        return {"$ref": f"{_REF}{_STRUCTURES[name]}", "description": field.description}
    example = list(field.example) if isinstance(field.example, tuple) else field.example
    schema = {**_SCHEMAS[field.kind], "description": field.description, "examples": [example]}
    if field.kind is FieldKind.ONE or field.optional or (name == PATCH_SCHEMA and not _is_required(field)):
        schema["type"] = [schema["type"], "null"]
    return schema


def _read_only_properties(keys: Iterable[str], model: type[BaseModel]) -> dict[str, Any]:
    """Return the properties of read-only `keys`, which accept any value, with the examples of `model`."""
    schema = model.model_json_schema(ref_template=f"{_REF}{{model}}")
    definitions = schema.get("$defs", {})
    return {
        key: {"description": _READ_ONLY, "examples": [example_of(schema["properties"][key], definitions)]}
        for key in keys
    }


def _structure(description: str, **extra: Any) -> dict[str, Any]:
    name = {**_LINE, "description": "Nom de la structure", "examples": ["Centre social des Tilleuls"]}
    departement = {"$ref": f"{_REF}{DEPARTEMENT_SCHEMA}", "description": "Département, null s'il est inconnu"}
    return {
        "type": "object",
        "description": description,
        "examples": [INPUT_EXAMPLES[WHOLE_SCHEMA]["structure"]],
        "properties": {
            "nom": name,
            "departement": departement,
            **_read_only_properties(STRUCTURE_READ_ONLY_KEYS, Structure),
        },
        **extra,
        "additionalProperties": False,
    }


def _departement_schemas() -> dict[str, dict[str, Any]]:
    example = departements()[0]
    by_name = [{"nom": departement.nom} for departement in departements()]
    return {
        DEPARTEMENT_SCHEMA: {
            "description": "Département : code INSEE ou nom, null s'il est inconnu ; ou l'objet que rend la lecture.",
            "anyOf": [{"type": "null"}, {"$ref": f"{_REF}{_DEPARTEMENT_NAME}"}, {"$ref": f"{_REF}{_DEPARTEMENT_READ}"}],
            "examples": [example.code],
        },
        _DEPARTEMENT_NAME: {
            "description": "Code INSEE ou nom d'un département.",
            "type": "string",
            "enum": list(departement_names()),
            "examples": [example.code],
        },
        _DEPARTEMENT_CODE: {
            "description": "Code INSEE d'un département.",
            "type": "string",
            "enum": [departement.code for departement in departements()],
            "examples": [example.code],
        },
        _DEPARTEMENT_READ: {
            "description": "Département tel que la lecture le rend, ou l'une de ses clés : le nom va avec le code.",
            "type": "object",
            "properties": {
                "code": {"description": "Code INSEE", "$ref": f"{_REF}{_DEPARTEMENT_CODE}"},
                "nom": {"description": "Nom officiel", "type": "string", "examples": [example.nom]},
            },
            "minProperties": 1,
            "additionalProperties": False,
            # For validators; generators make a class of the properties.
            "if": {"required": ["nom"]},
            "then": {
                "enum": [
                    *({"code": departement.code, "nom": departement.nom} for departement in departements()),
                    *by_name,
                ]
            },
            "examples": [{"code": example.code, "nom": example.nom}],
        },
    }


INPUT_EXAMPLES: dict[str, dict[str, Any]] = {
    WHOLE_SCHEMA: {
        "titre": "Atelier vélo",
        "structure": {"nom": "Centre social des Tilleuls", "departement": "59"},
        "statut": "En cours",
        "mots_cles": ["Mobilité", "Réparation"],
        "resume": "Des habitants réparent ensemble leurs vélos.",
    },
    PATCH_SCHEMA: {"statut": "Terminée", "raisons_fin": "Le local n'est plus disponible."},
}
