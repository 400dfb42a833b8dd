"""Fixtures that every test may use: the exports, and where they are."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def sample_export() -> Path:
    """The catalogue's own `data/actions.txt`."""
    return ROOT / "data" / "actions.txt"


@pytest.fixture(scope="session")
def real_export() -> Path:
    """The real export, named by ACTIONS_REAL_EXPORT; CI may not be without it."""
    named = os.environ.get("ACTIONS_REAL_EXPORT")
    if named:
        return Path(named)
    if os.environ.get("CI"):
        pytest.fail("CI needs ACTIONS_REAL_EXPORT")
    pytest.skip("ACTIONS_REAL_EXPORT does not name the real export")
