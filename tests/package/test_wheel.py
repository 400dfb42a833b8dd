"""The wheel carries all that the program needs: it imports, checks, serves and migrates away from the checkout."""

import csv
import json
import re
import zipfile
from pathlib import Path

import httpx
import pytest

from app import __version__
from tests.package.conftest import Installation
from tests.processes import ROOT, WITHOUT_COVERAGE, server_process


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    """The names of the files in the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture
def filled_by_package(installation: Installation, tmp_path: Path, sample_export: Path) -> Path:
    """A data directory into which the installed command imported a copy of the sample."""
    directory = tmp_path / "var"
    export = tmp_path / "export.txt"
    export.write_bytes(sample_export.read_bytes())
    done = installation.run(directory, installation.actions, "import", export, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["created"] == 24
    return directory


def test_the_wheel_holds_the_package_and_the_files_that_it_reads(names: set[str]) -> None:
    program = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "app").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    migrations = {f"app/{path.relative_to(ROOT)}" for path in (ROOT / "migrations").rglob("*.py")}
    data = {f"app/data/{name}" for name in ("contours-departements.json", "departements.csv", "thesaurus.txt")}

    assert {name for name in names if ".dist-info/" not in name} == program | migrations | data


def test_the_wheel_has_the_version_and_the_licence(names: set[str]) -> None:
    assert f"actions_centres_sociaux-{__version__}.dist-info/licenses/LICENSE" in names


def test_the_installed_program_comes_from_its_own_environment(installation: Installation, tmp_path: Path) -> None:
    script = "import app.main, sys; print(app.__file__); print(*sys.path, sep='\\n')"
    done = installation.run(tmp_path / "var", installation.python, "-c", script)

    assert done.returncode == 0, done.stderr
    program, *path = done.stdout.splitlines()
    assert Path(program).is_relative_to(installation.root)
    assert str(ROOT) not in path


def test_files_of_the_checkout_cannot_be_opened(installation: Installation, tmp_path: Path) -> None:
    script = f"open({str(ROOT / 'pyproject.toml')!r})"
    done = installation.run(tmp_path / "var", installation.python, "-c", script)

    assert "a file of the checkout is opened" in done.stderr


def test_importing_the_program_opens_no_data_file(installation: Installation, tmp_path: Path) -> None:
    script = """
import sys
opened = []
sys.addaudithook(lambda event, arguments: opened.append(str(arguments[0])) if event == "open" else None)
import app.cli, app.main
print(*[path for path in opened if "/app/data/" in path or "/app/migrations/" in path], sep="\\n", end="")
"""
    done = installation.run(tmp_path / "var", installation.python, "-c", script)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_installed_command_tells_its_version(installation: Installation, tmp_path: Path) -> None:
    done = installation.run(tmp_path / "var", installation.actions, "--version")

    assert done.stdout == f"actions, version {__version__}\n"


def test_the_installed_command_migrates_an_empty_directory(installation: Installation, tmp_path: Path) -> None:
    directory = tmp_path / "var"
    checked = installation.run(directory, installation.actions, "check")

    assert checked.returncode == 0, checked.stderr
    assert checked.stdout == "0 fiches vérifiées : rien à réparer.\n"
    assert (directory / "actions.db").exists()


def test_the_installed_command_imports_checks_and_exports(installation: Installation, filled_by_package: Path) -> None:
    checked = installation.run(filled_by_package, installation.actions, "check")
    exported = installation.run(filled_by_package, installation.actions, "export", "--format", "csv")

    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "24 fiches vérifiées : rien à réparer." in checked.stdout
    assert len(list(csv.reader(exported.stdout.splitlines()))) > 24


def test_the_installed_service_answers(installation: Installation, filled_by_package: Path, tmp_path: Path) -> None:
    program = [installation.actions]
    with (
        server_process(filled_by_package, settings=WITHOUT_COVERAGE, command=program, cwd=tmp_path) as (base, _),
        httpx.Client(base_url=base) as client,
    ):
        found = client.get("/actions", params={"q": "jardin partagé"}).json()
        synonym = client.get("/actions", params={"q": "qpv"}).json()
        region = client.get("/actions", params={"region": "hauts-de-france"}).json()
        statistics = client.get("/statistiques", headers={"Accept": "text/html"})
        document = client.get("/openapi.json").json()
        page = client.get("/", headers={"Accept": "text/html"})
        assets = [client.get(path).status_code for path in re.findall(r'"(/[\w./-]+\.(?:css|js))\b', page.text)]
        widget, explorer = client.get("/widget.js"), client.get("/docs")

    assert found["total"] > 0
    assert synonym["total"] > 0
    assert region["total"] > 0
    assert statistics.status_code == 200
    assert statistics.text.count("<path") > 100
    assert document["info"]["version"] == __version__
    assert page.status_code == widget.status_code == explorer.status_code == 200
    assert assets
    assert set(assets) == {200}
