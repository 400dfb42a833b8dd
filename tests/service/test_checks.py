"""The consistency check: differences between store and index, and similar values."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.service import CatalogueService, check
from tests.factories import make_action
from tests.processes import default_settings
from tests.service.imports import import_file, update_record, write_export


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[CatalogueService]:
    with CatalogueService.open(default_settings(tmp_path / "var")) as opened:
        yield opened


def test_check_reports_records_missing_from_the_index_and_similar_values(
    catalogue: CatalogueService, tmp_path: Path
) -> None:
    path = write_export(tmp_path / "a.txt", make_action("A", public="Jeunesse"), make_action("B", public="Jeunesses"))
    nothing = check(catalogue)
    import_file(catalogue, path)
    missing = check(catalogue)
    catalogue.catch_up()
    import_file(catalogue, write_export(tmp_path / "b.txt", make_action("C"), make_action("D")))
    behind = check(catalogue)
    catalogue.catch_up()
    level = check(catalogue)

    assert missing.differences == (
        "L'index de recherche manque ou date d'une autre version ; il faut le reconstruire.",
    )
    assert len(behind.differences) == 2
    assert all("manque dans l'index" in sentence for sentence in behind.differences)
    assert nothing.sound
    assert not missing.sound
    assert not behind.sound
    assert level.sound
    assert level.similar_values == ("« Jeunesse » et « Jeunesses » se ressemblent (public).",)


def test_check_distinguishes_two_structures_of_one_name(catalogue: CatalogueService, tmp_path: Path) -> None:
    import_file(
        catalogue, write_export(tmp_path / "a.txt", *(make_action("A", structure=name) for name in ("X - Nord", "X")))
    )
    catalogue.catch_up()

    assert check(catalogue).similar_values == ("« X » [x] et « X » [x-nord] se ressemblent (structure).",)


def test_check_reports_records_of_another_version_in_the_index(catalogue: CatalogueService, tmp_path: Path) -> None:
    import_file(catalogue, write_export(tmp_path / "a.txt", make_action("A"), make_action("B")))
    catalogue.catch_up()
    update_record(catalogue, 1, make_action("A", resume="corrigé"))
    with catalogue.store.write() as writer:
        writer.delete(2, author="someone")
    differences = check(catalogue).differences

    assert any("est à la version 2, l'index à la version 1" in sentence for sentence in differences)
    assert any("est dans l'index sans être au catalogue" in sentence for sentence in differences)
