"""JSON Lines: identifiers, départements and declared fields."""

import json
from typing import Any

import pytest

from app.catalogue.action import action_model
from app.catalogue.fields import FIELDS, Field, FieldKind
from app.importing.decoding import Line
from app.importing.diagnostics import ParsedRecord, RejectedRecord
from app.importing.json_lines_reader import parse_json_lines

DOCUMENT = {"titre": "Jardin", "structure": "Centre - Nord"}


def read(document: dict[str, Any], *declared: Any) -> Any:
    (item,) = parse_json_lines([Line(7, json.dumps(document))], *declared)
    return item


def test_an_identifier_of_a_hundred_characters_is_kept_and_a_longer_one_refused() -> None:
    kept, refused = (read({**DOCUMENT, "id": "a" * length}) for length in (100, 101))

    assert isinstance(kept, ParsedRecord)
    assert kept.id == "a" * 100
    assert isinstance(refused, RejectedRecord)
    assert [(error.line, error.field) for error in refused.errors] == [(7, "id")]


def test_a_field_added_to_the_registry_is_read() -> None:
    added = Field("horaires", "- Horaires", FieldKind.TEXT, "Horaires", "Les horaires", "le lundi")
    fields = (*FIELDS, added)
    model: Any = action_model(fields)

    assert read({**DOCUMENT, "horaires": "le lundi"}, fields, model).action.horaires == "le lundi"


@pytest.mark.parametrize("name", ["Maison - Annexe - Atlantide", "Maison - Atlantide"])
def test_the_unknown_departement_of_a_structure_is_what_follows_its_last_dash(name: str) -> None:
    [warning] = read({**DOCUMENT, "structure": name}).warnings

    assert warning.message == "« Atlantide » n'est pas un département connu."


def test_a_departement_with_a_null_member_or_another_key_is_read() -> None:
    for place in ({"code": "59", "nom": None}, {"code": None, "nom": "Nord"}, {"code": "59", "pays": "France"}):
        record = read({**DOCUMENT, "structure": {"nom": "Centre", "departement": place}})
        assert record.action.structure == "Centre - Nord"
