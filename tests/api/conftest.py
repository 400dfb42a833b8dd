"""A real server over the catalogue's own actions, started once, and a client of it."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.processes import run, serving


@pytest.fixture(scope="session")
def catalogue_dir(tmp_path_factory: pytest.TempPathFactory, sample_export: Path) -> Path:
    """A data directory that holds `data/actions.txt`."""
    directory = tmp_path_factory.mktemp("catalogue")
    imported = run(directory, "import", sample_export)
    assert imported.returncode == 0, imported.stderr
    return directory


@pytest.fixture(scope="session")
def server(catalogue_dir: Path) -> Iterator[str]:
    """The address of a server of that catalogue."""
    with serving(catalogue_dir) as base:
        yield base


@pytest.fixture(scope="session")
def client(server: str) -> Iterator[httpx.Client]:
    """A client of the server, which keeps its connection."""
    with httpx.Client(base_url=server) as client:
        yield client
