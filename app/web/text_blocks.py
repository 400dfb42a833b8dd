"""Splits the plain text of a record into paragraphs and lists."""

import re
from dataclasses import dataclass
from itertools import groupby

_BULLET = re.compile(r"\s*[-–—•*]\s+(?=\S)")
_SEPARATOR = re.compile("[-–—•*]?")


@dataclass(frozen=True, slots=True)
class TextBlock:
    """A paragraph of one or more lines, or a list of one or more items."""

    is_list: bool
    lines: tuple[str, ...]


def text_blocks(text: str) -> list[TextBlock]:
    """Return the paragraphs and lists of `text` in order, without losing a word.

    A line that begins with a dash or a bullet is a list item. A blank line, or one with a lone dash, ends a block.
    """
    return [
        TextBlock(is_list, tuple(_BULLET.sub("", line, count=1).strip() if is_list else line.strip() for line in lines))
        for is_list, lines in groupby(text.splitlines(), _is_list_item)
        if is_list is not None
    ]


def _is_list_item(line: str) -> bool | None:
    return None if _SEPARATOR.fullmatch(line.strip()) else bool(_BULLET.match(line))
