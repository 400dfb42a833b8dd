"""Files of the catalogue are for their owner alone, whatever the umask; what older versions left is reported."""

import shlex
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.in_process import run_actions
from tests.processes import ACTIONS, ROOT, environment

OTHERS = stat.S_IRWXG | stat.S_IRWXO


def run_with_umask(umask: int, data: Path, *arguments: str | Path, output: Path | None = None) -> None:
    """Run `actions` in a process with that umask, its standard output redirected to `output`."""
    with (output or data.parent / "stdout").open("wb") as stream:
        subprocess.run(
            [ACTIONS, *arguments], env=environment(data), cwd=ROOT, umask=umask, stdout=stream, check=True, timeout=60
        )


def modes(*roots: Path) -> Iterator[tuple[str, int]]:
    """Yield name and permissions of `roots` and everything in them."""
    for root in roots:
        for path in (root, *root.rglob("*")):
            yield path.name, stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def data(tmp_path: Path, sample_export: Path) -> Path:
    """A data directory that processes with umask 0 have filled."""
    directory = tmp_path / "new" / "var"
    directory.parent.mkdir()
    run_with_umask(0, directory, "import", sample_export)
    run_with_umask(0, directory, "export", "--q", "zzzz", "--output", tmp_path / "none.txt")
    return directory


def test_files_are_for_their_owner_alone(data: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup.db"
    run_with_umask(0, data, "backup", backup)
    run_with_umask(0, data, "reindex")
    run_with_umask(0, data, "restore", backup)
    found = list(modes(data, backup))

    assert len(found) > 10
    assert {("var", 0o700), ("index", 0o700), ("actions.db", 0o600), ("backup.db", 0o600)} <= set(found)
    assert [entry for entry in found if entry[1] & OTHERS] == []
    executable = {path.name for path in data.rglob("*") if path.is_file() and path.stat().st_mode & stat.S_IXUSR}
    assert executable == {"actions_WRITELOCK"}  # Whoosh creates it with os.open, whose default is 0777
    assert any(name.startswith("actions.db.remplacee-") for name, _ in found)


def test_a_redirected_key_is_for_its_owner_alone(data: Path, tmp_path: Path) -> None:
    secret = tmp_path / "key"
    run_with_umask(0, data, "keys", "create", "--name", "Lille", output=secret)

    assert secret.read_text().startswith("acs_")
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600


@pytest.mark.parametrize("umask", [0, 0o022, 0o077])
def test_an_export_follows_the_umask_of_the_user(data: Path, tmp_path: Path, umask: int) -> None:
    run_with_umask(umask, data, "export", "--output", tmp_path / "export.txt")

    assert stat.S_IMODE((tmp_path / "export.txt").stat().st_mode) == 0o666 & ~umask


def test_check_names_the_command_that_mends_files_of_older_versions(data: Path) -> None:
    (data / "actions.db.remplacee-20200101T000000000000Z").touch()
    for path in data.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    warned = run_actions(data, "check")
    line = next(line for line in warned.stdout.splitlines() if line.startswith("Droits : "))
    subprocess.run(shlex.split(line.partition("corriger : ")[2]), check=True)
    mended = run_actions(data, "check")

    assert warned.returncode == mended.returncode == 0
    assert "Droits" not in mended.stdout
    assert [entry for entry in modes(*data.iterdir()) if entry[1] & OTHERS] == []


def test_files_with_old_permissions_are_used_all_the_same(data: Path, sample_export: Path) -> None:
    for path in data.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    run_with_umask(0, data, "import", sample_export)

    assert run_actions(data, "check").returncode == 0
