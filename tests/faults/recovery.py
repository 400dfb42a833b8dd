"""What is looked at after a crash: the catalogue as the next process finds it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.catalogue.query import ActionQuery
from app.service import CatalogueService, check
from tests.processes import default_settings

ROUNDS = int(os.environ.get("ACTIONS_FAULT_ROUNDS", "17"))
"""Crashes of each kind."""


@contextmanager
def reopened_catalogue(data: Path) -> Iterator[CatalogueService]:
    """Open the catalogue as a process does that starts, and find it sound."""
    with CatalogueService.open(default_settings(data)) as catalogue:
        catalogue.repair_index()
        report = check(catalogue)
        assert report.sound, report
        yield catalogue


def search_ids(catalogue: CatalogueService, text: str) -> set[str]:
    """The identifiers of the records that a search for `text` finds."""
    return {hit.id for hit in catalogue.engine.search(ActionQuery(text=text, limit=None)).hits}


def unique_word(number: int) -> str:
    """A word that stands for a number; in quotes a search does not take it for one that is near."""
    return "xq" + "".join(chr(ord("a") + int(digit)) * 2 for digit in f"{number:05}")
