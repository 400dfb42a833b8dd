"""The documents say what is there: commands run, settings, dependencies and files are those of the project."""

import json
import os
import re
import shutil
import signal
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.settings import Settings
from tests.in_process import create_key_secret, running_server
from tests.processes import ROOT, WITHOUT_COVERAGE, environment, free_port

DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]
_FENCE = re.compile(r"```sh\n(.*?)```", re.DOTALL)


def commands(starting: str) -> list[str]:
    """Return the commands of the documents' shell examples that begin with `starting`."""
    blocks = (block for document in DOCUMENTS for block in _FENCE.findall(document.read_text(encoding="utf-8")))
    return [line for block in blocks for line in block.splitlines() if line.startswith(starting)]


def test_every_documented_command_is_of_a_kind_that_is_run() -> None:
    assert {line.split()[0] for line in commands("")} <= {"curl", "make", ".venv/bin/actions"}


def test_documented_calls_are_answered(filled: Path) -> None:
    assert shutil.which("curl"), "curl runs the documented calls"
    calls = commands("curl")
    assert len(calls) >= 5
    with_key = {**os.environ, "ACTIONS_CLE": create_key_secret(filled)}
    with running_server(filled) as base:
        for call in calls:
            command = call.replace("http://127.0.0.1:8000", base) + " --fail --show-error"
            done = subprocess.run(
                ["bash", "-c", command], env=with_key, capture_output=True, encoding="utf-8", check=False
            )
            assert done.returncode == 0, (call, done.stderr)
            assert '"total":0' not in done.stdout, call


def test_the_example_of_the_readme_is_part_of_a_real_answer(filled: Path) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    question, shown = re.findall(r"`GET (\S+)` answers\n\n```json\n(.*?)```", readme, re.DOTALL)[0]
    with running_server(filled) as base:
        answer = httpx.get(base + question).json()

    assert holds(answer, json.loads(shown))


def holds(whole: Any, part: Any) -> bool:
    """Tell whether `part` is `whole`, some keys and the ends of lists left out."""
    if isinstance(part, dict):
        return all(key in whole and holds(whole[key], value) for key, value in part.items())
    if isinstance(part, list):
        return len(part) <= len(whole) and all(map(holds, whole, part))
    return bool(whole == part)


@pytest.mark.long
def test_documented_commands_run_one_after_another(tmp_path: Path) -> None:
    calls = commands(".venv/bin/actions")
    assert calls
    for place in ("data", ".venv"):
        (tmp_path / place).symlink_to(ROOT / place)
    its_own = environment(tmp_path / "var", **WITHOUT_COVERAGE)
    for call in calls:
        done = subprocess.run(["bash", "-c", call], env=its_own, cwd=tmp_path, capture_output=True, check=False)
        assert done.returncode == 0, (call, done.stderr)


@pytest.mark.long
def test_make_serve_serves_the_catalogue_of_the_repository(tmp_path: Path) -> None:
    port = free_port()
    process = subprocess.Popen(
        ["make", "serve", f"PORT={port}"],
        env=environment(tmp_path, **WITHOUT_COVERAGE),
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        client = httpx.Client(transport=httpx.HTTPTransport(retries=8), base_url=f"http://127.0.0.1:{port}")
        with client:
            assert client.get("/actions", params={"dimension": "Citoyenneté"}).json()["total"] == 16
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


def test_documented_make_targets_exist() -> None:
    for command in commands("make"):
        done = subprocess.run(["bash", "-c", f"{command} --dry-run"], cwd=ROOT, capture_output=True, check=False)
        assert done.returncode == 0, command


def test_every_setting_is_in_the_readme_with_its_default_and_meaning() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    for name, field in Settings.model_fields.items():
        default = f" `{field.default}` " if str(field.default) else " "
        assert f"| `ACTIONS_{name.upper()}` |{default}| {field.description} |" in readme


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    reasons = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    names = [re.split(r"[<>=\[]", dependency)[0] for dependency in project["project"]["dependencies"]]

    assert sorted(re.findall(r"^\| `([\w-]+)`", reasons, re.MULTILINE)) == sorted(names)
    for name in [*names, *(re.split(r"[<>=]", extra)[0] for extra in project["dependency-groups"]["dev"])]:
        assert f"`{name}`" in reasons, name


@pytest.mark.parametrize(
    "lock",
    [
        "requirements.lock",
        "requirements-dev.lock",
        "requirements-bench.lock",
        "tests/clients/differ/requirements.lock",
    ],
)
def test_locks_are_hashed_and_name_no_registry(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    pins = re.findall(r"^[\w.-]+==", text, re.MULTILINE)

    assert pins
    assert len(re.findall(r"^[\w.-]+==[^\n]*\\\n    --hash=sha256:", text, re.MULTILINE)) == len(pins)
    assert "://" not in text


def test_links_between_documents_lead_somewhere() -> None:
    for document in DOCUMENTS:
        for target in re.findall(r"\]\(([^)#]+)\)", document.read_text(encoding="utf-8")):
            assert (document.parent / target).exists(), (document, target)


def test_the_image_is_built_from_what_is_there_and_runs_without_privileges() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    copied = [word for line in lines if line.startswith("COPY") and "--from" not in line for word in line.split()[1:-1]]

    assert copied
    for name in copied:
        assert (ROOT / name).exists(), name
        assert f"!{name}" in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "USER actions" in lines
    assert any(line.startswith("HEALTHCHECK") for line in lines)
    assert any(line.startswith("VOLUME") for line in lines)


def test_documents_name_only_files_that_exist() -> None:
    """Names in backticks that have a directory of the repository, or end like a module of it."""
    places = ("app/", "tests/", "docs/", "scripts/", "data/", "benchmarks/", "migrations/", "examples/", ".ci/")
    rooms = {path.name: path for path in (ROOT / "app").iterdir() if path.is_dir()}
    checked = 0
    for document in DOCUMENTS:
        for name in re.findall(r"`([\w./-]+)`", document.read_text(encoding="utf-8")):
            if name.startswith(places):
                place = ROOT / name
            elif name.endswith(".py") and name.partition("/")[0] in rooms:
                place = ROOT / "app" / name
            else:
                continue
            checked += 1
            assert place.exists(), (document.name, name)
    assert checked > 100
