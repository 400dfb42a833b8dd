"""Départements and régions of France by INSEE code (101 and 18), read from `data/departements.csv`."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from app.catalogue.text import fold
from app.resources import resource_path


@dataclass(frozen=True, slots=True)
class Region:
    """A région: two-digit INSEE code and official name."""

    code: str
    nom: str


@dataclass(frozen=True, slots=True)
class Departement:
    """A département: INSEE code (two or three characters, `2A` for Corse-du-Sud), official name, région."""

    code: str
    nom: str
    region: Region


@cache
def departements() -> tuple[Departement, ...]:
    """Return the 101 départements in the order of their codes."""
    with resource_path("data/departements.csv").open(encoding="utf-8", newline="") as table:
        return tuple(
            Departement(row["code"], row["nom"], Region(row["code_region"], row["region"]))
            for row in csv.DictReader(table)
        )


@cache
def _departements_by_name() -> dict[str, Departement]:
    return {fold(key): place for place in departements() for key in (place.code, place.nom)}


def find_departement(name_or_code: str) -> Departement | None:
    """Return the département of that INSEE code or name, whatever its case and accents."""
    return _departements_by_name().get(fold(name_or_code))


def departement_names() -> tuple[str, ...]:
    """Return the codes and names that a département can be asked for by."""
    return tuple(name for place in departements() for name in (place.code, place.nom))


def region_names() -> tuple[str, ...]:
    """Return the codes and names that a région can be asked for by."""
    return tuple(dict.fromkeys(name for place in departements() for name in (place.region.code, place.region.nom)))


def matching_departements(names: Iterable[str], regions: Iterable[str]) -> frozenset[str] | None:
    """Return the codes of the départements of any of `names` and in any of `regions`; None when neither asks anything.

    Both are INSEE codes or names, whatever their case and accents; one that does not exist matches nothing.
    """
    asked_names, asked_regions = set(map(fold, names)), set(map(fold, regions))
    if not asked_names and not asked_regions:
        return None
    return frozenset(
        place.code
        for place in departements()
        if (not asked_names or asked_names & {fold(place.code), fold(place.nom)})
        and (not asked_regions or asked_regions & {fold(place.region.code), fold(place.region.nom)})
    )
