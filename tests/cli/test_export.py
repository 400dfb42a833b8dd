"""`actions export`: all formats and filters, to a file, a link, a pipe or a full disk."""

import csv
import json
import signal
import subprocess
from pathlib import Path

import pytest

from app.catalogue.table_columns import COLUMNS
from tests import processes
from tests.in_process import run_actions
from tests.processes import ACTIONS, ROOT, environment


def test_the_export_gives_back_the_source_line_for_line(filled: Path, sample_export: Path) -> None:
    done = run_actions(filled, "export")

    assert done.stdout.splitlines() == sample_export.read_text(encoding="utf-8").splitlines()


def test_json_lines_come_back_unchanged_here_and_whole_elsewhere(filled: Path, tmp_path: Path) -> None:
    exported = tmp_path / "export.jsonl"
    assert run_actions(filled, "export", "--format", "jsonl", "--output", exported).returncode == 0
    again = run_actions(filled, "import", exported, "--json")
    elsewhere = tmp_path / "elsewhere"
    restored = run_actions(elsewhere, "import", exported, "--json")

    assert json.loads(again.stdout)["unchanged"] == 24
    assert json.loads(restored.stdout)["created"] == 24
    assert run_actions(elsewhere, "export").stdout == run_actions(filled, "export").stdout
    identifiers = [json.loads(line)["id"] for line in exported.read_text(encoding="utf-8").splitlines()]
    moved = [
        json.loads(line)["id"] for line in run_actions(elsewhere, "export", "--format", "jsonl").stdout.splitlines()
    ]
    assert identifiers == moved


def test_csv_has_a_line_a_record_and_no_formula(filled: Path, tmp_path: Path) -> None:
    exported = tmp_path / "export.csv"
    run_actions(filled, "export", "--format", "csv", "--output", exported)
    with exported.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))

    assert exported.read_bytes().startswith("\ufeffid,titre,structure,departement_code,".encode())
    assert list(rows[0]) == list(COLUMNS)
    assert len(rows) == 24
    assert not any(value.startswith(("=", "+", "-", "@")) for row in rows for value in row.values())
    assert any(row["mots_cles"] == "Environnement | Logement" for row in rows)


@pytest.mark.parametrize(("options", "begins"), [((), "titre\n"), (("--bom", "true"), "\ufefftitre\n")])
def test_csv_on_standard_output_has_no_mark_unless_it_is_asked_for(
    filled: Path, options: tuple[str, ...], begins: str
) -> None:
    done = run_actions(filled, "export", "--format", "csv", "--fields", "titre", *options)

    assert done.stdout.startswith(begins)


def test_an_export_takes_the_filters_of_the_api(filled: Path) -> None:
    def exported(*options: str) -> list[dict[str, object]]:
        done = run_actions(filled, "export", "--format", "jsonl", *options)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    assert len(exported("--dimension", "citoyennete")) == 16
    assert len(exported("--dimension", "Services", "--dimension", "citoyennete", "--statut__not", "terminee")) == 12
    assert len(exported("--dimension__isnull", "true")) == 1
    sorted_titles = [item["titre"] for item in exported("--q", "logement", "--sort", "-titre")]
    assert sorted_titles[0] != exported("--q", "logement", "--sort", "titre")[0]["titre"]


def test_an_output_file_that_cannot_be_written_is_an_error(filled: Path, tmp_path: Path) -> None:
    done = run_actions(filled, "export", "--output", tmp_path / "nowhere" / "export.txt")

    assert done.returncode == 2
    assert "export.txt » : le fichier ou son dossier n'existe pas." in done.stderr


def test_a_full_disk_is_reported_in_one_sentence(filled: Path) -> None:
    done = run_actions(filled, "export", "--output", "/dev/full")

    assert done.returncode == 2
    assert done.stderr == "actions : le disque est plein.\n"


def test_an_export_leaves_links_and_pipes_what_they_are(filled: Path, tmp_path: Path) -> None:
    target, link = tmp_path / "target.txt", tmp_path / "link.txt"
    target.touch(mode=0o644)
    link.symlink_to(target)
    run_actions(filled, "export", "--output", link)

    assert link.is_symlink()
    assert target.read_text(encoding="utf-8").startswith("Les actions des centres sociaux")
    assert processes.run_actions(filled, "export", "--output", "/dev/stdout").stdout == target.read_text(
        encoding="utf-8"
    )


@pytest.mark.parametrize("command", [["export"], ["export", "--format", "xlsx"], ["stats"], ["check"], []], ids=str)
def test_a_command_ends_silently_on_a_broken_pipe(filled: Path, command: list[str]) -> None:
    with subprocess.Popen(
        [ACTIONS, *command],
        env={**environment(filled), "TMPDIR": str(filled)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        errors = process.stderr.read()

    # As shells have it of a tool that SIGPIPE ended.
    assert (process.returncode, errors) == (128 + signal.SIGPIPE, b"")
    assert list(filled.glob("actions-export-*")) == []


def test_an_export_says_that_its_output_is_closed(filled: Path) -> None:
    command = ["sh", "-c", 'exec "$0" export >&-', ACTIONS]
    done = subprocess.run(command, env=environment(filled), capture_output=True, text=True, check=False, cwd=ROOT)

    assert (done.returncode, done.stderr) == (2, "actions : la sortie standard est fermée.\n")


def test_a_feed_requires_the_public_url(filled: Path) -> None:
    done = run_actions(filled, "export", "--format", "atom")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "actions : un flux Atom dit l'adresse de chaque fiche : donner celle du catalogue, ACTIONS_PUBLIC_URL.\n"
    )


def test_an_export_names_the_values_that_nobody_uses(filled: Path) -> None:
    done = run_actions(filled, "export", "--departement", "Nrod")

    assert done.returncode == 0
    assert done.stderr == "--departement : aucune fiche n'a « Nrod ». Vouliez-vous dire « Nord » ?\n"
