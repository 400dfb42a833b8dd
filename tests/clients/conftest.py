"""A running service with its OpenAPI document, and a key to write with, for the clients that are made from it."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.in_process import create_key_secret, running_server

_SETTINGS = {"ACTIONS_PUBLIC_URL": "", "ACTIONS_CONTACT_EMAIL": "contact@actions.example"}


class Service:
    """A service at `base`, a key of it, and its document, also as a file."""

    def __init__(self, base: str, key: str, directory: Path) -> None:
        self.base = base
        self.key = key
        answer = httpx.get(f"{base}/openapi.json")
        self.document: dict[str, Any] = answer.json()
        self.file = directory / "openapi.json"
        self.file.write_bytes(answer.content)

    def get(self, path: str, **parameters: Any) -> Any:
        """Return the JSON document at `path`."""
        return httpx.get(f"{self.base}{path}", params=parameters).raise_for_status().json()


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory, imported: Path) -> Iterator[Service]:
    """A service of the catalogue's own actions."""
    directory = shutil.copytree(imported, tmp_path_factory.mktemp("service") / "var")
    key = create_key_secret(directory)
    with running_server(directory, settings=_SETTINGS) as base:
        yield Service(base, key, tmp_path_factory.mktemp("document"))
