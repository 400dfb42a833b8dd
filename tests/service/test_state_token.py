"""The state token changes with each commit, and a page takes few SQL statements."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event

from app.catalogue.query import ActionQuery
from app.service import CatalogueService
from tests.factories import make_action
from tests.processes import default_settings


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[CatalogueService]:
    with CatalogueService.open(default_settings(tmp_path / "var")) as opened:
        opened.catch_up()
        yield opened


def create(catalogue: CatalogueService, *titles: str) -> None:
    with catalogue.store.write() as writer:
        for title in titles:
            writer.create(make_action(title), author="test")


def test_the_state_token_changes_with_each_change_of_store_or_index(catalogue: CatalogueService) -> None:
    names = [catalogue.state_token()]
    for number in range(3):
        create(catalogue, f"Jardin {number}")
        names.append(catalogue.state_token())
        catalogue.catch_up()
        names.append(catalogue.state_token())

    assert len(set(names)) == len(names)
    assert catalogue.state_token() == names[-1]


def test_the_cached_token_is_returned_only_while_the_index_has_every_change(catalogue: CatalogueService) -> None:
    assert catalogue.cached_state_token() is None
    assert catalogue.state_token() == catalogue.state_token_nowait() == catalogue.cached_state_token()

    create(catalogue, "Jardin")
    assert catalogue.cached_state_token() is None
    assert catalogue.state_token_nowait() == catalogue.state_token()
    assert catalogue.cached_state_token() is None
    catalogue.catch_up()
    assert catalogue.state_token() == catalogue.cached_state_token()


def test_a_rebuilt_index_changes_the_token_after_expiry(catalogue: CatalogueService) -> None:
    before = catalogue.state_token()
    catalogue.reindex()
    deadline = time.monotonic() + 10
    while catalogue.state_token() == before and time.monotonic() < deadline:
        time.sleep(0.05)

    assert catalogue.state_token() != before


@pytest.mark.parametrize("limit", [1, 100])
def test_the_rows_of_a_page_come_in_one_statement(catalogue: CatalogueService, limit: int) -> None:
    create(catalogue, *(f"Jardin {number}" for number in range(120)))
    catalogue.catch_up()
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(catalogue.store._engine, "before_cursor_execute", note)
    page = catalogue.search(ActionQuery(text="jardin", limit=limit, facets=("dimension", "structure")))

    assert len(page.items) == limit
    assert [statement for statement in statements if statement.startswith("SELECT")] == statements[1:]
    assert len(statements) <= 2
    assert statements[0] == "BEGIN"
