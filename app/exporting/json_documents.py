"""Converts records and structures to JSON documents, for API responses and JSON Lines."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from app.catalogue.action import field_values
from app.catalogue.record import Record
from app.catalogue.structure import Structure
from app.catalogue.territory import Departement

Document = dict[str, Any]

# Whole documents: one for each selection of keys would be as many as callers ask for.
_DOCUMENTS: WeakKeyDictionary[Record, Document] = WeakKeyDictionary()


def departement_document(departement: Departement | None) -> Document | None:
    """Return the code and name of a département."""
    return {"code": departement.code, "nom": departement.nom} if departement else None


def region_document(departement: Departement | None) -> Document | None:
    """Return the code and name of the région of a département."""
    return {"code": departement.region.code, "nom": departement.region.nom} if departement else None


def structure_document(structure: Structure) -> Document:
    """Return a structure with its département and région; `libelle` is its line in the export."""
    return {
        "id": structure.id,
        "nom": structure.nom,
        "departement": departement_document(structure.departement),
        "region": region_document(structure.departement),
        "libelle": structure.libelle,
    }


def record_document(record: Record) -> Document:
    """Return the identifier, all declared fields, the version and the dates of a record."""
    return {
        "id": record.id,
        **field_values(record.action),
        "structure": {**_cached_structure_document(record.action.structure)},
        "version": record.version,
        "cree_le": record.cree_le,
        "modifie_le": record.modifie_le,
    }


def selected_document(record: Record, keys: frozenset[str]) -> Document:
    """Return the `keys` of `record_document`; the document is cached as long as the record is."""
    if (document := _DOCUMENTS.get(record)) is None:
        document = _DOCUMENTS[record] = record_document(record)
    return {key: value for key, value in document.items() if key in keys}


# Parsing folds the text, and the records of a list share few structures.
@lru_cache(maxsize=4096)
def _cached_structure_document(libelle: str) -> Mapping[str, Any]:
    return structure_document(Structure.parse(libelle))
