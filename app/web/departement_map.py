"""The map of the départements: their outlines, and into which of a few classes each one's number falls."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import ceil

from app.catalogue.territory import departements
from app.resources import resource_path

_CLASSES = 4  # at most, beside that of none
_DARKEST = 4  # of the style sheet's levels


@dataclass(frozen=True, slots=True)
class DepartementOutlines:
    """Paths by INSEE code within a `box` of SVG, and whom to thank for them."""

    box: str
    paths: Mapping[str, str]
    credit: str


@dataclass(frozen=True, slots=True)
class MapClass:
    """One class of numbers, and how dark it is: the highest one is the darkest, however few there are."""

    level: int
    lowest: int
    highest: int


@dataclass(frozen=True, slots=True)
class DepartementShape:
    """One département of a map: its path, its number, and how dark that is, from 0 for none."""

    code: str
    nom: str
    path: str
    number: int
    level: int


@dataclass(frozen=True, slots=True)
class DepartementMap:
    """The départements in the order of their codes, and the classes of their numbers but that of none."""

    outlines: DepartementOutlines
    places: tuple[DepartementShape, ...]
    steps: tuple[MapClass, ...]


@cache
def departement_outlines() -> DepartementOutlines:
    """Return the outlines of the 101 départements."""
    read = json.loads(resource_path("data/contours-departements.json").read_text(encoding="utf-8"))
    return DepartementOutlines(read["viewBox"], read["contours"], read["source"])


def departement_map(numbers: Mapping[str, int]) -> DepartementMap:
    """Return the map of `numbers` by INSEE code; those that it does not have are 0. Classes are of one width."""
    most = max(numbers.values(), default=0)
    width = max(1, ceil(most / _CLASSES))
    classes = ceil(most / width)
    steps = [
        MapClass(_DARKEST * (at + 1) // classes, at * width + 1, min((at + 1) * width, most)) for at in range(classes)
    ]
    levels = {number: step.level for step in steps for number in range(step.lowest, step.highest + 1)}
    drawn = departement_outlines()
    places = (
        DepartementShape(place.code, place.nom, drawn.paths[place.code], number, levels.get(number, 0))
        for place in departements()
        for number in [numbers.get(place.code, 0)]
    )
    return DepartementMap(drawn, tuple(places), tuple(steps))
