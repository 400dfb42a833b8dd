"""Paragraphs and lists of plain text, without losing a word."""

import re
from html import unescape

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.web.text_blocks import TextBlock, text_blocks

LINES = st.lists(st.sampled_from(["", "-", " – ", "- un", "• deux", "trois", "  quatre ", "-cinq", "10 - 12 ans"]))


def test_lines_become_paragraphs_and_lists() -> None:
    assert text_blocks("Un jardin\nun compost\n\nDes ateliers :\n- bois\n- terre\n-\nFin") == [
        TextBlock(is_list=False, lines=("Un jardin", "un compost")),
        TextBlock(is_list=False, lines=("Des ateliers :",)),
        TextBlock(is_list=True, lines=("bois", "terre")),
        TextBlock(is_list=False, lines=("Fin",)),
    ]


def test_a_dash_without_a_space_or_within_a_line_makes_no_list() -> None:
    assert text_blocks("-bois\nde 6 - 12 ans") == [TextBlock(is_list=False, lines=("-bois", "de 6 - 12 ans"))]


def test_nothing_gives_nothing() -> None:
    assert text_blocks(" \n-\n\n") == []


def test_a_long_run_of_blanks_is_read_at_once() -> None:
    # With quadratic time, this would take most of an hour.
    assert text_blocks(" " * 1_000_000 + "x") == [TextBlock(is_list=False, lines=("x",))]


@given(LINES)
def test_every_word_is_in_a_block_in_its_order(lines: list[str]) -> None:
    shown = [line for block in text_blocks("\n".join(lines)) for line in block.lines]
    assert words(shown) == words(lines)


def words(lines: list[str]) -> list[str]:
    """Return the words of `lines`, without lone dashes."""
    return [word for line in lines for word in line.split() if not re.fullmatch("[-–•]", word)]


@pytest.mark.parametrize("path", ["/integration", "/statistiques?dimension=Inconnue", "/comparer", "/?q=zzzzzz"])
def test_no_line_of_a_page_begins_with_a_punctuation_mark(client: httpx.Client, path: str) -> None:
    page = re.sub(r"<(pre|style|script)\b.*?</\1>", "", client.get(path).text, flags=re.DOTALL)
    words = unescape(re.sub("<[^>]*>", "", page))

    assert re.findall(r".{0,30}(?:« | [»:;!?](?!\w)).{0,9}", words) == []
