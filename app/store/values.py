"""What the store is given beside actions."""

from dataclasses import dataclass

from app.catalogue.action import Action
from app.catalogue.record import Source


@dataclass(frozen=True, slots=True)
class Draft:
    """An action to be created: where an import found it, and the identifier that it had elsewhere, if any."""

    action: Action
    source: Source | None = None
    id: str | None = None
