"""Values of one line hold no control, zero-width or bidirectional character."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalogue.action import clean_line, field_values, one_line
from app.catalogue.action_input import parse_action, parse_patch
from app.catalogue.errors import InvalidContent
from app.importing.decoding import Line
from app.importing.diagnostics import ParsedRecord
from app.importing.json_lines_reader import parse_json_lines
from app.importing.text_format import parse_export, render_export
from tests.factories import make_action

DOCUMENT: dict[str, Any] = {"titre": "Jardin", "structure": {"nom": "Centre", "departement": "59"}}
_BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_ZERO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff"
FORBIDDEN = [*map(chr, range(1, 32)), *map(chr, range(127, 160)), *"\u2028\u2029", *_BIDI, *_ZERO_WIDTH]
LEGITIMATE = [
    "L’école d’été — « 100 % » œuvre\u00a0!",
    "👩\u200d👩\u200d👧 en famille",
    "🧑🏽\u200d🌾 au jardin",
    "❤\ufe0f\u200d🔥",
    "می\u200cخواهم",
    "क्\u200dष",
    "co\u00adopération",
]
_TEXTS = st.text(st.characters(), max_size=20) | st.text([*FORBIDDEN, *"a e\u0301👩क्ی\u094d\ufe0f"], max_size=12)


@pytest.mark.parametrize("char", FORBIDDEN, ids=ascii)
def test_a_forbidden_character_is_named(char: str) -> None:
    name = "Une seule ligne" if char in "\n\r" else f"Le caractère U+{ord(char):04X} ("
    for value, pointer in (("titre", "/titre"), ("statut", "/statut")):
        with pytest.raises(InvalidContent) as refused:
            parse_action({**DOCUMENT, value: f"Un{char}jardin"})
        (error,) = refused.value.errors
        assert error.pointer == pointer
        assert error.message.startswith(name)
    structure = {"nom": f"Cen{char}tre", "departement": "59"}
    with pytest.raises(InvalidContent) as refused:
        parse_action({**DOCUMENT, "structure": structure, "mots_cles": ["a", f"b{char}c"]})
    assert {error.pointer for error in refused.value.errors} == {"/structure/nom", "/mots_cles/1"}


@pytest.mark.parametrize("line", LEGITIMATE)
def test_joiners_stay_where_a_script_or_emoji_need_them(line: str) -> None:
    assert one_line(line) == line
    assert clean_line(line) == (line, "")


def test_a_text_keeps_its_tabs_and_line_breaks() -> None:
    assert field_values(parse_action({**DOCUMENT, "resume": "un\tdeux\ntrois"}))["resume"] == "un\tdeux\ntrois"


@given(_TEXTS)
def test_any_text_is_stored_canonical_or_refused(text: str) -> None:
    try:
        stored = one_line(text)
    except ValueError:
        return
    assert one_line(stored) == stored
    assert clean_line(stored) == (stored, "")


# What an import reads was decoded: it holds no half of a surrogate pair.
@given(_TEXTS.filter(lambda text: text.encode(errors="ignore").decode() == text))
def test_a_cleaned_line_is_accepted_unless_it_is_empty_or_no_line(text: str) -> None:
    cleaned, sentence = clean_line(text)

    if sentence:
        assert not cleaned or one_line(cleaned) == cleaned
    else:
        assert cleaned == text


def stored_by_an_old_version(**values: Any) -> Any:
    return make_action("Jardin", mots_cles=["Santé"]).model_copy(update=values)


@pytest.mark.parametrize("form", ["text", "json"])
def test_an_import_keeps_the_record_and_warns_with_line_and_field(form: str) -> None:
    action = stored_by_an_old_version(
        titre="Un\x1b[2Jjardin\u202e", structure="Cen\u200btre - Nord", mots_cles=["\ta\x0bb"]
    )
    if form == "text":
        texts = "".join(render_export([action])).split("\n")
        items = list(parse_export(Line(number, text) for number, text in enumerate(texts, 1)))
    else:
        names = {"nom": "Cen\u200btre", "departement": "59", "libelle": action.structure}
        document = {**field_values(action), "structure": names}
        items = list(parse_json_lines([Line(1, json.dumps(document))]))
    (item,) = items

    assert isinstance(item, ParsedRecord)
    assert item.action == make_action("Un [2Jjardin", structure="Centre - Nord", mots_cles=["a b"])
    warned = {warning.field: warning for warning in item.warnings}
    assert set(warned) == {"titre", "structure", "mots_cles"}
    assert warned["titre"].message == (
        "Non permis sur une ligne, et retiré : U+001B (échappement), U+202E (forçage droite-à-gauche)."
    )
    assert all(warning.line for warning in item.warnings)


def test_a_stored_value_is_cleaned_when_its_record_is_written_again() -> None:
    old = stored_by_an_old_version(titre="Jar\u200bdin", structure="Cen\u200btre - Nord", mots_cles=["a\x0bb"])
    patched = parse_patch({"resume": "Un compost"}, old)

    assert patched == make_action("Jardin", structure="Centre - Nord", mots_cles=["a b"], resume="Un compost")
    with pytest.raises(InvalidContent):
        parse_patch({"titre": "Jar\u200bdins"}, old)
