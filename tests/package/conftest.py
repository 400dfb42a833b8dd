"""The wheel, built from the source distribution and installed in an environment that cannot read the checkout."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.processes import ROOT, environment

# Opening a file of the checkout fails, except in its virtual environment, which has the locked dependencies.
_GUARD = f"""
import sys

def _refuse_checkout(event, arguments):
    if event == "open" and isinstance(arguments[0], (str, bytes)):
        path = arguments[0] if isinstance(arguments[0], str) else arguments[0].decode("utf-8", "surrogateescape")
        if path.startswith({str(ROOT) + "/"!r}) and not path.startswith({str(ROOT / ".venv") + "/"!r}):
            raise PermissionError("a file of the checkout is opened: " + path)

sys.addaudithook(_refuse_checkout)
"""


@dataclass(frozen=True)
class Installation:
    """A virtual environment with the installed wheel, outside the checkout."""

    root: Path

    @property
    def python(self) -> Path:
        """The interpreter."""
        return self.root / "bin" / "python"

    @property
    def actions(self) -> Path:
        """The command."""
        return self.root / "bin" / "actions"

    def run(self, data_dir: Path, *command: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run a command in an empty working directory to its end."""
        env = {**environment(data_dir), "PYTHONPATH": "", "COVERAGE_PROCESS_CONFIG": ""}
        cwd = data_dir.with_name(f"{data_dir.name}-cwd")
        cwd.mkdir(exist_ok=True)
        return subprocess.run(
            command, env=env, cwd=cwd, capture_output=True, encoding="utf-8", check=False, timeout=120, **options
        )


def _call(*command: str | Path, cwd: str | Path = ROOT.anchor) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, encoding="utf-8", check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="package")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source distribution of the checkout."""
    directory = tmp_path_factory.mktemp("sdist")
    _call(sys.executable, "-m", "hatchling", "build", "--target", "sdist", "--directory", directory, cwd=ROOT)
    [archive] = directory.glob("*.tar.gz")
    return archive


@pytest.fixture(scope="package")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the source distribution without a package index."""
    directory = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--no-index", "--no-build-isolation"]
    _call(*pip, "--no-deps", "--wheel-dir", directory, sdist)
    [built] = directory.glob("*.whl")
    return built


@pytest.fixture(scope="package")
def installation(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """An environment with the wheel and the locked dependencies."""
    installed = Installation(tmp_path_factory.mktemp("installed"))
    _call(sys.executable, "-m", "venv", "--without-pip", installed.root)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", installed.python]
    _call(*pip, "install", "--no-index", "--no-deps", wheel)
    [packages] = installed.root.glob("lib/python3*/site-packages")
    # A directory in a .pth file is searched, but its own .pth files are not read: the checkout stays off the path.
    locked = [entry for entry in sys.path if Path(entry).name == "site-packages"]
    (packages / "locked.pth").write_text("\n".join(locked), encoding="utf-8")
    (packages / "sitecustomize.py").write_text(_GUARD, encoding="utf-8")
    return installed
