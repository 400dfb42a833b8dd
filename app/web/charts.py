"""Scales and labels the bars of charts; `templates/bar_chart.html` draws them."""

from collections.abc import Iterable
from typing import NamedTuple

_MAX_LABEL_LENGTH = 22  # characters; the table below the chart has the whole label


class Bar(NamedTuple):
    """A bar: its label, its number as French writes it, and its width in percent of the chart."""

    label: str
    number: str
    width: float


def scale_bars(values: Iterable[tuple[str, str, float]], maximum: float | None = None) -> tuple[Bar, ...]:
    """Return a bar for each (label, number, value), in their order.

    The full width stands for `maximum`, or for the largest value. Labels should be no longer than `truncate_label`
    makes them, which leaves room for the bars.
    """
    rows = tuple(values)
    full = maximum or max((value for _, _, value in rows), default=1) or 1
    return tuple(Bar(label, number, round(100 * value / full, 1)) for label, number, value in rows)


def truncate_label(text: str, max_length: int = _MAX_LABEL_LENGTH, *, suffix_length: int = 0) -> str:
    """Return `text` cut to `max_length` characters with an ellipsis.

    The ellipsis stands before the last `suffix_length` characters, which distinguish names that begin alike.
    """
    if len(text) <= max_length:
        return text
    return f"{text[: max_length - 1 - suffix_length].rstrip()}…{text[len(text) - suffix_length :].lstrip()}"
