"""Who publishes the catalogue and where, as a feed and a description of its data say it."""

from dataclasses import dataclass
from datetime import datetime

CATALOGUE_TITLE = "Les actions des centres sociaux"
"""What the catalogue is called wherever it is published."""


@dataclass(frozen=True, slots=True)
class Publication:
    """The catalogue as published under the address `base`, which has no slash at its end.

    `licence` is an address, "" where none is stated; `changed_at` is when the catalogue last changed, None if never.
    """

    base: str
    title: str
    version: str
    publisher: str
    licence: str
    changed_at: datetime | None

    @property
    def terms(self) -> str:
        """By whom and under which licence it is published, to tell apart what says so."""
        return f"{self.publisher} <{self.licence}>"
