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
    return {fold(key): departement for departement in departements() for key in (departement.code, departement.nom)}


def find_departement(name_or_code: str) -> Departement | None:
    """Return the département with that INSEE code or name, case and accents ignored; None when unknown."""
    return _departements_by_name().get(fold(name_or_code))


def departement_names() -> tuple[str, ...]:
    """Return the codes and names of all départements, as filters accept them."""
    return tuple(name for departement in departements() for name in (departement.code, departement.nom))


def region_names() -> tuple[str, ...]:
    """Return the codes and names of all régions, as filters accept them."""
    return tuple(
        dict.fromkeys(
            name for departement in departements() for name in (departement.region.code, departement.region.nom)
        )
    )


def matching_departements(names: Iterable[str], regions: Iterable[str]) -> frozenset[str] | None:
    """Return the codes of the départements in `names` that are also in `regions`; None without either filter.

    Both hold INSEE codes or names, case and accents ignored; an unknown one matches nothing. An empty one is no filter.
    """
    wanted_names, wanted_regions = set(map(fold, names)), set(map(fold, regions))
    if not wanted_names and not wanted_regions:
        return None
    return frozenset(
        departement.code
        for departement in departements()
        if (not wanted_names or wanted_names & {fold(departement.code), fold(departement.nom)})
        and (not wanted_regions or wanted_regions & {fold(departement.region.code), fold(departement.region.nom)})
    )
