"""The `actions` command: output, effects and exit codes."""

import json
import os
import pty
import re
import subprocess
from pathlib import Path

import httpx
import pytest

from app.cli import actions
from tests import processes
from tests.in_process import run_actions, running_server
from tests.processes import ACTIONS, ROOT, environment

COMMANDS = sorted(actions.commands)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_an_example(tmp_path: Path, command: str) -> None:
    done = run_actions(tmp_path, command, "--help")

    assert done.returncode == 0
    assert f"actions {command}" in done.stdout.partition("Exemple")[2]


def test_the_commands_are_those_of_the_contract(tmp_path: Path) -> None:
    assert COMMANDS == [
        "backup",
        "check",
        "export",
        "import",
        "keys",
        "openapi",
        "reindex",
        "restore",
        "serve",
        "stats",
    ]


def test_an_import_counts_what_it_did(tmp_path: Path, sample_export: Path) -> None:
    first = run_actions(tmp_path, "import", sample_export, "--json")
    second = run_actions(tmp_path, "import", sample_export, "--json")

    assert first.returncode == second.returncode == 0
    counts = {"read": 24, "created": 24, "updated": 0, "unchanged": 0, "duplicates": 0, "rejected": 0, "errors": []}
    assert counts.items() <= json.loads(first.stdout).items()
    assert {**counts, "created": 0, "unchanged": 24}.items() <= json.loads(second.stdout).items()


def test_a_dry_run_writes_nothing(tmp_path: Path, sample_export: Path) -> None:
    done = run_actions(tmp_path, "import", sample_export, "--dry-run")

    assert "24 créées" in done.stdout
    assert "0 fiches" in run_actions(tmp_path, "check").stdout


def test_an_invalid_record_is_reported_with_its_line_and_the_others_are_imported(
    tmp_path: Path, sample_export: Path
) -> None:
    text = sample_export.read_text(encoding="utf-8")
    broken = tmp_path / "broken.txt"
    broken.write_text(text.replace("- Statut de l'action\n", "", 1), encoding="utf-8")
    done = run_actions(tmp_path, "import", broken, "--json")
    report = json.loads(done.stdout)

    assert done.returncode == 1
    assert (report["read"], report["created"], report["rejected"]) == (24, 23, 1)
    assert report["errors"][0]["field"] == "statut"
    assert isinstance(report["errors"][0]["line"], int)
    assert re.search(r"erreur : \S+/broken\.txt, ligne \d+, statut : ", done.stderr)


def test_strict_writes_nothing_unless_everything_is_right(tmp_path: Path, sample_export: Path) -> None:
    text = sample_export.read_text(encoding="utf-8")
    broken = tmp_path / "broken.txt"
    broken.write_text(text.replace("- Statut de l'action\n", "", 1), encoding="utf-8")
    refused = run_actions(tmp_path, "import", broken, "--strict", "--json")

    assert refused.returncode == 1
    assert json.loads(refused.stdout)["created"] == 0
    assert "Rien n'a été écrit" in refused.stderr
    assert json.loads(run_actions(tmp_path, "import", sample_export, "--strict", "--json").stdout)["created"] == 24


