"""Charts and the map as drawings: nothing but shapes and text, the longest bar full, every département in its class."""

from xml.etree import ElementTree as ET

import pytest

from app.catalogue.territory import departements
from app.web.charts import Bar, bar_chart, truncate_label
from app.web.departement_map import departement_map, departement_outlines

SVG = "{http://www.w3.org/2000/svg}"
SHAPES = {f"{SVG}{name}" for name in ("svg", "g", "rect", "text", "path")}


def drawn(*bars: Bar, most: float | None = None) -> ET.Element:
    return ET.fromstring(bar_chart(bars, most))


def widths(chart: ET.Element) -> list[float]:
    return [float(bar.get("width", 0)) for bar in chart.iter(f"{SVG}rect")]


def test_a_chart_is_shapes_and_text_alone() -> None:
    text = bar_chart((Bar("Sport", 2, "2"), Bar("Santé", 1, "1")))
    elements = list(ET.fromstring(text).iter())

    assert {element.tag for element in elements} <= SHAPES
    assert not [name for element in elements for name in element.attrib if name in {"style", "id"} or name[:2] == "on"]
    assert "<!--" not in text
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")


def test_bars_come_in_their_order_and_are_as_long_as_their_numbers() -> None:
    chart = drawn(Bar("Sport", 4, "4"), Bar("Santé", 1, "1"))
    bars = {float(bar.attrib["y"]): float(bar.attrib["width"]) for bar in chart.iter(f"{SVG}rect")}
    labels = {float(text.attrib["y"]): text.text for text in chart.iter(f"{SVG}text")}

    assert [labels[y] for y in sorted(labels)] == ["Sport\N{NO-BREAK SPACE}: 4", "Santé\N{NO-BREAK SPACE}: 1"]
    assert bars[min(bars)] == pytest.approx(4 * bars[max(bars)], rel=0.02)


def test_bars_may_be_measured_by_more_than_the_longest() -> None:
    assert widths(drawn(Bar("a", 5, "5"), most=10)) == [pytest.approx(widths(drawn(Bar("a", 10, "5")))[0] / 2, abs=0.2)]


def test_what_records_say_is_text_in_a_chart() -> None:
    (text,) = drawn(Bar("<script>&", 1, "1")).iter(f"{SVG}text")

    assert text.text == "<script>&\N{NO-BREAK SPACE}: 1"


@pytest.mark.parametrize("bars", [[], [Bar("Aucune", 0, "0")]])
def test_a_chart_of_nothing_can_be_drawn(bars: list[Bar]) -> None:
    assert widths(drawn(*bars)) == [0.0] * len(bars)


def test_a_label_is_cut_where_a_bar_would_have_no_room() -> None:
    assert truncate_label("Accompagnement de projets") == "Accompagnement de pro…"
    assert truncate_label("Accompagnement de projets", 15) == "Accompagnement…"
    assert truncate_label("Services") == "Services"


def test_every_departement_has_an_outline() -> None:
    assert set(departement_outlines().paths) == {place.code for place in departements()}
    assert all(path.startswith("M") and path.endswith("z") for path in departement_outlines().paths.values())
    assert "CC BY 4.0" in departement_outlines().credit


@pytest.mark.parametrize(
    ("most", "expected"),
    [
        (0, []),
        (1, [(4, 1, 1)]),
        (2, [(2, 1, 1), (4, 2, 2)]),
        (3, [(1, 1, 1), (2, 2, 2), (4, 3, 3)]),
        (9, [(1, 1, 3), (2, 4, 6), (4, 7, 9)]),
        (10, [(1, 1, 3), (2, 4, 6), (3, 7, 9), (4, 10, 10)]),
        (400, [(1, 1, 100), (2, 101, 200), (3, 201, 300), (4, 301, 400)]),
    ],
)
def test_classes_are_of_one_width_and_the_highest_is_darkest(most: int, expected: list[tuple[int, int, int]]) -> None:
    drawn_map = departement_map({"59": most, "2A": min(most, 1)})
    levels = {place.code: place.level for place in drawn_map.places}

    assert [(step.level, step.lowest, step.highest) for step in drawn_map.steps] == expected
    assert levels["59"] == (4 if most else 0)
    assert levels["974"] == 0
    assert len(levels) == 101


def test_a_long_name_may_keep_its_end() -> None:
    assert truncate_label("CENTRE SOCIAL ARMAND LANOUX", ending=12) == "CENTRE SO…RMAND LANOUX"
    assert len(truncate_label("CENTRE SOCIAL ET CULTUREL JACQUES-PREVERT", ending=12)) == 22
    assert truncate_label("Maison de la Plage", ending=12) == "Maison de la Plage"
