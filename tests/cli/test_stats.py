"""`actions stats`: tables, JSON document, and invalid parameters."""

import json
from pathlib import Path

import pytest

from app.api.schemas.statistics import StatisticsDocument
from app.catalogue.facets import FACETS
from app.catalogue.fields import FIELDS
from tests.in_process import run_actions


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, sample_export: Path) -> Path:
    """A data directory that holds `data/actions.txt`."""
    directory = tmp_path_factory.mktemp("counted")
    assert run_actions(directory, "import", sample_export).returncode == 0
    return directory


def test_tables_name_every_facet_and_every_field(filled: Path) -> None:
    done = run_actions(filled, "stats", "--facet_size", "2")

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("24 fiches : 23 structures, 19 départements, 12 régions.")
    for name in (*FACETS.values(), *FIELDS):
        assert name.caption in done.stdout
    assert "Année d'entrée au catalogue" in done.stdout
    assert "Citoyenneté" in done.stdout
    assert "(sans valeur)" in done.stdout


def test_the_document_is_that_of_the_api_under_the_same_filters(filled: Path) -> None:
    done = run_actions(filled, "stats", "--json", "--dimension", "citoyennete", "--facet_size", "2")

    StatisticsDocument.model_validate_json(done.stdout)
    document = json.loads(done.stdout)
    assert document["total"] == 16
    assert len(document["facettes"]["mot_cle"]["valeurs"]) == 2


def test_an_unknown_value_is_reported_with_the_nearest_one(filled: Path) -> None:
    done = run_actions(filled, "stats", "--dimension", "Citoyennté")

    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "0 fiche : 0 structure, 0 département, 0 région.")
    assert "Vouliez-vous dire « Citoyenneté » ?" in done.stderr


def test_a_corrected_text_is_reported(filled: Path) -> None:
    assert run_actions(filled, "stats", "--q", "logemnt").stderr == "La recherche est comprise comme « logement ».\n"


def test_a_wrong_size_is_refused_in_french(filled: Path) -> None:
    done = run_actions(filled, "stats", "--facet_size", "0")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("actions : --facet_size : « 0 » n'est pas un nombre entier")


def test_control_characters_of_a_record_do_not_reach_the_terminal(
    filled: Path, sample_export: Path, tmp_path: Path
) -> None:
    odd = tmp_path / "odd.txt"
    odd.write_text(
        sample_export.read_text(encoding="utf-8").replace("Citoyenneté", "[red]A\x1b[31mB"), encoding="utf-8"
    )
    run_actions(tmp_path / "var", "import", odd)
    done = run_actions(tmp_path / "var", "stats")

    assert "[red]A [31mB" in done.stdout
    assert "\x1b" not in done.stdout
