"""Writes records and structures as plain documents, the shape that JSON answers and JSON Lines share."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from app.catalogue.action import field_values
from app.catalogue.record import Record
from app.catalogue.structure import Structure
from app.catalogue.territory import Departement

Document = dict[str, Any]

# Whole documents, of which callers choose: one for each choice would be as many as callers care to ask for.
_DOCUMENTS: WeakKeyDictionary[Record, Document] = WeakKeyDictionary()


def departement_document(place: Departement | None) -> Document | None:
    """Return the code and name of a département."""
    return {"code": place.code, "nom": place.nom} if place else None


def region_document(place: Departement | None) -> Document | None:
    """Return the code and name of the région of a département."""
    return {"code": place.region.code, "nom": place.region.nom} if place else None


def structure_document(structure: Structure) -> Document:
    """Return an organiser with its place; `libelle` is its line in the export."""
    return {
        "id": structure.id,
        "nom": structure.nom,
        "departement": departement_document(structure.departement),
        "region": region_document(structure.departement),
        "libelle": structure.libelle,
    }


def record_document(record: Record) -> Document:
    """Return the whole record: its identifier, every declared field, its version and its dates."""
    return {
        "id": record.id,
        **field_values(record.action),
        "structure": {**_cached_structure_document(record.action.structure)},
        "version": record.version,
        "cree_le": record.cree_le,
        "modifie_le": record.modifie_le,
    }


def selected_document(record: Record, keys: frozenset[str]) -> Document:
    """Return the `keys` of `record_document`.

    A record that is kept in memory because it is shown again and again has its document kept with it.
    """
    if (document := _DOCUMENTS.get(record)) is None:
        document = _DOCUMENTS[record] = record_document(record)
    return {key: value for key, value in document.items() if key in keys}


# Lists name the same few organisers again and again, and telling a place from a name takes folding both.
@lru_cache(maxsize=4096)
def _cached_structure_document(libelle: str) -> Mapping[str, Any]:
    return structure_document(Structure.parse(libelle))
