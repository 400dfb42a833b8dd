"""Charts and the map as drawings: shapes and text only, the longest bar full, every département in its class."""

from xml.etree import ElementTree as ET

import pytest

from app.catalogue.territory import departements
from app.web.charts import scale_bars, truncate_label
from app.web.departement_map import departement_map, departement_outlines
from app.web.rendering import template_environment

SHAPES = {"div", "span", "svg", "rect"}

Row = tuple[str, str, float]


def markup(*rows: Row, maximum: float | None = None) -> str:
    template = template_environment().get_template("bar_chart.html")
    return str(template.make_module().bar_chart(scale_bars(rows, maximum), "Thèmes"))  # type: ignore[attr-defined]


def drawn(*rows: Row, maximum: float | None = None) -> ET.Element:
    return ET.fromstring(markup(*rows, maximum=maximum))


def widths(chart: ET.Element) -> list[float]:
    return [float(bar.attrib["width"].removesuffix("%")) for bar in chart.iter("rect")]


def labels(chart: ET.Element) -> list[str | None]:
    return [label.text for label in chart.iter("span")]


def test_a_chart_is_shapes_and_text_alone() -> None:
    text = markup(("Sport", "2", 2), ("Santé", "1", 1))
    elements = list(ET.fromstring(text).iter())

    assert {element.tag for element in elements} <= SHAPES
    assert not [name for element in elements for name in element.attrib if name in {"style", "id"} or name[:2] == "on"]
    assert "<!--" not in text
    assert "http" not in text


def test_a_chart_is_one_image_with_a_name() -> None:
    chart = drawn(("Sport", "2", 2))

    assert chart.attrib["role"] == "img"
    assert "Thèmes. Le tableau donne les mêmes nombres." in chart.attrib["aria-label"]


def test_bars_come_in_their_order_and_are_as_long_as_their_numbers() -> None:
    chart = drawn(("Sport", "4", 4), ("Santé", "1", 1))

    assert labels(chart) == ["Sport\N{NO-BREAK SPACE}: 4", "Santé\N{NO-BREAK SPACE}: 1"]
    assert [element.tag for element in chart] == ["span", "svg", "span", "svg"]
    assert widths(chart) == [100, 25]


def test_bars_may_be_measured_by_more_than_the_longest() -> None:
    assert widths(drawn(("a", "5", 5), maximum=10)) == [50]


def test_what_records_say_is_text_in_a_chart() -> None:
    assert labels(drawn(("<script>&", "1", 1))) == ["<script>&\N{NO-BREAK SPACE}: 1"]


@pytest.mark.parametrize("rows", [[], [("Aucune", "0", 0)]])
def test_a_chart_of_nothing_can_be_drawn(rows: list[Row]) -> None:
    assert widths(drawn(*rows)) == [0.0] * len(rows)


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
    shades = {shape.code: shape.shade for shape in drawn_map.shapes}

    assert [(item.shade, item.lowest, item.highest) for item in drawn_map.classes] == expected
    assert shades["59"] == (4 if most else 0)
    assert shades["974"] == 0
    assert len(shades) == 101


def test_a_long_name_may_keep_its_end() -> None:
    assert truncate_label("CENTRE SOCIAL ARMAND LANOUX", suffix_length=12) == "CENTRE SO…RMAND LANOUX"
    assert len(truncate_label("CENTRE SOCIAL ET CULTUREL JACQUES-PREVERT", suffix_length=12)) == 22
    assert truncate_label("Maison de la Plage", suffix_length=12) == "Maison de la Plage"
