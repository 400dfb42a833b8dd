"""Fixtures: a client that writes to a server."""

from collections.abc import Iterator

import pytest

from tests.api.editor import Editor
from tests.in_process import create_key_secret, running_server


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    """A client that writes to a catalogue of the module, which is empty at first."""
    directory = tmp_path_factory.mktemp("written")
    secret = create_key_secret(directory)
    with running_server(directory) as base, Editor(base, secret) as opened:
        yield opened
