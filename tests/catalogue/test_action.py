import pytest
from pydantic import ValidationError

from app.catalogue.action import (
    Action,
    action_slug,
    content_hash,
    expected_value_message,
    field_values,
    identity_key,
)
from app.catalogue.facets import FACETS
from app.catalogue.fields import FIELDS, FieldKind
from app.catalogue.sorting import SORTS
from tests.factories import make_action, make_record


def test_an_action_has_the_declared_fields_and_no_other() -> None:
    assert list(field_values(make_action())) == [field.key for field in FIELDS]
    with pytest.raises(ValidationError):
        Action(titre="Jardin", structure="Centre", inconnue="x")


def test_values_are_canonical_once_validated() -> None:
    action = make_action("  Cafe\u0301 ", resume="un  \r\n\r\n", mots_cles=[" a "])

    assert (action.titre, field_values(action)["resume"], field_values(action)["mots_cles"]) == ("Café", "un", ["a"])


@pytest.mark.parametrize(
    "wrong",
    [{"titre": " "}, {"titre": "a\nb"}, {"structure": ""}, {"resume": "a\x00"}, {"mots_cles": [""]}, {"dimension": ""}],
)
def test_a_value_that_cannot_be_stored_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        make_action(**{"titre": "Jardin", **wrong})


def test_empty_values_follow_the_kind_of_the_field() -> None:
    values = field_values(Action(titre="Jardin", structure="Centre"))

    for field in FIELDS:
        if field.key in {"titre", "structure"}:
            continue
        expected = (
            None if field.optional or field.kind is FieldKind.ONE else [] if field.kind is FieldKind.MULTI else ""
        )
        assert values[field.key] == expected, field.key


def test_equal_content_has_an_equal_hash_and_any_difference_shows() -> None:
    assert content_hash(make_action(resume="a")) == content_hash(make_action(resume="a"))
    assert content_hash(make_action(raisons_fin="")) != content_hash(make_action(raisons_fin=None))


def test_identity_is_title_and_structure() -> None:
    assert identity_key(make_action(resume="a")) == identity_key(make_action(resume="b"))
    assert identity_key(make_action("A")) != identity_key(make_action("B"))
    assert identity_key(make_action(structure="C - Nord")) != identity_key(make_action(structure="C - Vosges"))


def test_identifiers_are_readable_and_tell_twins_apart() -> None:
    action = make_action("La semaine Bleue")

    assert action_slug(action).startswith("la-semaine-bleue-")
    assert action_slug(action, 1) == f"{action_slug(action)}-2"
    assert action_slug(make_action("日本"))


def test_facets_read_codes_labels_and_lists() -> None:
    action = make_action(structure="Centre Étoile - Nord", mots_cles=["Santé", "sante", "Culture"])
    read = {name: [(value.value, value.label) for value in facet.values(action)] for name, facet in FACETS.items()}

    assert read["structure"] == [("centre-etoile-nord", "Centre Étoile")]
    assert read["departement"] == [("59", "Nord")]
    assert read["region"] == [("32", "Hauts-de-France")]
    assert [label for _, label in read["mot_cle"]] == ["sante", "Culture"]
    assert read["dimension"] == []


def test_a_structure_without_departement_has_no_place() -> None:
    action = make_action(structure="Centre")

    assert FACETS["departement"].values(action) == FACETS["region"].values(action) == ()


def test_sorts_read_one_collated_value_or_nothing() -> None:
    record = make_record(2, "« Été »", structure="Centre - Ain")

    assert {name: read(record) for name, read in SORTS.items()} == {
        "titre": "ete",
        "structure": "centre",
        "departement": "ain",
        "region": "auvergne rhone alpes",
        "statut": "",
        "dimension": "",
        "territoire": "",
        "public": "",
        "cree_le": "2026-01-02T00:00:00+00:00",
        "modifie_le": "2026-01-02T00:00:00+00:00",
    }


def test_identifiers_and_hashes_are_those_of_earlier_versions() -> None:
    action = make_action(resume="Été", mots_cles=["é"])

    assert action_slug(action) == "jardin-partage-3311b4"
    assert identity_key(action) == "3311b4d98b462573c27d40c1ff89f612"
    assert content_hash(action) == "eb947f907e6a75d0b6923223a7621abd"
    assert identity_key(make_action(structure="Centre")) == "b035b9337734c826a13480199b42a74a"


def test_actions_of_two_structures_of_one_departement_are_two_actions() -> None:
    assert identity_key(make_action(structure="A - Nord")) != identity_key(make_action(structure="B - Nord"))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"statut": 3}, "une chaîne de caractères est attendue"),
        ({"mots_cles": "a"}, "une liste de chaînes est attendue"),
        ({"resume": "a\x00"}, "caractère NUL interdit"),
        ({"inconnue": "x"}, "la valeur n'est pas acceptée"),
    ],
)
def test_each_error_of_a_value_has_a_french_message(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError) as refused:
        make_action(**wrong)

    assert [expected_value_message(dict(detail)) for detail in refused.value.errors()] == [message]
