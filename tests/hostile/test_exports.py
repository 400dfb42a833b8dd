"""Exports that nothing of ours wrote: readers never fail, lose no line, and keep good records around bad ones."""

import json
import re
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.catalogue.action import clean_line, field_values
from app.catalogue.errors import UnreadableFile
from app.catalogue.fields import FIELDS
from app.catalogue.text import canonical_line
from app.importing.decoding import Line
from app.importing.diagnostics import Diagnostic, ParsedRecord, ParseResult, RejectedRecord
from app.importing.files import read_export
from app.importing.grammar import HEADER_LINE, RECORD_LINE
from app.importing.json_lines_reader import parse_json_lines
from app.importing.text_format import parse_export, render_action
from tests.processes import ROOT

_GOLDEN = sorted((ROOT / "tests" / "importing" / "golden").glob("*.txt"))
_SAMPLE = (ROOT / "data" / "actions.txt").read_text(encoding="utf-8").splitlines()
_STARTS = [number for number, text in enumerate(_SAMPLE) if text == RECORD_LINE]
_LABELS = [field.label for field in FIELDS if field.label]
_MARKS = st.sampled_from(
    [RECORD_LINE, HEADER_LINE, "-", "- ", "\\", "\\- Public", "Partenaires d'action:", "", *_LABELS]
)
_TEXTS = st.text(st.characters(exclude_characters="\n\r", exclude_categories=["Cs"]), max_size=20)
_LINES = _MARKS | _TEXTS | _TEXTS.map("- {}".format)


def numbered(texts: Iterable[str]) -> list[Line]:
    return [Line(number, canonical_line(text) and text) for number, text in enumerate(texts, start=1)]


def read(texts: list[str]) -> list[ParseResult]:
    """Return what is read of those lines, nothing when it is no export."""
    try:
        return list(parse_export(numbered(texts)))
    except UnreadableFile:
        assert RECORD_LINE not in [text.rstrip() for text in texts]
        return []


def bare(texts: Iterable[str]) -> Counter[str]:
    """Return what lines say, without bullets, escapes, blanks and the characters that no value of one line holds."""
    said = (re.sub(r"^[\\\-\s]+", "", clean_line(canonical_line(text))[0]) for text in texts)
    return Counter(text for text in said if text)


def assert_no_line_is_lost(texts: list[str], items: list[ParseResult]) -> None:
    """Each line is said again by its record, refused with it, or warned of; nothing is read twice."""
    records = [item for item in items if not isinstance(item, Diagnostic)]
    starts = [item.line for item in records]
    assert starts == sorted(set(starts))
    assert all(texts[start - 1].rstrip() == RECORD_LINE for start in starts)
    for item, (start, end) in zip(records, pairwise([*starts, len(texts) + 1]), strict=True):
        if isinstance(item, ParsedRecord):
            assert not bare(texts[start - 1 : end - 1]) - bare(render_action(item.action).split("\n"))
        else:
            assert item.errors
            assert all(error.line and start <= error.line < end and error.message for error in item.errors)
    before = [text for text in texts[: starts[0] - 1] if text.rstrip() not in ("", HEADER_LINE)]
    assert bool(before) == any(isinstance(item, Diagnostic) for item in items)


@given(st.lists(_LINES, max_size=60))
def test_any_lines_are_records_refusals_or_no_export(texts: list[str]) -> None:
    items = read(texts)

    if items:
        assert_no_line_is_lost(texts, items)


@st.composite
def _changed(draw: st.DrawFn, texts: list[str]) -> list[str]:
    """Return those lines after a few accidents: lines lost, doubled, moved, replaced, added."""
    changed = list(texts)
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, max(0, len(changed) - 1)))
        match draw(st.sampled_from(["lose", "double", "replace", "add", "move"])):
            case "lose":
                del changed[place : place + draw(st.integers(1, 5))]
            case "double":
                changed[place:place] = changed[place : place + draw(st.integers(1, 30))]
            case "replace":
                changed[place : place + 1] = [draw(_LINES)]
            case "add":
                changed.insert(place, draw(_LINES))
            case "move":
                moved = changed[place : place + 3]
                del changed[place : place + 3]
                there = draw(st.integers(0, len(changed)))
                changed[there:there] = moved
    return changed


@given(st.sampled_from(_GOLDEN).flatmap(lambda path: _changed(_decoded(path))))
def test_a_golden_file_after_accidents_loses_no_line(texts: list[str]) -> None:
    items = read(texts)

    if items:
        assert_no_line_is_lost(texts, items)


def _decoded(path: Path) -> list[str]:
    return path.read_bytes().decode("utf-8", "replace").replace("\x00", "").splitlines()


@given(st.integers(0, len(_STARTS) - 1), st.data())
def test_what_happens_to_a_record_leaves_the_others_as_they_were(which: int, data: st.DataObject) -> None:
    start, end = [*pairwise([*_STARTS, len(_SAMPLE)])][which]
    inside = data.draw(
        _changed(_SAMPLE[start + 1 : end]).filter(lambda texts: RECORD_LINE not in map(str.rstrip, texts))
    )
    hurt = [*_SAMPLE[: start + 1], *inside, *_SAMPLE[end:]]

    kept = [field_values(item.action) for item in read(hurt) if isinstance(item, ParsedRecord)]

    whole = [field_values(item.action) for item in read(_SAMPLE) if isinstance(item, ParsedRecord)]
    assert len(whole) == len(_STARTS)
    for number, action in enumerate(whole):
        assert number == which or action in kept, number


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bytes") / "export"


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(_GOLDEN), st.data())
def test_a_golden_file_with_other_bytes_in_it_is_read_or_refused(file: Path, golden: Path, data: st.DataObject) -> None:
    raw = bytearray(golden.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(raw)))
        raw[place : place + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=20))
    file.write_bytes(raw)

    with suppress(UnreadableFile):
        items = list(read_export(file))
        starts = [item.line for item in items if not isinstance(item, Diagnostic)]
        assert starts
        assert starts == sorted(set(starts))
        assert all(item.errors for item in items if isinstance(item, RejectedRecord))


_KEYS = st.sampled_from([*(field.key for field in FIELDS), "id", "version", "autre"])
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_GOOD = {"titre": "Un jardin", "structure": "Centre social des Tilleuls - Nord"}
_OBJECTS = st.dictionaries(_KEYS, _JSON, max_size=5)


@given(st.lists(_JSON | _OBJECTS | _OBJECTS.map(lambda odd: {**odd, **_GOOD}) | st.just(_GOOD), max_size=6))
def test_each_line_of_json_is_a_record_or_a_refusal_of_that_line(values: list[Any]) -> None:
    lines = numbered(json.dumps(value) for value in values)

    items = list(parse_json_lines(lines))

    assert [item.line for item in items if not isinstance(item, Diagnostic)] == [line.number for line in lines]
    for item, value in zip(items, values, strict=True):
        if isinstance(item, RejectedRecord):
            assert value != _GOOD
            assert all(error.line == item.line and error.message for error in item.errors)
        else:
            assert isinstance(item, ParsedRecord)
            item.action.titre.encode()
