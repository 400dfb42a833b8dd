"""The `actions keys` commands: the secret is printed once."""

from pathlib import Path

import pytest

from tests import processes
from tests.in_process import create_key_secret, run_actions


@pytest.mark.parametrize("command", ["create", "list", "revoke"])
def test_each_command_explains_itself_with_an_example(tmp_path: Path, command: str) -> None:
    done = run_actions(tmp_path, "keys", command, "--help")

    assert done.returncode == 0
    assert f"actions keys {command}" in done.stdout.partition("Exemple")[2]


def test_creating_a_key_prints_only_the_secret_which_is_not_listed(tmp_path: Path) -> None:
    done = processes.run_actions(tmp_path, "keys", "create", "--name", "Mairie  de Lille", "--scope", "ecriture")
    secret = done.stdout.strip()
    listed = run_actions(tmp_path, "keys", "list").stdout

    assert done.stdout == f"{secret}\n"
    assert "ne sera plus montrée" in done.stderr
    assert secret not in done.stderr
    assert listed.startswith(f"{secret.split('_')[1]} · Mairie de Lille · ecriture · créée ")
    assert "utilisée jamais" in listed
    assert secret.split("_")[2] not in listed


def test_a_key_without_scope_only_reads(tmp_path: Path) -> None:
    create_key_secret(tmp_path, "Curieux", scope=None)

    assert "Curieux · lecture seule" in run_actions(tmp_path, "keys", "list").stdout


def test_a_revoked_key_is_listed_as_such_and_can_be_revoked_again(tmp_path: Path) -> None:
    identifier = create_key_secret(tmp_path).split("_")[1]
    outcomes = [run_actions(tmp_path, "keys", "revoke", identifier) for _ in range(2)]

    assert [done.returncode for done in outcomes] == [0, 0]
    assert "révoquée 20" in run_actions(tmp_path, "keys", "list").stdout


def test_errors_of_keys_are_french_sentences(tmp_path: Path) -> None:
    unknown = run_actions(tmp_path, "keys", "revoke", "00000000")
    unnamed = run_actions(tmp_path, "keys", "create", "--name", " ")
    confusing = run_actions(tmp_path, "keys", "create", "--name", "import x.txt")
    scoped = run_actions(tmp_path, "keys", "create", "--name", "x", "--scope", "tout")

    assert [done.returncode for done in (unknown, unnamed, confusing, scoped)] == [2, 2, 2, 2]
    assert "Aucune clé" in unknown.stderr
    assert "ne peut pas nommer une clé" in unnamed.stderr
    assert "import" in confusing.stderr
    assert "--scope" in scoped.stderr
    assert run_actions(tmp_path, "keys", "list").stderr.strip() == "Aucune clé."