@pytest.mark.parametrize("kind", ["missing", "directory", "empty", "no export"])
def test_a_file_that_cannot_be_imported_is_named_with_the_reason(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "export.txt"
    if kind == "directory":
        path.mkdir()
    elif kind != "missing":
        path.write_text("" if kind == "empty" else "Bonjour\n", encoding="utf-8")
    done = run_actions(tmp_path, "import", path)

    assert done.returncode == 2
    assert "export.txt" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_good_file_is_imported_beside_a_missing_one(tmp_path: Path, sample_export: Path) -> None:
    done = run_actions(tmp_path, "import", tmp_path / "missing.txt", sample_export, "--json")

    assert done.returncode == 1
    assert json.loads(done.stdout)["created"] == 24


def test_an_import_can_be_for_an_empty_catalogue_only(filled: Path, tmp_path: Path) -> None:
    (tmp_path / "more.txt").write_text("Actions\nMal formée\n", encoding="utf-8")
    done = run_actions(filled, "import", tmp_path / "more.txt", "--if-empty")

    assert (done.returncode, done.stdout) == (0, "")
    assert "n'est pas vide" in done.stderr
    report = json.loads(run_actions(filled, "import", tmp_path / "more.txt", "--if-empty", "--json").stdout)
    assert (report["read"], report["errors"]) == (0, [])


def test_the_command_alone_prints_help(tmp_path: Path) -> None:
    done = run_actions(tmp_path)

    assert done.returncode == 0
    assert "reindex" in done.stdout


def test_strict_refuses_what_cannot_be_read_twice(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    done = run_actions(tmp_path, "import", "--strict", tmp_path / "pipe")

    assert done.returncode == 2
    assert "lit deux fois" in done.stderr


def test_a_pipe_is_imported(tmp_path: Path, sample_export: Path) -> None:
    command = f"cat '{sample_export}' | '{ACTIONS}' import /dev/stdin --json"
    done = subprocess.run(["bash", "-c", command], env=environment(tmp_path), cwd=ROOT, capture_output=True, check=True)

    assert json.loads(done.stdout)["created"] == 24


def test_reindex_builds_the_index_anew(filled: Path) -> None:
    before = (filled / "index" / "current").read_text()
    done = run_actions(filled, "reindex")

    assert (done.returncode, done.stdout) == (0, "24 fiches indexées.\n")
    assert (filled / "index" / "current").read_text() != before


def test_reindex_while_serving_is_picked_up(filled: Path) -> None:
    with running_server(filled) as base:
        before = httpx.get(f"{base}/actions", params={"q": "jardin"}).json()
        assert processes.run_actions(filled, "reindex").returncode == 0
        after = httpx.get(f"{base}/actions", params={"q": "jardin"}).json()

    assert [item["id"] for item in before["items"]] == [item["id"] for item in after["items"]]


def test_a_store_that_was_replaced_gets_an_index_of_its_own(filled: Path, tmp_path: Path, sample_export: Path) -> None:
    for path in filled.glob("actions.db*"):
        path.unlink()
    other = tmp_path / "other.txt"
    other.write_text(sample_export.read_text(encoding="utf-8").replace("Jardin partagé\n", "Théâtre\n"), "utf-8")
    assert run_actions(filled, "import", other).returncode == 0

    assert "24 fiches vérifiées : rien à réparer." in run_actions(filled, "check").stdout


def test_check_reports_no_fault_after_an_import(filled: Path) -> None:
    done = run_actions(filled, "check")

    assert done.returncode == 0
    assert done.stdout.endswith("24 fiches vérifiées : rien à réparer.\n")


def test_check_names_the_bad_lines_of_the_thesaurus(filled: Path, tmp_path: Path) -> None:
    thesaurus = tmp_path / "thesaurus.txt"
    thesaurus.write_text("# Sigles\nCAF = caisse d'allocations familiales\nCCAS\n", encoding="utf-8")
    bad = run_actions(filled, "check", ACTIONS_THESAURUS=str(thesaurus))
    missing = run_actions(filled, "check", ACTIONS_THESAURUS=str(tmp_path / "missing.txt"))

    assert bad.returncode == missing.returncode == 1
    assert "Thésaurus : ligne 3 : un groupe demande au moins deux termes" in bad.stdout
    assert bad.stdout.endswith("24 fiches vérifiées : à réparer.\n")
    assert re.search(
        r"^Thésaurus : « \S+/missing\.txt » : le fichier ou son dossier n'existe pas\.$", missing.stdout, re.MULTILINE
    )


def test_check_lists_the_searches_that_found_nothing(filled: Path) -> None:
    nothing = run_actions(filled, "check", "--recherches")
    with running_server(filled) as base:
        for query in ("trottinette", "Trottinette", "planche à voile", "jardin"):
            assert httpx.get(f"{base}/actions", params={"q": query}).status_code == 200
        httpx.get(f"{base}/actions", params={"q": "zumba", "dimension": "Services"})
    listed = run_actions(filled, "check", "--recherches")

    assert (nothing.returncode, listed.returncode) == (0, 0)
    assert nothing.stdout == "Aucune recherche sans résultat.\n"
    header, *lines = listed.stdout.splitlines()
    assert header == "Recherches sans résultat, les plus fréquentes d'abord :"
    assert [line.strip() for line in lines] == ["2 × « Trottinette »", "1 × « planche à voile »"]


def test_the_server_finds_what_another_process_imports(tmp_path: Path, sample_export: Path) -> None:
    with running_server(tmp_path) as base:
        assert httpx.get(f"{base}/actions").json()["total"] == 0
        processes.run_actions(tmp_path, "import", sample_export)
        assert httpx.get(f"{base}/actions").json()["total"] == 24


def test_a_port_in_use_is_reported_before_any_other_output(filled: Path) -> None:
    with running_server(filled) as base:
        taken = base.rpartition(":")[2]
        done = processes.run_actions(filled, "serve", "--port", taken)

    assert done.returncode == 2
    assert "ne peut pas être écoutée" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["importer"], "commande inconnue : importer"),
        (["import"], "il manque FICHIER…"),
        (["import", "--vite", "x"], "option inconnue : --vite"),
        (["export", "--format", "pdf"], "valeur refusée pour --format"),
        (["export", "--sort", "couleur"], "--sort : « couleur » n'est pas une valeur possible"),
        (["serve", "--port", "0"], "valeur refusée pour"),
        (["check", "encore"], "n'est pas comprise"),
    ],
)
def test_a_command_that_is_not_understood_is_explained_in_french(
    tmp_path: Path, arguments: list[str], said: str
) -> None:
    done = run_actions(tmp_path, *arguments)

    assert done.returncode == 2
    assert said in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(("name", "value"), [("ACTIONS_LOG_LEVEL", "bavard"), ("ACTIONS_PUBLIC_URL", "chez nous")])
def test_a_setting_that_cannot_be_used_is_named(tmp_path: Path, name: str, value: str) -> None:
    done = run_actions(tmp_path, "check", **{name: value})

    assert done.returncode == 2
    assert f"réglage {name} refusé" in done.stderr
    assert "Value error" not in done.stderr


def test_the_progress_bar_shows_on_a_terminal_only(tmp_path: Path, sample_export: Path) -> None:
    assert "Import" not in run_actions(tmp_path, "import", sample_export).stderr
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [ACTIONS, "import", sample_export],
        env={**environment(tmp_path), "TERM": "xterm"},
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=slave,
    )
    os.close(slave)
    shown = b""
    try:
        while piece := os.read(master, 4096):
            shown += piece
    except OSError:
        pass  # the terminal is gone with its last writer
    os.close(master)

    assert process.wait(timeout=60) == 0
    assert b"Import" in shown
