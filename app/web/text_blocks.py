"""Reads the free text of a record as people meant it: paragraphs, and lists where lines begin with a dash."""

import re
from dataclasses import dataclass
from itertools import groupby

_BULLET = re.compile(r"\s*[-–—•*]\s+(?=\S)")
_SAYS_NOTHING = re.compile("[-–—•*]?")


@dataclass(frozen=True, slots=True)
class TextBlock:
    """A paragraph of one or more lines, or a list of one or more points."""

    is_list: bool
    lines: tuple[str, ...]


def text_blocks(text: str) -> list[TextBlock]:
    """Return the paragraphs and lists of `text` in order; every word of it is in one of them.

    A line that begins with a dash is a point of a list; a blank line, or one with a lone dash, ends what is before it.
    """
    return [
        TextBlock(is_list, tuple(_BULLET.sub("", line, count=1).strip() if is_list else line.strip() for line in lines))
        for is_list, lines in groupby(text.splitlines(), _is_point)
        if is_list is not None
    ]


def _is_point(line: str) -> bool | None:
    return None if _SAYS_NOTHING.fullmatch(line.strip()) else bool(_BULLET.match(line))
