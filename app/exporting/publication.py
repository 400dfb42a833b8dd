"""The publication metadata of the catalogue: base URL, title, publisher, licence."""

from dataclasses import dataclass
from datetime import datetime

CATALOGUE_TITLE = "Les actions des centres sociaux"
"""The title of the catalogue in feeds and descriptions."""


@dataclass(frozen=True, slots=True)
class Publication:
    """The metadata of the catalogue under the URL `base`, which has no trailing slash.

    `licence` is a URL, "" for none; `changed_at` is the time of the last change, None for an empty catalogue.
    """

    base: str
    title: str
    version: str
    publisher: str
    licence: str
    changed_at: datetime | None

    @property
    def terms(self) -> str:
        """The publisher and licence, for entity tags of documents that name them."""
        return f"{self.publisher} <{self.licence}>"
