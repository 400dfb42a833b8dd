"""The map of the départements: their outlines, each shaded by the class of its number of actions."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import ceil

from app.catalogue.territory import departements
from app.resources import resource_path

_MAX_CLASSES = 4  # beside that of départements without actions
_DARKEST_SHADE = 4  # of the style sheet, `shade-0` to `shade-4`


@dataclass(frozen=True, slots=True)
class DepartementOutlines:
    """SVG paths by INSEE code, the `view_box` of their drawing, and the French credit of their source."""

    view_box: str
    paths: Mapping[str, str]
    credit: str


@dataclass(frozen=True, slots=True)
class MapClass:
    """A class of numbers, bounds included, and its shade. The class of the highest numbers has the darkest shade."""

    shade: int
    lowest: int
    highest: int


@dataclass(frozen=True, slots=True)
class DepartementShape:
    """A département on the map: its SVG path, number of actions and shade; shade 0 stands for no action."""

    code: str
    nom: str
    path: str
    number: int
    shade: int


@dataclass(frozen=True, slots=True)
class DepartementMap:
    """The départements by code, and the classes from the lowest numbers to the highest, without that of no action."""

    outlines: DepartementOutlines
    shapes: tuple[DepartementShape, ...]
    classes: tuple[MapClass, ...]


@cache
def departement_outlines() -> DepartementOutlines:
    """Return the outlines of the 101 départements."""
    document = json.loads(resource_path("data/contours-departements.json").read_text(encoding="utf-8"))
    return DepartementOutlines(document["viewBox"], document["contours"], document["source"])


def departement_map(numbers: Mapping[str, int]) -> DepartementMap:
    """Return the map of `numbers` by INSEE code, 0 for a missing code. Classes have equal widths."""
    highest = max(numbers.values(), default=0)
    width = max(1, ceil(highest / _MAX_CLASSES))
    count = ceil(highest / width)
    classes = tuple(
        MapClass(_DARKEST_SHADE * (index + 1) // count, index * width + 1, min((index + 1) * width, highest))
        for index in range(count)
    )
    shades = {number: item.shade for item in classes for number in range(item.lowest, item.highest + 1)}
    outlines = departement_outlines()
    shapes = (
        DepartementShape(
            departement.code, departement.nom, outlines.paths[departement.code], number, shades.get(number, 0)
        )
        for departement in departements()
        for number in [numbers.get(departement.code, 0)]
    )
    return DepartementMap(outlines, tuple(shapes), classes)
