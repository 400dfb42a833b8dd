"""Fixtures that every test may use: the exports, a real server of them, a real browser; and what is run first."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from hypothesis import settings

from tests.in_process import run_actions, running_server
from tests.visiting import CHROMIUM_OPTIONS, chromium

ROOT = Path(__file__).parents[1]

# No example has a deadline: on a busy machine it measures the other processes. CI tries the same examples in every run,
# so that a failure comes from the change; elsewhere they are random.
settings.register_profile("local", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.register_profile("quick", deadline=None, max_examples=20)
settings.load_profile("ci" if os.environ.get("CI") else "local")

# All servers are on this machine and without TLS: each of many clients would take 20 ms to read the authorities.
os.environ.pop("SSL_CERT_FILE", None)
os.environ["SSL_CERT_DIR"] = str(ROOT / "tests")

# By default structlog draws every traceback, with all that its variables hold, which takes seconds.
structlog.configure(processors=[structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that open a browser, and run the longest first, so that no worker is left with one at the end."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.fixture(scope="session")
def sample_export() -> Path:
    """The catalogue's own `data/actions.txt`."""
    return ROOT / "data" / "actions.txt"


@pytest.fixture(scope="session")
def imported(tmp_path_factory: pytest.TempPathFactory, sample_export: Path) -> Path:
    """A data directory that holds `data/actions.txt`, to be copied."""
    directory = tmp_path_factory.mktemp("imported")
    done = run_actions(directory, "import", sample_export)
    assert done.returncode == 0, done.stderr
    return directory


@pytest.fixture
def filled(imported: Path, tmp_path: Path) -> Path:
    """The test's own data directory, which holds `data/actions.txt`."""
    return shutil.copytree(imported, tmp_path, dirs_exist_ok=True)


@pytest.fixture(scope="session")
def real_export() -> Path:
    """The real export, which is not in the repository."""
    return _elsewhere("ACTIONS_REAL_EXPORT")


@pytest.fixture(scope="session")
def judged_collection() -> Path:
    """A French retrieval collection, which is not in the repository."""
    return _elsewhere("ACTIONS_RELEVANCE")


@pytest.fixture(scope="session")
def catalogue_dir(imported: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory that holds `data/actions.txt`, and what servers note there."""
    return shutil.copytree(imported, tmp_path_factory.mktemp("catalogue") / "var")


@pytest.fixture(scope="session")
def server(catalogue_dir: Path) -> Iterator[str]:
    """The address of a server of that catalogue."""
    with running_server(catalogue_dir) as base:
        yield base


@pytest.fixture(scope="session")
def client(server: str) -> Iterator[httpx.Client]:
    """A client of the server, which keeps its connection."""
    with httpx.Client(base_url=server) as client:
        yield client


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """What the browser of pytest-playwright is started with: the one of the system."""
    return {"executable_path": chromium(), "args": CHROMIUM_OPTIONS}


def _elsewhere(variable: str) -> Path:
    """Return the path in an environment variable; skip the test when there is none, except in CI."""
    path = os.environ.get(variable)
    if path and Path(path).exists():
        return Path(path)
    if os.environ.get("CI"):
        pytest.fail(f"CI needs {variable}")
    pytest.skip(f"{variable} is not set, or names no file")
