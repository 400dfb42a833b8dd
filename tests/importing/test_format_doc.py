"""`docs/format.md` says what the code does, as far as that can be checked."""

import json
import re
from pathlib import Path

import pytest

from app.catalogue.fields import FIELDS, FieldKind
from app.catalogue.structure_input import STRUCTURE_KEYS, STRUCTURE_READ_ONLY_KEYS
from app.importing.decoding import MAX_LINE_BYTES, Line
from app.importing.diagnostics import MAX_DIAGNOSTICS, ParsedRecord
from app.importing.grammar import HEADER_LINE, MAX_LOOKAHEAD
from app.importing.json_lines_reader import IMPORT_RULES, MAX_JSON_LINE_BYTES, parse_json_lines
from app.importing.record_builder import MAX_RECORD_LENGTH
from app.importing.text_format import render_action
from tests.factories import make_action

DOC = (Path(__file__).parents[2] / "docs" / "format.md").read_text(encoding="utf-8")


def test_the_table_lists_every_field_in_order():
    rows = re.findall(r"^\| `(\w+)` \| (.+) \| (titre|un|liste|texte) \| (yes|no) \|$", DOC, re.MULTILINE)
    assert rows == [
        (
            field.key,
            f"`{field.label}`" if field.label else "(the line after `Actions`)",
            str(field.kind),
            "yes" if field.optional else "no",
        )
        for field in FIELDS
    ]


def test_every_kind_and_heading_is_explained():
    assert all(f"| `{kind}` |" in DOC for kind in FieldKind)
    assert all(f"`{field.heading}`" in DOC for field in FIELDS if field.heading)
    assert f"```\n{HEADER_LINE}\nActions\n" in DOC


@pytest.mark.parametrize("limit", [MAX_LINE_BYTES, MAX_RECORD_LENGTH, MAX_JSON_LINE_BYTES])
def test_the_limits_are_those_of_the_code(limit):
    assert f"{limit:_}".replace("_", " ") in DOC


def test_the_small_limits_are_those_of_the_code():
    assert f"the next {MAX_LOOKAHEAD} lines" in DOC
    assert f"{MAX_DIAGNOSTICS} are given" in DOC


def test_every_ignored_key_of_json_lines_is_named():
    assert all(
        f"`{key}`" in DOC for key in {*IMPORT_RULES.ignored_keys, *STRUCTURE_KEYS, *STRUCTURE_READ_ONLY_KEYS} - {"nom"}
    )


def test_the_example_of_an_escape_is_what_is_written():
    example = re.findall(r"```\n(- Résumé\n.*?)```", DOC, re.DOTALL)[0]
    assert example in render_action(make_action(resume="- Qui est à l'initiative de l'action ?"))


def test_the_example_of_json_lines_is_accepted():
    example = re.findall(r"```json\n(.*?)\n```", DOC, re.DOTALL)[0]
    assert json.loads(example)
    (item,) = parse_json_lines([Line(1, example)])
    assert isinstance(item, ParsedRecord)
    assert item.action == make_action(mots_cles=["Environnement"])
