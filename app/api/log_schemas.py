"""The shapes of what became of the catalogue, for OpenAPI and for the tests that hold every answer to them."""

from datetime import datetime

from pydantic import Field

from app.api.schemas import Action, Document, PageLinks
from app.catalogue.record import ChangeKind


class Change(Document):
    """Ce qui est arrivé à une action."""

    kind: ChangeKind = Field(description="« suppression » : retirer l'action ; sinon, la prendre telle qu'elle est là")
    id: str = Field(description="Identifiant de l'action")
    time: datetime = Field(description="Quand (UTC)")
    action: Action | None = Field(description="L'action telle qu'elle est maintenant ; null une fois supprimée")  # type: ignore[valid-type]


class FollowingLinks(Document):
    """Adresses de cette page de changements et de la suite."""

    self: str
    next: str = Field(description="La suite, maintenant ou plus tard")


class ChangeList(Document):
    """Ce qui a changé, dans l'ordre, chaque action une fois, à son dernier changement."""

    items: list[Change]
    cursor: str = Field(description="À rendre dans « since » pour avoir la suite")
    more: bool = Field(description="Vrai si d'autres changements suivent déjà")
    links: FollowingLinks


class ChangedKey(Document):
    """Une rubrique qui a changé."""

    key: str = Field(examples=["resume"])
    before: str | list[str] | None = Field(description="Ce qu'elle disait ; null à la création")
    after: str | list[str] | None = Field(description="Ce qu'elle dit depuis")


class HistoryEntry(Document):
    """Ce qui est arrivé à une action un jour."""

    number: int = Field(description="Numéro de la version ; pour une suppression, de la dernière", ge=1)
    kind: ChangeKind
    time: datetime = Field(description="Quand (UTC)")
    who: str = Field(description="Par qui : le nom d'une clé, ou « import » et le nom du fichier")
    changed: list[ChangedKey] = Field(description="Ce que cette version dit autrement que la précédente")


class History(Document):
    """L'historique d'une action, le plus récent d'abord."""

    id: str
    items: list[HistoryEntry]
    total: int = Field(ge=0)
    page: int = Field(ge=1)
    per_page: int = Field(ge=1, le=100)
    pages: int = Field(ge=0)
    links: PageLinks
