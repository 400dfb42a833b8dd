"""A real server over the catalogue's own actions, started once, and a client of it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.api.editor import Editor
from tests.processes import new_key, serving


@pytest.fixture(scope="session")
def catalogue_dir(imported: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory that holds `data/actions.txt`, and what servers note there."""
    return shutil.copytree(imported, tmp_path_factory.mktemp("catalogue") / "var")


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


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    """Someone who writes to a catalogue of the module's own, which is empty at first."""
    directory = tmp_path_factory.mktemp("written")
    secret = new_key(directory)
    with serving(directory) as base, Editor(base, secret) as opened:
        yield opened
