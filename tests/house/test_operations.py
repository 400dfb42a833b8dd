"""What the operators' guide says is there: log lines, measures, settings, the unit file."""

import ast
import configparser
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from app.cli import actions
from app.settings import Settings
from tests.in_process import running_server
from tests.processes import ROOT

GUIDE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
_LEVELS = {"debug", "info", "warning", "error", "exception"}


def rows(section: str) -> list[list[str]]:
    """The rows of the table in a section of the guide."""
    text = GUIDE.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:3] == "| `"]


def events() -> Iterator[tuple[str, str]]:
    """The event and the level of each log line that the program writes."""
    for path in (ROOT / "app").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(ast.Attribute(ast.Name("logger"), level), [ast.Constant(event), *_]) if level in _LEVELS:
                    yield str(event), "error" if level == "exception" else level
                case ast.Dict(keys, values):
                    said = {
                        key.value: value.value
                        for key, value in zip(keys, values, strict=True)
                        if isinstance(key, ast.Constant) and isinstance(value, ast.Constant)
                    }
                    if {"event", "level"} <= said.keys():
                        yield str(said["event"]), str(said["level"])


def test_every_log_line_is_explained_and_no_other() -> None:
    explained = {(row[0].strip("`"), row[1]) for row in rows("Log lines")}

    assert ("request", "info") in explained
    assert explained == set(events())


def test_loggers_have_the_one_name_that_log_lines_are_found_by() -> None:
    for path in (ROOT / "app").rglob("*.py"):
        for name in re.findall(r"(\S+) = structlog\.get_logger", path.read_text(encoding="utf-8")):
            assert name == "logger", path


def test_every_measure_is_explained_and_no_other(tmp_path: Path) -> None:
    with running_server(tmp_path) as base:
        text = httpx.get(f"{base}/metrics").text
    kinds = dict(re.findall(r"^# TYPE (\w+) (\w+)$", text, re.MULTILINE))
    measured = {(name, kind) for name, kind in kinds.items() if not name.endswith("_created")}

    assert {(row[0].strip("`"), row[1]) for row in rows("Measures")} == measured
    assert len(measured) >= 7


def test_settings_that_the_guide_names_are_there() -> None:
    named = set(re.findall(r"ACTIONS_[A-Z_]+", GUIDE))

    assert named <= {f"ACTIONS_{name.upper()}" for name in Settings.model_fields}


def test_files_that_the_guide_names_are_those_of_a_used_data_directory(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    for path in (settings.index_dir, settings.zero_result_file, Path(settings.store_url)):
        assert path.name in GUIDE


@pytest.fixture
def unit() -> str:
    """The unit file of the guide."""
    [text] = re.findall(r"```ini\n(.*?)```", GUIDE, re.DOTALL)
    return str(text)


def test_the_unit_starts_the_service_as_its_command_is(unit: str) -> None:
    parsed = configparser.ConfigParser(strict=False, interpolation=None)
    parsed.optionxform = str  # type: ignore[assignment,method-assign]
    parsed.read_string(unit)
    program, command, *options = parsed["Service"]["ExecStart"].split()
    known = {option for parameter in actions.commands[command].params for option in parameter.opts}

    assert program.endswith(".venv/bin/actions")
    assert {option for option in options if option.startswith("--")} <= known


def test_systemd_understands_the_unit(unit: str, tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not here")
    path = tmp_path / "actions.service"
    program = ROOT / ".venv" / "bin" / "actions"
    path.write_text(unit.replace("/srv/actions/.venv/bin/actions", str(program)), encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", path], capture_output=True, encoding="utf-8", check=False
    )

    assert "actions.service" not in done.stderr
    assert done.returncode == 0, done.stderr
