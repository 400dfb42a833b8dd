"""Someone who writes over HTTP to a real server."""

from collections.abc import Iterator

import pytest

from tests.api.editor import Editor
from tests.processes import new_key, serving


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    """Someone who writes to a catalogue of the module's own, which is empty at first."""
    directory = tmp_path_factory.mktemp("written")
    secret = new_key(directory)
    with serving(directory) as base, Editor(base, secret) as opened:
        yield opened
