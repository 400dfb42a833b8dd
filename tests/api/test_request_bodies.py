"""The schemas of request bodies accept exactly the documents that the API accepts."""

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from app.api.openapi.request_bodies import INPUT_EXAMPLES, PATCH_SCHEMA, WHOLE_SCHEMA, input_schemas
from app.catalogue.action import Action, field_values
from app.catalogue.action_input import READ_ONLY_KEYS, parse_action, parse_patch
from app.catalogue.errors import InvalidContent
from app.catalogue.fields import FIELDS
from app.catalogue.structure import Structure
from tests.factories import make_action
from tests.importing.test_round_trip import actions

CURRENT = make_action("Jardin", statut="En cours")
DOCUMENT: dict[str, Any] = {"titre": "Jardin", "structure": {"nom": "Les Tilleuls", "departement": "59"}}


def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": {"schemas": input_schemas()}})


VALIDATORS = {name: validator(name) for name in (WHOLE_SCHEMA, PATCH_SCHEMA)}


def is_taken(name: str, document: object) -> bool:
    try:
        if name == WHOLE_SCHEMA:
            parse_action(document)
        else:
            parse_patch(document, CURRENT)
    except InvalidContent:
        return False
    return True


@pytest.mark.parametrize("name", [WHOLE_SCHEMA, PATCH_SCHEMA])
def test_the_examples_are_taken(name: str) -> None:
    VALIDATORS[name].validate(INPUT_EXAMPLES[name])
    assert is_taken(name, INPUT_EXAMPLES[name])


@settings(max_examples=60, deadline=None)
@given(actions)
def test_whatever_can_be_imported_can_be_written(action: Action) -> None:
    structure = Structure.parse(action.structure)
    place = structure.departement.code if structure.departement else None
    document = {**field_values(action), "structure": {"nom": structure.nom, "departement": place}}

    VALIDATORS[WHOLE_SCHEMA].validate(document)
    assert is_taken(WHOLE_SCHEMA, document)


_KEYS = st.sampled_from([*(field.key for field in FIELDS), *READ_ONLY_KEYS, "titr", "nom"])
_STRUCTURES = st.fixed_dictionaries(
    {},
    optional={
        "nom": st.text(max_size=3) | st.none() | st.just("a" * 1001),
        "departement": st.none()
        | st.integers()
        | st.sampled_from(["59", "Nord", "xx", {"code": "2A"}, {"code": 1}, {"nom": "Nord"}, {"nom": "xx"}, {}])
        | st.fixed_dictionaries({"code": st.sampled_from(["59", "01", "xx"]), "nom": st.sampled_from(["Nord", "Ain"])}),
        "libelle": st.none() | st.integers(),
        "autre": st.none(),
    },
)
_LEAVES = st.none() | st.booleans() | st.integers() | st.floats().filter(math.isfinite) | st.text(max_size=4)
_BLANKS = st.text("\x1c\x1f\x85\u2028\xa0\x0b a", max_size=4)
_VALUES = _LEAVES | _BLANKS | st.lists(_LEAVES, max_size=3) | st.just("a" * 1001) | st.just(["a"] * 201) | _STRUCTURES


@pytest.mark.parametrize("name", [WHOLE_SCHEMA, PATCH_SCHEMA])
@settings(max_examples=300, deadline=None)
@given(changed=st.dictionaries(_KEYS, _VALUES, max_size=3), data=st.data())
def test_a_document_is_taken_exactly_when_the_schema_allows_it(name: str, changed: Any, data: st.DataObject) -> None:
    dropped = data.draw(st.sets(st.sampled_from(["titre", "structure"]), max_size=1)) - changed.keys()
    document = {**{key: value for key, value in DOCUMENT.items() if key not in dropped}, **changed}

    assert is_taken(name, document) == VALIDATORS[name].is_valid(document)
