"""The real export, imported as a whole."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from app.importing.diagnostics import RejectedRecord
from app.importing.files import read_export
from app.service import CatalogueService
from tests.in_process import run_actions, running_server
from tests.processes import default_settings
from tests.service.test_round_trip import assert_moves_whole


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory, real_export: Path) -> Path:
    directory = tmp_path_factory.mktemp("real")
    report = json.loads(run_actions(directory, "import", real_export, "--json").stdout)
    assert {"read": 25, "created": 24, "duplicates": 1, "rejected": 0, "errors": []}.items() <= report.items()
    return directory


@pytest.fixture(scope="module")
def client(data_dir: Path) -> Iterator[httpx.Client]:
    with running_server(data_dir) as base, httpx.Client(base_url=base) as client:
        yield client


def test_importing_it_again_leaves_all_unchanged(data_dir: Path, real_export: Path) -> None:
    report = json.loads(run_actions(data_dir, "import", real_export, "--json").stdout)

    assert {"read": 25, "created": 0, "updated": 0, "unchanged": 24, "duplicates": 1}.items() <= report.items()


def test_the_export_equals_the_source_without_the_repeated_record(data_dir: Path, real_export: Path) -> None:
    header, *records = real_export.read_text(encoding="utf-8").split("\nActions\n")
    source = "\nActions\n".join([header, *dict.fromkeys(records)])

    assert len(records) == 25
    assert run_actions(data_dir, "export", "--format", "texte").stdout.rstrip("\n") == source.rstrip("\n")


def test_json_lines_move_it_whole(data_dir: Path, tmp_path: Path) -> None:
    with CatalogueService.open(default_settings(data_dir)) as catalogue:
        assert catalogue.count() == 24
        assert_moves_whole(catalogue, tmp_path)


def test_sixteen_actions_have_the_dimension_citizenship_and_one_has_none(client: httpx.Client) -> None:
    assert client.get("/actions", params={"dimension": "Citoyenneté"}).json()["total"] == 16
    narrowed = client.get("/actions", params={"dimension": "citoyennete", "statut": "Terminée"}).json()
    assert narrowed["total"] == 6
    assert client.get("/actions", params={"dimension__isnull": "true"}).json()["total"] == 1


def test_a_search_for_housing_ranks_and_counts(client: httpx.Client) -> None:
    document = client.get("/actions", params={"q": "logement", "facet": ["dimension", "departement"]}).json()
    titles = [item["titre"] for item in document["items"]]

    assert "Information Collective Logement" in titles[:2]
    assert "« Bien sous son toit, mieux dans la vie »" in titles[:3]
    assert sum(value["count"] for value in document["facets"]["departement"]) == document["total"] == len(titles)
    assert sum(value["count"] for value in document["facets"]["dimension"]) == document["total"]


def test_the_sample_data_states_the_same_facts(real_export: Path, sample_export: Path) -> None:
    def facts(path: Path) -> dict[str, dict[str, object]]:
        read = {}
        for item in read_export(path):
            assert not isinstance(item, RejectedRecord)
            if action := getattr(item, "action", None):
                kept = {"structure", "statut", "dimension", "mots_cles", "initiative", "territoire", "public"}
                read[action.titre] = {key: getattr(action, key) for key in (*sorted(kept), "partenaires")}
        return read

    assert facts(sample_export) == facts(real_export)
