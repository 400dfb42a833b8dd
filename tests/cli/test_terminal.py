"""What commands print is French, and no text of the catalogue commands a terminal."""

import os
import pty
import re
import subprocess
from pathlib import Path

import pytest

from app.catalogue.errors import system_error_message
from app.cli import actions
from app.commands.terminal import TerminalText
from app.service import CatalogueService
from tests.factories import make_action
from tests.in_process import run_actions
from tests.processes import ACTIONS, ROOT, default_settings, environment

_HOSTILE = "\x1b]0;titre\x07\x1b[2J\u009b31m\x7f\u202e"
_ENGLISH = re.compile(
    r"(?i)\b(usage: |options:$|commands|show|this|and exit|args|required|default|integer|text|path|no such|got|"
    r"unexpected|extra|invalid|does not|requires|missing|error|file|not|value|input|should|valid|the|directory)\b"
)
_IGNORED = re.compile(r"--\w+|\[OPTIONS\]|« ?(true|false) ?»|/\S+|\w+__\w+|GET|_not\b")
_HELP = [[], *([name] for name in actions.commands), *(["keys", name] for name in ("create", "list", "revoke"))]
_WRONG = [
    ["zzz"],
    ["--zzz"],
    ["stats", "--zzz"],
    ["stats", "zzz", "yyy"],
    ["check", "zzz"],
    ["export", "--format"],
    ["export", "--format", "zzz"],
    ["check", "--recherches=3"],
    ["serve", "--port", "zzz"],
    ["serve", "--port", "0"],
    ["serve", "--host", "zzz.test"],
    ["keys", "create"],
    ["keys", "zzz"],
    ["import"],
    ["restore"],
    ["import", "/zzz"],
    ["restore", "/dev"],
    ["backup", "/zzz/yyy"],
    ["export", "--output", "/"],
]


def english_words(text: str) -> list[str]:
    return [match[0] for line in text.splitlines() for match in [_ENGLISH.search(_IGNORED.sub("", line))] if match]


@pytest.mark.parametrize("command", _HELP, ids=" ".join)
def test_help_is_french(tmp_path: Path, command: list[str]) -> None:
    done = run_actions(tmp_path, *command, "--help")

    assert done.returncode == 0
    assert english_words(done.stdout) == []


@pytest.mark.parametrize("command", _WRONG, ids=" ".join)
def test_a_wrong_call_is_one_french_sentence(tmp_path: Path, command: list[str]) -> None:
    done = run_actions(tmp_path, *command)

    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert english_words(done.stderr) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [("connections", "0"), ("connections", "zzz"), ("time_budget", "zzz"), ("publisher", ""), ("time_budget", "0")],
)
def test_a_wrong_setting_is_a_french_sentence(tmp_path: Path, name: str, value: str) -> None:
    done = run_actions(tmp_path, "check", **{f"ACTIONS_{name.upper()}": value})

    assert done.returncode == 2
    assert english_words(done.stderr) == []


@pytest.mark.parametrize("number", range(1, 134))
def test_an_error_of_the_system_is_french(number: int) -> None:
    message = system_error_message(OSError(number, os.strerror(number)))

    assert os.strerror(number) not in message
    assert message.endswith(".")
    assert english_words(message) == []


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory in which every value is hostile, as an older version would have stored it."""
    directory = tmp_path_factory.mktemp("hostile") / "var"
    action = make_action("Jardin", mots_cles=["a", "b"]).model_copy(
        update={
            "titre": f"Jardin{_HOSTILE}",
            "structure": f"Centre{_HOSTILE} - Nord",
            "statut": f"En cours{_HOSTILE}",
            "mots_cles": [f"a{_HOSTILE}", f"b{_HOSTILE}"],
            "resume": f"Un{_HOSTILE}\n\tdeux",
        }
    )
    with CatalogueService.open(default_settings(directory)) as catalogue:
        with catalogue.store.write() as writer:
            writer.create(action, author=f"import {_HOSTILE}")
        catalogue.catch_up()
        assert catalogue.zero_result_log
        catalogue.zero_result_log.add(f"zzz{_HOSTILE}", 0)
    return directory


def assert_harmless(text: str) -> None:
    assert [char for char in text if not char.isprintable() and char not in "\n\t\u202f\xa0"] == []


@pytest.mark.parametrize(
    "command",
    [
        ["check"],
        ["check", "--recherches"],
        ["stats"],
        ["stats", "--json"],
        ["stats", "--region", f"z{_HOSTILE}"],
        ["keys", "list"],
        ["keys", "revoke", f"z{_HOSTILE}"],
        ["keys", "create", "--name", f"z{_HOSTILE}"],
        ["export", "--region", f"z{_HOSTILE}", "--output", "/dev/null"],
        ["import", f"/zzz{_HOSTILE}", "--json"],
        ["backup", f"/zzz{_HOSTILE}/b"],
        ["restore", f"/zzz{_HOSTILE}"],
        [f"zzz{_HOSTILE}"],
        ["stats", f"--zzz{_HOSTILE}"],
        ["stats", f"zzz{_HOSTILE}"],
    ],
    ids=ascii,
)
def test_no_output_commands_a_terminal(hostile: Path, command: list[str]) -> None:
    done = run_actions(hostile, *command)

    assert done.stdout or done.stderr or command[0] == "export"
    assert_harmless(done.stdout + done.stderr)


@pytest.mark.parametrize("form", ["texte", "jsonl", "csv"])
def test_an_export_to_a_terminal_is_harmless_and_to_a_pipe_exact(hostile: Path, form: str) -> None:
    main, terminal = pty.openpty()
    command = [ACTIONS, "export", "--format", form]
    with subprocess.Popen(command, env=environment(hostile), cwd=ROOT, stdout=terminal) as process:
        os.close(terminal)
        chunks = []
        try:
            while chunk := os.read(main, 65536):
                chunks.append(chunk)
        except OSError:  # how Linux tells the end of a terminal
            pass
        assert process.wait() == 0
    os.close(main)
    piped = subprocess.run(command, env=environment(hostile), cwd=ROOT, capture_output=True, check=True)

    shown = b"".join(chunks).decode().replace("\r\n", "\n")
    assert "Jardin" in shown
    assert_harmless(shown)
    assert "\u202e" in piped.stdout.decode()


def test_a_character_across_two_chunks_is_written_whole(tmp_path: Path) -> None:
    with (tmp_path / "out").open("wb") as stream:
        terminal = TerminalText(stream)
        for byte in "é\x1b\n\t漢".encode():
            terminal.write(bytes([byte]))

    assert (tmp_path / "out").read_text(encoding="utf-8") == "é \n\t漢"
