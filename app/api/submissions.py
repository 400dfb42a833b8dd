"""The shapes of what is written, as JSON Schemas from the declared fields: a whole action, and a merge patch of one."""

from collections.abc import Iterable
from typing import Any

from app.catalogue.fields import FIELDS, Field, Kind
from app.catalogue.submission import COMPUTED, LONGEST_LINE, LONGEST_TEXT, MOST_VALUES, STRUCTURE_COMPUTED
from app.catalogue.territory import departement_names, departements

WHOLE = "ActionEcrite"
PATCH = "ActionModifiee"
PLACE = "DepartementEcrit"

_REF = "#/components/schemas/"
_BLANK = r"\s\u001c-\u001f\u0085"  # what Python counts as blank beside what JSON Schema does
_LINE = {
    "type": "string",
    "maxLength": LONGEST_LINE,
    "pattern": rf"^[{_BLANK}]*[^{_BLANK}\u0000]([^\r\n\u0000]*[^{_BLANK}\u0000])?[{_BLANK}]*$",
}
_TEXT = {"type": "string", "maxLength": LONGEST_TEXT, "pattern": r"^[^\u0000]*$"}
_LINES = {"type": "array", "items": _LINE, "maxItems": MOST_VALUES}
_SCHEMAS: dict[Kind, dict[str, Any]] = {Kind.TITLE: _LINE, Kind.ONE: _LINE, Kind.MULTI: _LINES, Kind.TEXT: _TEXT}
_READ_ONLY = {"description": "Calculé par le catalogue : peut figurer tel qu'il a été lu, et n'est pas pris en compte."}
_NAME = {**_LINE, "description": "Nom de la structure", "examples": ["Centre social des Tilleuls"]}


def schemas(fields: Iterable[Field] = FIELDS) -> dict[str, dict[str, Any]]:
    """Return the schemas by name, for the components of the OpenAPI document."""
    declared = tuple(fields)
    return {
        WHOLE: _object("Une action à écrire : ce qui n'est pas donné est vide.", declared, patch=False),
        PATCH: _object(
            "Ce qui change dans une action (RFC 7396) : null vide une rubrique, ce qui n'est pas donné reste.",
            declared,
            patch=True,
        ),
        PLACE: _place(),
    }


def body(name: str, *media_types: str) -> dict[str, Any]:
    """Return the `requestBody` of an operation that takes the shape `name` in any of those media types."""
    example = EXAMPLES[name]
    content = {"schema": {"$ref": f"{_REF}{name}"}, "example": example}
    return {"requestBody": {"required": True, "content": dict.fromkeys(media_types, content)}}


def _object(description: str, fields: tuple[Field, ...], *, patch: bool) -> dict[str, Any]:
    properties = {field.key: _property(field, patch=patch) for field in fields}
    required = [] if patch else [field.key for field in fields if _is_wanted(field)]
    return {
        "type": "object",
        "description": description,
        "properties": {**properties, **dict.fromkeys(COMPUTED, _READ_ONLY)},
        **({"required": required} if required else {}),
        "additionalProperties": False,
    }


def _is_wanted(field: Field) -> bool:
    return field.kind is Kind.TITLE or field.key == "structure"


def _property(field: Field, *, patch: bool) -> dict[str, Any]:
    if field.key == "structure":
        return {**_structure(patch=patch), "description": field.description}
    example = list(field.example) if isinstance(field.example, tuple) else field.example
    schema = {**_SCHEMAS[field.kind], "description": field.description, "examples": [example]}
    if field.kind is Kind.ONE or field.optional or (patch and not _is_wanted(field)):
        schema["type"] = [schema["type"], "null"]
    return schema


def _structure(*, patch: bool) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            "nom": _NAME,
            "departement": {"$ref": f"{_REF}{PLACE}"},
            **dict.fromkeys(STRUCTURE_COMPUTED, _READ_ONLY),
        },
        **({} if patch else {"required": ["nom"]}),
        "additionalProperties": False,
    }


def _place() -> dict[str, Any]:
    codes = {"type": "string", "enum": [place.code for place in departements()]}
    as_read = [{"code": place.code, "nom": place.nom} for place in departements()]
    return {
        "description": "Département : code INSEE ou nom, null s'il est inconnu ; ou l'objet que rend la lecture.",
        "anyOf": [
            {"type": "null"},
            {"type": "string", "enum": list(departement_names())},
            {"type": "object", "properties": {"code": codes}, "required": ["code"], "additionalProperties": False},
            {"type": "object", "enum": as_read},
        ],
    }


EXAMPLES: dict[str, dict[str, Any]] = {
    WHOLE: {
        "titre": "Atelier vélo",
        "structure": {"nom": "Centre social des Tilleuls", "departement": "59"},
        "statut": "En cours",
        "mots_cles": ["Mobilité", "Réparation"],
        "resume": "Des habitants réparent ensemble leurs vélos.",
    },
    PATCH: {"statut": "Terminée", "raisons_fin": "Le local n'est plus disponible."},
}
