"""What someone wants to write becomes an action as an import would make it, or every error in it is named."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.catalogue.action import Action, field_values
from app.catalogue.action_input import (
    MAX_LINE_LENGTH,
    MAX_LIST_VALUES,
    MAX_TEXT_LENGTH,
    READ_ONLY_KEYS,
    json_pointer,
    parse_action,
    parse_patch,
)
from app.catalogue.errors import InvalidContent
from app.catalogue.fields import FIELDS, FieldKind
from app.catalogue.structure import Structure
from app.exporting.json_documents import record_document
from app.importing.decoding import detect_encoding, read_lines
from app.importing.diagnostics import ParsedRecord
from app.importing.text_format import parse_export, render_export
from tests.factories import make_action, make_record
from tests.importing.test_round_trip import actions

STRUCTURE = {"nom": "Centre social des Tilleuls", "departement": "59"}
DOCUMENT: dict[str, Any] = {"titre": "Jardin", "structure": STRUCTURE}


def refusals(document: object) -> dict[str, str]:
    """Return the errors of `document` by pointer."""
    with pytest.raises(InvalidContent) as refused:
        parse_action(document)
    return {error.pointer: error.message for error in refused.value.errors}


def test_what_is_not_said_is_empty() -> None:
    assert parse_action(DOCUMENT) == make_action("Jardin")


def test_the_second_territory_is_the_first_unless_it_is_said() -> None:
    assert parse_action({**DOCUMENT, "territoire": "Une ville"}).model_dump()["territoire_partenariat"] == "Une ville"
    odd = parse_action({**DOCUMENT, "territoire": "Une ville", "territoire_partenariat": None})
    assert field_values(odd)["territoire_partenariat"] is None


@pytest.mark.parametrize("place", ["59", "Nord", "nord", {"code": "59"}, {"code": "59", "nom": "Nord"}])
def test_a_departement_is_a_code_a_name_or_what_reading_gives(place: object) -> None:
    assert parse_action({**DOCUMENT, "structure": {**STRUCTURE, "departement": place}}) == make_action("Jardin")


def test_a_structure_may_have_no_departement() -> None:
    for structure in ({"nom": "Sans lieu"}, {"nom": "Sans lieu", "departement": None}):
        assert parse_action({**DOCUMENT, "structure": structure}).structure == "Sans lieu"


def test_every_error_is_named_at_once_by_its_pointer() -> None:
    found = refusals(
        {
            "titr": "x",
            "titre": "a\nb",
            "structure": {"nom": " ", "departement": "Nrod", "ville": "x"},
            "mots_cles": ["a", 1, ""],
            "resume": None,
            "statut": 3,
            "fichiers": {},
            "dimension": "a\x00",
        }
    )

    assert set(found) == {
        "/titr",
        "/titre",
        "/structure/nom",
        "/structure/departement",
        "/structure/ville",
        "/mots_cles/1",
        "/mots_cles/2",
        "/resume",
        "/statut",
        "/fichiers",
        "/dimension",
    }
    assert "« titre »" in found["/titr"]
    assert "« Nord »" in found["/structure/departement"]
    assert found["/dimension"] == "Caractère NUL interdit."


def test_an_error_is_not_told_of_a_value_that_was_not_given() -> None:
    for wrong in (3, "a\nb", "a" * (MAX_LINE_LENGTH + 1)):
        assert set(refusals({**DOCUMENT, "territoire": wrong})) == {"/territoire"}


def test_a_key_that_looks_like_structure_hides_no_error_of_it() -> None:
    found = refusals({"titre": "x", "structures": 1, "structure": {"nom": "Les Tilleuls - Nord"}})

    assert set(found) == {"/structures", "/structure/nom"}


def test_what_is_wanted_is_asked_for() -> None:
    assert set(refusals({})) == {"/titre", "/structure"}
    assert set(refusals({"titre": "x", "structure": {}})) == {"/structure/nom"}
    assert set(refusals({"titre": "x", "structure": "Les Tilleuls - Nord"})) == {"/structure"}


@pytest.mark.parametrize("document", [None, [], "x", 3, True])
def test_only_an_object_is_an_action(document: object) -> None:
    assert set(refusals(document)) == {""}


@pytest.mark.parametrize("place", [7, [], {}, {"code": 59}, {"code": "59", "nom": "Paris"}, {"nom": None}, "", "x"])
def test_a_departement_that_is_none_is_refused_with_what_is_allowed(place: object) -> None:
    with pytest.raises(InvalidContent) as refused:
        parse_action({**DOCUMENT, "structure": {**STRUCTURE, "departement": place}})
    assert [(error.pointer, "59" in error.allowed) for error in refused.value.errors] == [
        ("/structure/departement", True)
    ]


def test_a_name_that_would_be_read_as_a_departement_is_refused() -> None:
    assert set(refusals({**DOCUMENT, "structure": {"nom": "Les Tilleuls - Nord"}})) == {"/structure/nom"}
    kept = parse_action({**DOCUMENT, "structure": {"nom": "Les Tilleuls - Nord", "departement": "59"}})
    assert Structure.parse(kept.structure).nom == "Les Tilleuls - Nord"


def test_what_was_read_can_be_sent_back() -> None:
    record = make_record(fichiers=["plan.pdf"], structure="Centre social  - nord", territoire="Un quartier")
    document = {**record_document(record), "links": {}, "score": None, "highlights": {}}

    assert set(document) == {*READ_ONLY_KEYS, *field_values(record.action)}
    assert parse_action(document, record.action) == record.action


def test_values_are_bounded() -> None:
    found = refusals(
        {
            "titre": "a" * (MAX_LINE_LENGTH + 1),
            "structure": {"nom": "a" * (MAX_LINE_LENGTH + 1)},
            "mots_cles": ["a"] * (MAX_LIST_VALUES + 1),
            "initiative": ["a" * (MAX_LINE_LENGTH + 1)],
            # One character that composing makes three of.
            "resume": "\U0001d160" * (MAX_TEXT_LENGTH // 3 + 1),
        }
    )

    assert set(found) == {"/titre", "/structure/nom", "/mots_cles", "/initiative/0", "/resume"}
    assert parse_action({**DOCUMENT, "titre": "a" * MAX_LINE_LENGTH, "resume": "a" * MAX_TEXT_LENGTH})


def test_what_is_too_long_already_may_stay() -> None:
    title, name = "a" * (MAX_LINE_LENGTH + 1), "b" * (MAX_LINE_LENGTH + 1)
    current = make_action(title, structure=f"{name} - Nord", mots_cles=["c"] * (MAX_LIST_VALUES + 1))

    assert field_values(parse_patch({"resume": "Nouveau"}, current)) == {**field_values(current), "resume": "Nouveau"}
    with pytest.raises(InvalidContent):
        parse_patch({"titre": f"{title}a"}, current)


def test_a_million_errors_are_not_all_told() -> None:
    with pytest.raises(InvalidContent) as refused:
        parse_action({f"clé {number}": 1 for number in range(20_000)})
    assert len(refused.value.errors) == 50


def test_a_pointer_escapes_what_it_has_to() -> None:
    assert set(refusals({**DOCUMENT, "a/b~c": 1})) == {"/a~1b~0c"}
    assert json_pointer() == ""


def test_a_patch_changes_what_it_names() -> None:
    current = make_action("Jardin", resume="Avant", mots_cles=["a"], statut="En cours", territoire="Un quartier")
    patched = parse_patch({"resume": None, "mots_cles": ["b"], "statut": None, "titre": "Verger"}, current)

    assert patched == make_action("Verger", mots_cles=["b"], territoire="Un quartier")


def test_a_patch_of_the_place_leaves_the_name_and_the_other_way_round() -> None:
    current = make_action("Jardin")

    assert parse_patch({"structure": {"departement": "75"}}, current).structure == "Centre social des Tilleuls - Paris"
    assert parse_patch({"structure": {"nom": "Autre"}}, current).structure == "Autre - Nord"
    assert parse_patch({"structure": {"departement": None}}, current).structure == "Centre social des Tilleuls"


def test_a_patch_keeps_the_line_of_a_structure_that_stays() -> None:
    current = make_action("Jardin", structure="Centre  - nord")

    assert parse_patch({"structure": {"nom": "Centre"}, "resume": "x"}, current).structure == "Centre  - nord"


def test_the_second_territory_follows_the_first_when_both_were_the_same() -> None:
    same = make_action(territoire="Un quartier", territoire_partenariat="Un quartier")
    odd = make_action(territoire="Un quartier", territoire_partenariat="Une ville")
    patch = {"territoire": "Une région"}

    assert field_values(parse_patch(patch, same))["territoire_partenariat"] == "Une région"
    assert field_values(parse_patch(patch, odd))["territoire_partenariat"] == "Une ville"


@pytest.mark.parametrize(
    ("patch", "where"),
    [
        ({"titre": None}, "/titre"),
        ({"structure": None}, "/structure"),
        ({"structure": {"nom": None}}, "/structure/nom"),
        ({"resumé": None}, "/resumé"),
        ({"structure": {"ville": None}}, "/structure/ville"),
        ([], ""),
        (None, ""),
        ({"titre": {"a": 1}}, "/titre"),
    ],
)
def test_a_patch_that_leaves_no_action_is_refused(patch: object, where: str) -> None:
    with pytest.raises(InvalidContent) as refused:
        parse_patch(patch, make_action())
    assert where in [error.pointer for error in refused.value.errors]


def written_and_read(action: Action) -> Action:
    stream = io.BytesIO("".join(render_export([action])).encode())
    [item] = parse_export(read_lines(stream, detect_encoding(stream)))
    assert isinstance(item, ParsedRecord)
    return item.action


@settings(max_examples=60)
@given(actions)
def test_whatever_is_written_survives_an_export(action: Action) -> None:
    structure = Structure.parse(action.structure)
    place = structure.departement.code if structure.departement else None
    document = {**field_values(action), "structure": {"nom": structure.nom, "departement": place}}
    written = parse_action(document)

    assert field_values(written) == {**field_values(action), "structure": written.structure}
    assert written_and_read(written) == written


@settings(max_examples=60)
@given(actions)
def test_a_patch_of_nothing_changes_nothing(action: Action) -> None:
    assert field_values(parse_patch({}, action)) == field_values(action)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*(field.key for field in FIELDS), *READ_ONLY_KEYS, "nom", "departement", "code"])
            | st.text(max_size=4),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


def outcome(read: Callable[[], Action]) -> Action | list[str]:
    """Return what `read` gives, or the pointers of what it refuses."""
    try:
        return read()
    except InvalidContent as refused:
        return [error.pointer for error in refused.errors]


@settings(max_examples=200)
@given(_JSON)
def test_any_json_is_an_action_or_a_refusal_with_pointers_into_it(given_: Any) -> None:
    current = make_action("Jardin", statut="En cours")
    for found in (outcome(lambda: parse_action(given_)), outcome(lambda: parse_patch(given_, current))):
        if isinstance(found, Action):
            assert written_and_read(found) == found
        else:
            assert all(where == "" or where.startswith("/") for where in found)
            assert 0 < len(set(found)) == len(found)


@settings(max_examples=100)
@given(actions, st.data())
def test_patching_a_field_changes_that_field_alone(action: Action, data: st.DataObject) -> None:
    field = data.draw(st.sampled_from([f for f in FIELDS if f.kind is FieldKind.TEXT]))
    patched = parse_patch({field.key: "Nouveau"}, action)

    assert field_values(patched) == {**field_values(action), field.key: "Nouveau"}


def test_a_length_that_is_too_long_is_refused_with_the_limit() -> None:
    found = refusals({**DOCUMENT, "titre": "a" * (MAX_LINE_LENGTH + 1), "mots_cles": ["a"] * (MAX_LIST_VALUES + 1)})

    assert found == {
        "/titre": "1000 caractères au plus sont attendus.",
        "/mots_cles": "200 valeurs au plus sont attendues.",
    }
