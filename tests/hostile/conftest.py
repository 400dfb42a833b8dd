"""A catalogue of the project's own actions, for each test that harms one."""

from pathlib import Path

import pytest

from tests.processes import run


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, sample_export: Path) -> Path:
    """A data directory that holds `data/actions.txt`."""
    directory = tmp_path_factory.mktemp("hostile")
    imported = run(directory, "import", sample_export)
    assert imported.returncode == 0, imported.stderr
    return directory
