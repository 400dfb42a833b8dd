"""Bar charts as inline SVG: pygal draws them, and what our policy, themes or screen readers cannot have goes."""

import re
import sys
from functools import lru_cache
from typing import Any, NamedTuple

import pygal
from pygal.etree import etree
from pygal.style import Style

# For maps that nobody has installed pygal listens to every import, in a way that Python warns of and has since dropped.
sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, pygal.PluginImportFixer)]
etree.to_etree()  # which takes any character and is always there, rather than lxml where somebody installed it

_WIDTH = 320  # units; a phone as wide in pixels shows them at four fifths of their size
_ROW, _EDGE = 28, 8  # units
_CAPITAL = 1  # units by which a capital is wider than pygal, which counts characters, takes it to be
_MAX_LABEL_LENGTH = 22  # characters of a label; the table beside a chart has it whole
_STYLE = Style(label_font_size=13, major_label_font_size=13)
_LEFT_OUT = frozenset(["defs", "script", "style", "title", "desc"])
_EMPTY = re.compile("overlay|titles|background|axis x")
_DIGITS = re.compile(r"(\d+\.\d)\d+")


class Bar(NamedTuple):
    """One bar: what it stands for, how long it is, and the number that is written beside it."""

    label: str
    length: float
    number: str


@lru_cache(maxsize=64)  # after a write most charts are as they were before it
def bar_chart(bars: tuple[Bar, ...], most: float | None = None) -> str:
    """Return `bars` one below the other, the first on top, as SVG without a name: whoever shows it says what it is.

    Labels should be no longer than `shortened` has them, or there is no room for bars. The longest bar fills the chart,
    or one as long as `most`. Colours and fonts are those of the page's style sheet.
    """
    chart = pygal.HorizontalBar(
        width=_WIDTH,
        height=_ROW * len(bars) + _EDGE,
        style=_STYLE,
        js=(),
        disable_xml_declaration=True,
        show_legend=False,
        show_x_labels=False,
        margin=0,
        margin_left=_CAPITAL * max((sum(map(str.isupper, bar.label)) for bar in bars), default=0),
        spacing=4,
        truncate_label=-1,
        range=(0, most or max((bar.length for bar in bars), default=1) or 1),
    )
    # The first row of a horizontal chart is at the bottom.
    chart.x_labels = [f"{bar.label}\N{NO-BREAK SPACE}: {bar.number}" for bar in reversed(bars)]
    chart.add("", [bar.length for bar in reversed(bars)])
    drawing = chart.render_tree()
    _strip(drawing)
    for name in ("id", "class"):
        drawing.attrib.pop(name, None)
    drawing.set("class", "chart")
    # Tenths of a unit are enough, and labels may hold longer numbers.
    for element in drawing.iter():
        for name in ("x", "y", "width", "height", "transform"):
            if name in element.attrib:
                element.set(name, _DIGITS.sub(r"\1", element.get(name)))
    return str(etree.tostring(drawing, encoding="unicode"))


def truncate_label(text: str, longest: int = _MAX_LABEL_LENGTH, *, ending: int = 0) -> str:
    """Return `text`, or as many of its first characters as make `longest` with the sign that some are left out.

    The last of them are its `ending`, for names that begin alike.
    """
    if len(text) <= longest:
        return text
    return f"{text[: longest - 1 - ending].rstrip()}…{text[len(text) - ending :].lstrip()}"


def _strip(element: Any) -> None:
    """Take scripts, styles, comments, tooltips and backgrounds off, down to the last child."""
    for child in list(element):
        if callable(child.tag) or _name(child) in _LEFT_OUT or _EMPTY.search(child.get("class", "")):
            element.remove(child)
        else:
            child.attrib.pop("style", None)
            _strip(child)


def _name(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]
