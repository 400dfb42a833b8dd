"""Whatever an action says, writing it and reading it again gives the same action."""

import io
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.catalogue.action import Action, clean_line, field_values
from app.catalogue.fields import FIELDS, Field, FieldKind
from app.importing.decoding import detect_encoding, read_lines
from app.importing.diagnostics import ParsedRecord
from app.importing.json_lines_reader import parse_json_lines
from app.importing.text_format import parse_export, render_export

_LABELS = [field.label for field in FIELDS if field.label]
_STRANGE = ["Actions", "-", "- ", "", " ", "- -", "Les actions des centres sociaux", "Partenaires d'action:", "\u0301a"]
_SPACES = st.sampled_from(["", "", "", " ", "  ", "\t", "\u00a0"])
_ANY = st.text(st.characters(exclude_characters="\x00\r\n", exclude_categories=["Cs"]), max_size=12)
_RISKY = st.sampled_from([*_LABELS, *_STRANGE, *(label.removeprefix("- ") for label in _LABELS)])
_WORDS = st.builds(lambda before, text, after: before + text + after, _SPACES, _RISKY | _ANY, _SPACES)
_LINES = _WORDS.map(lambda text: clean_line(text)[0]).filter(lambda text: text.strip())
_TEXTS = st.lists(_WORDS, max_size=5).map("\n".join)


def _values(field: Field) -> st.SearchStrategy[Any]:
    if field.kind is FieldKind.TITLE or field.key == "structure":
        return _LINES
    if field.kind is FieldKind.ONE:
        return st.none() | _LINES
    present: st.SearchStrategy[Any] = _TEXTS if field.kind is FieldKind.TEXT else st.lists(_LINES, max_size=3)
    return st.none() | present if field.optional else present


actions = st.builds(Action, **{field.key: _values(field) for field in FIELDS})


def _kept(items: list[Any]) -> list[Action]:
    assert all(isinstance(item, ParsedRecord) for item in items)
    return [item.action for item in items]


@settings(max_examples=60)
@given(st.lists(actions, min_size=1, max_size=2))
def test_the_text_format_gives_back_every_action(written):
    stream = io.BytesIO("".join(render_export(written)).encode())
    form = detect_encoding(stream)
    assert form.warnings == ()
    assert _kept(list(parse_export(read_lines(stream, form)))) == written


@settings(max_examples=25)
@given(actions)
def test_the_text_format_is_written_one_way_only(action):
    once = "".join(render_export([action]))
    stream = io.BytesIO(once.encode())
    assert "".join(render_export(_kept(list(parse_export(read_lines(stream, detect_encoding(stream))))))) == once


@settings(max_examples=25)
@given(actions)
def test_json_lines_give_back_every_action(action):
    stream = io.BytesIO(json.dumps(field_values(action), ensure_ascii=False).encode())
    assert _kept(list(parse_json_lines(read_lines(stream, detect_encoding(stream), compose=False)))) == [action]
