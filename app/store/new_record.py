"""What the store is given beside actions."""

from dataclasses import dataclass

from app.catalogue.action import Action
from app.catalogue.record import ImportSource


@dataclass(frozen=True, slots=True)
class NewRecord:
    """An action to be created: where an import found it, and the identifier that it had elsewhere, if any."""

    action: Action
    source: ImportSource | None = None
    id: str | None = None
