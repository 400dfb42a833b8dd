"""The errors of a document of the API: where they are, what they say, and what is allowed instead."""

from typing import Any

import pytest

from app.catalogue.action_input import MAX_LINE_LENGTH, MAX_LIST_VALUES, parse_action, parse_patch
from app.catalogue.errors import ContentError, InvalidContent
from app.catalogue.fields import FIELDS
from app.catalogue.structure_input import DEPARTEMENT_KEYS, STRUCTURE_KEYS
from tests.factories import make_action

STRUCTURE = {"nom": "Centre social des Tilleuls", "departement": "59"}
DOCUMENT: dict[str, Any] = {"titre": "Jardin", "structure": STRUCTURE}


def errors_of(changes: dict[str, Any]) -> tuple[ContentError, ...]:
    """Return the errors of a valid document after `changes`."""
    with pytest.raises(InvalidContent) as refused:
        parse_action({**DOCUMENT, **changes})
    return refused.value.errors


@pytest.mark.parametrize(
    ("changes", "pointer", "key", "allowed"),
    [
        ({"couleur": 1}, "/couleur", "couleur", tuple(field.key for field in FIELDS)),
        ({"structure": {**STRUCTURE, "ville": 1}}, "/structure/ville", "ville", STRUCTURE_KEYS),
        (
            {"structure": {**STRUCTURE, "departement": {"code": "59", "pays": "x"}}},
            "/structure/departement/pays",
            "pays",
            DEPARTEMENT_KEYS,
        ),
    ],
)
def test_an_unknown_key_is_refused_with_the_keys_that_its_object_has(
    changes: dict[str, Any], pointer: str, key: str, allowed: tuple[str, ...]
) -> None:
    [error] = errors_of(changes)

    assert (error.pointer, error.allowed) == (pointer, allowed)
    assert error.message.startswith(f"Clé inconnue : « {key} ».")


def test_an_unknown_departement_is_the_only_error_of_its_structure() -> None:
    [error] = errors_of({"structure": {"nom": "Les Tilleuls - Nord", "departement": "Atlantide"}})

    assert error.pointer == "/structure/departement"


def test_a_name_that_ends_with_a_departement_is_quoted() -> None:
    [error] = errors_of({"structure": {"nom": "Les Tilleuls - Nord"}})

    assert error.message.startswith("La fin de « Les Tilleuls - Nord » serait lue comme un département")


@pytest.mark.parametrize("value", ["", " ", "a\nb", "a\rb"])
def test_a_field_of_one_line_is_refused_with_what_is_expected(value: str) -> None:
    [error] = errors_of({"statut": value})

    assert (error.pointer, error.message) == ("/statut", "Une seule ligne, non vide, est attendue.")


def test_a_list_of_two_hundred_values_is_accepted() -> None:
    action = parse_action({**DOCUMENT, "mots_cles": ["a"] * MAX_LIST_VALUES})

    assert action.model_dump()["mots_cles"] == ["a"] * MAX_LIST_VALUES


def test_a_patch_of_any_field_is_bounded() -> None:
    for key in ("titre", "statut", "territoire"):
        with pytest.raises(InvalidContent):
            parse_patch({key: "a" * (MAX_LINE_LENGTH + 1)}, make_action())
