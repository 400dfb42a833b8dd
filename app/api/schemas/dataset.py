"""Schemas of the descriptions of the data set, for the parts that the standards fix."""

from typing import Any

from pydantic import BaseModel, Field


class TableColumn(BaseModel):
    """Une colonne de /actions.csv."""

    name: str = Field(description="Nom de la colonne", examples=["titre"])
    type: str = Field(description="Type de ses valeurs, selon Table Schema", examples=["string"])
    title: str = Field(description="Nom à montrer", examples=["Titre"])
    description: str = Field(description="Ce qu'elle contient", examples=["Titre de l'action"])


class TableSchema(BaseModel):
    """Les colonnes de /actions.csv, selon Table Schema."""

    name: str = Field(description="Nom du tableau", examples=["actions-centres-sociaux"])
    fields: list[TableColumn] = Field(description="Les colonnes, dans leur ordre")


class LinkedData(BaseModel):
    """Un document JSON-LD : ses clés sont des termes de vocabulaires publics, que dit son contexte."""

    context: Any = Field(
        alias="@context", description="Les vocabulaires", examples=[{"dct": "http://purl.org/dc/terms/"}]
    )
