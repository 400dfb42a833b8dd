"""Checks of a catalogue after a crash, as the next process opens it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.catalogue.query import ActionQuery
from app.service import CatalogueService, check
from tests.processes import default_settings

ROUNDS = int(os.environ.get("ACTIONS_FAULT_ROUNDS", "17"))
"""Number of crashes of each kind."""


@contextmanager
def reopened_catalogue(data: Path) -> Iterator[CatalogueService]:
    """Open the catalogue as a starting process does, and assert that it is sound."""
    with CatalogueService.open(default_settings(data)) as service:
        service.repair_index()
        report = check(service)
        assert report.sound, report
        yield service


def search_ids(service: CatalogueService, text: str) -> set[str]:
    """Return the identifiers of the matches of `text`."""
    return {hit.id for hit in service.engine.search(ActionQuery(text=text, limit=None)).hits}


def unique_word(number: int) -> str:
    """Return a distinct word for a number; search for it in quotes, which turn spelling correction off."""
    return "xq" + "".join(chr(ord("a") + int(digit)) * 2 for digit in f"{number:05}")
