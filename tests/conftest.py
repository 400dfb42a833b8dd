"""Fixtures that every test may use: the exports, and where they are."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).parents[1]

# CI tries the same examples in every run, so that a change is judged by what it changes; elsewhere they are drawn anew.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")


@pytest.fixture(scope="session")
def sample_export() -> Path:
    """The catalogue's own `data/actions.txt`."""
    return ROOT / "data" / "actions.txt"


@pytest.fixture(scope="session")
def real_export() -> Path:
    """The real export, which is not in the repository."""
    return _elsewhere("ACTIONS_REAL_EXPORT")


@pytest.fixture(scope="session")
def judged_collection() -> Path:
    """A French retrieval collection, which is not in the repository."""
    return _elsewhere("ACTIONS_RELEVANCE")


def _elsewhere(variable: str) -> Path:
    """Return what an environment variable names; CI may not be without it."""
    named = os.environ.get(variable)
    if named and Path(named).exists():
        return Path(named)
    if os.environ.get("CI"):
        pytest.fail(f"CI needs {variable}")
    pytest.skip(f"{variable} names nothing that is here")
