"""Schemas of the change feed and of the history of an action."""

from datetime import datetime

from pydantic import Field

from app.api.path_parameters import EXAMPLE_ACTION_ID
from app.api.schemas.actions import Action, PageLinks, StrictModel
from app.catalogue.record import ChangeKind

_TIME = "2026-02-03T16:05:12.000Z"

DESCRIPTIONS = {ChangeKind.__name__: "Ce qui est arrivé à une action"}
"""French descriptions of schemas whose classes are declared elsewhere, by component name."""


class Change(StrictModel):
    """Ce qui est arrivé à une action."""

    kind: ChangeKind = Field(description="« suppression » : retirer l'action ; sinon, la prendre telle qu'elle est là")
    id: str = Field(description="Identifiant de l'action", examples=[EXAMPLE_ACTION_ID])
    time: datetime = Field(description="Quand (UTC)", examples=[_TIME])
    action: Action | None = Field(description="L'action telle qu'elle est maintenant ; null une fois supprimée")  # type: ignore[valid-type]


class FollowingLinks(StrictModel):
    """Adresses de cette page de changements et de la suite."""

    self: str = Field(description="Cette page", examples=["https://actions.example/changes"])
    next: str = Field(
        description="La suite, maintenant ou plus tard",
        examples=["https://actions.example/changes?since=WzMxLCJhYmMiXQ"],
    )


class ChangeList(StrictModel):
    """Ce qui a changé, dans l'ordre, chaque action une fois, à son dernier changement."""

    items: list[Change] = Field(description="Les changements")
    cursor: str = Field(description="À rendre dans « since » pour avoir la suite", examples=["WzMxLCJhYmMiXQ"])
    more: bool = Field(description="Vrai si d'autres changements suivent déjà", examples=[False])
    links: FollowingLinks = Field(description="Adresses de cette page et de la suite")


class ChangedKey(StrictModel):
    """Une rubrique qui a changé."""

    key: str = Field(description="Clé de la rubrique", examples=["resume"])
    before: str | list[str] | None = Field(
        description="Ce qu'elle disait ; null à la création", examples=["Un jardin."]
    )
    after: str | list[str] | None = Field(description="Ce qu'elle dit depuis", examples=["Un jardin ouvert à tous."])


class HistoryEntry(StrictModel):
    """Ce qui est arrivé à une action un jour."""

    number: int = Field(description="Numéro de la version ; pour une suppression, de la dernière", ge=1, examples=[2])
    kind: ChangeKind = Field(description="Ce qui est arrivé")
    time: datetime = Field(description="Quand (UTC)", examples=[_TIME])
    who: str = Field(
        description="Par qui : le nom d'une clé, ou « import » et le nom du fichier", examples=["import actions.txt"]
    )
    changed: list[ChangedKey] = Field(description="Ce que cette version dit autrement que la précédente")


class History(StrictModel):
    """L'historique d'une action, le plus récent d'abord."""

    id: str = Field(description="Identifiant de l'action", examples=[EXAMPLE_ACTION_ID])
    items: list[HistoryEntry] = Field(description="Les versions de la page")
    total: int = Field(description="Nombre de versions", ge=0, examples=[2])
    page: int = Field(description="Numéro de la page", ge=1, examples=[1])
    per_page: int = Field(description="Nombre de versions par page", ge=1, le=100, examples=[20])
    pages: int = Field(description="Nombre de pages", ge=0, examples=[1])
    links: PageLinks = Field(description="Adresses des pages de la liste")
