"""The Table Schema (Frictionless) of the tabular exports, from their columns."""

from typing import Any

from app.catalogue.table_columns import COLUMNS, LIST_SEPARATOR, CellType, Column
from app.exporting.publication import Publication
from app.public_urls import table_schema_url

_TYPES = {
    CellType.TEXT: {"type": "string"},
    CellType.LIST: {"type": "string"},
    CellType.NUMBER: {"type": "integer"},
    CellType.DATETIME: {"type": "datetime", "format": "any"},
}
_LIST_NOTE = f" ; valeurs séparées par « {LIST_SEPARATOR} »"


def table_schema(publication: Publication) -> dict[str, Any]:
    """Return the schema of a table with all columns; `fields` of an export selects and reorders some."""
    return {
        "$schema": "https://specs.frictionlessdata.io/schemas/table-schema.json",
        "name": "actions-centres-sociaux",
        "title": publication.title,
        "description": "Une ligne par action. Un texte qu'un tableur exécuterait est précédé d'une apostrophe.",
        "path": table_schema_url(publication.base),
        "version": publication.version,
        "fields": [_field(column) for column in COLUMNS.values()],
        "primaryKey": ["id"],
        "missingValues": [""],
    }


def _field(column: Column) -> dict[str, Any]:
    constraints: dict[str, Any] = {}
    if column.required:
        constraints["required"] = True
    if column.name == "id":
        constraints["unique"] = True
    if choices := column.choices():
        constraints["enum"] = list(choices)
    return {
        "name": column.name,
        "title": column.description,
        "description": column.description + (_LIST_NOTE if column.type is CellType.LIST else ""),
        "example": column.example,
        **_TYPES[column.type],
        **({"constraints": constraints} if constraints else {}),
    }
