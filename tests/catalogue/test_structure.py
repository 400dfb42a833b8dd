import pytest

from app.catalogue.structure import Structure
from app.catalogue.territory import departements, find_departement, matching_departements


@pytest.mark.parametrize(
    ("libelle", "nom", "code"),
    [
        ("CENTRE SOCIAL LUCIE AUBRAC - Vosges", "CENTRE SOCIAL LUCIE AUBRAC", "88"),
        ("Foyer - annexe - Côtes-d'Armor", "Foyer - annexe", "22"),
        ("Foyer - COTES-D’ARMOR", "Foyer", "22"),
        ("Maison - Nord - Vosges", "Maison - Nord", "88"),
        ("A - Nord", "A", "59"),
        ("Maison du Nord", "Maison du Nord", None),
        ("Maison - Atlantide", "Maison - Atlantide", None),
        (" - Nord", " - Nord", None),
        ("Nord", "Nord", None),
    ],
)
def test_a_structure_splits_at_the_last_departement(libelle: str, nom: str, code: str | None) -> None:
    structure = Structure.parse(libelle)

    assert structure.nom == nom
    assert (structure.departement.code if structure.departement else None) == code
    assert structure.libelle == libelle


def test_a_composed_structure_parses_back_to_itself() -> None:
    composed = Structure.compose(" Centre des Tilleuls ", find_departement("59"))

    assert composed == Structure.parse("Centre des Tilleuls - Nord")
    assert Structure.compose("Centre", None) == Structure.parse("Centre")


def test_spellings_of_one_structure_share_its_identifier() -> None:
    assert Structure.parse("CENTRE ÉTOILE - Nord").id == Structure.parse("Centre Etoile - NORD").id
    assert Structure.parse("Centre Étoile - Nord").id == "centre-etoile-nord"
    assert Structure.parse("Centre Étoile - Vosges").id != Structure.parse("Centre Étoile - Nord").id


def test_long_names_and_names_without_latin_letters_still_tell_structures_apart() -> None:
    long = "centre social et culturel " * 6
    identifiers = {Structure.parse(name).id for name in (f"{long} A", f"{long} B", "日本", "中国")}

    assert len(identifiers) == 4


def test_the_table_holds_the_101_departements_and_18_regions() -> None:
    table = departements()

    assert len({place.code for place in table}) == len({place.nom for place in table}) == 101
    assert len({place.region for place in table}) == len({place.region.code for place in table}) == 18


@pytest.mark.parametrize("name", ["2a", "Corse-du-Sud", "CORSE-DU-SUD"])
def test_a_departement_is_found_by_code_or_name(name: str) -> None:
    found = find_departement(name)

    assert found is not None
    assert (found.code, found.region.nom) == ("2A", "Corse")


def test_departements_are_chosen_by_themselves_and_by_region() -> None:
    assert matching_departements([], []) is None
    assert matching_departements(["nord", "88"], []) == {"59", "88"}
    assert matching_departements([], ["Corse"]) == {"2A", "2B"}
    assert matching_departements(["nord"], ["corse"]) == frozenset()
    assert matching_departements(["Atlantide"], []) == frozenset()
