"""What there is to visit in the catalogue, in pieces: the records and the organisers, by identifier and last change."""

from enum import StrEnum

from app.catalogue.record import SitemapEntry, SitemapPart
from app.store.repository import Store


class SitemapKind(StrEnum):
    """What a map is of."""

    RECORDS = "fiches"
    STRUCTURES = "structures"


def sitemap_parts(store: Store, kind: SitemapKind, size: int) -> list[SitemapPart]:
    """Return the pieces that the map is cut into, of up to `size` identifiers each; empty ones are left out."""
    with store.read() as reader:
        return (
            reader.sitemap.record_parts(size) if kind is SitemapKind.RECORDS else reader.sitemap.structure_parts(size)
        )


def sitemap_entries(store: Store, kind: SitemapKind, number: int, size: int) -> list[SitemapEntry]:
    """Return what is in one piece of the map; nothing in one that does not exist."""
    with store.read() as reader:
        read = reader.sitemap.record_entries if kind is SitemapKind.RECORDS else reader.sitemap.structure_entries
        return read(number, size)
