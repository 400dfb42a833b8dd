"""What there is to visit in the catalogue, in pieces: the records and the organisers, by identifier and last change."""

from enum import StrEnum

from app.catalogue.record import Listed, Piece
from app.store.repository import Store


class Mapped(StrEnum):
    """What a map is of."""

    RECORDS = "fiches"
    STRUCTURES = "structures"


def list_pieces(store: Store, mapped: Mapped, size: int) -> list[Piece]:
    """Return the pieces that the map is cut into, of up to `size` identifiers each; empty ones are left out."""
    with store.read() as reader:
        return reader.listing.record_pieces(size) if mapped is Mapped.RECORDS else reader.listing.structure_pieces(size)


def list_piece(store: Store, mapped: Mapped, number: int, size: int) -> list[Listed]:
    """Return what is in one piece of the map; nothing in one that does not exist."""
    with store.read() as reader:
        read = reader.listing.records if mapped is Mapped.RECORDS else reader.listing.structures
        return read(number, size)
