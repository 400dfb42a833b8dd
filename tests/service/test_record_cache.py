"""The record cache: entries, versions and eviction, and that no response shows a record from before a write."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.catalogue.query import ActionQuery
from app.service import CatalogueService
from app.service.record_cache import RecordCache
from app.store.backup import back_up, restore_database
from tests.factories import make_action, make_record
from tests.processes import default_settings

LARGE = 1_000_000  # bytes
INDEX = "g-index"


def test_the_cache_returns_a_record_only_in_the_requested_version() -> None:
    cache = RecordCache(LARGE)
    first, second = make_record(1, "Jardin"), make_record(2, "École", version=3)
    cache.get_many(INDEX, ())
    cache.put_many(INDEX, [first, second])

    assert cache.get_many(INDEX, [(first.id, 1), (second.id, 3), ("autre", 1)]) == {first.id: first, second.id: second}
    assert cache.get_many(INDEX, [(first.id, 2), (second.id, 2)]) == {}
    newer = make_record(1, "Jardin", version=2)
    cache.put_many(INDEX, [newer])
    assert cache.get_many(INDEX, [(first.id, 1)]) == {}
    assert cache.get_many(INDEX, [(first.id, 2)]) == {first.id: newer}


def test_the_least_recently_used_record_is_evicted_and_too_large_ones_are_not_stored() -> None:
    records = [make_record(number, f"Jardin {number}", resume="mot " * 1000) for number in range(1, 5)]
    cache = RecordCache(30_000)  # three of them
    cache.get_many(INDEX, ())
    cache.put_many(INDEX, records[:3])
    assert not cache.has_room_for(records[3])
    cache.get_many(INDEX, [(records[0].id, 1)])
    cache.put_many(INDEX, records[3:])
    kept = cache.get_many(INDEX, ((record.id, 1) for record in records))
    assert kept.keys() == {records[place].id for place in (0, 2, 3)}

    none = RecordCache(0)
    none.get_many(INDEX, ())
    none.put_many(INDEX, records)
    assert none.get_many(INDEX, [(records[0].id, 1)]) == {}


def test_records_stored_for_one_index_are_not_returned_for_another() -> None:
    cache = RecordCache(LARGE)
    record = make_record(1, "Jardin")
    cache.get_many(INDEX, ())
    cache.put_many(INDEX, [record])

    assert cache.get_many("g-other", [(record.id, 1)]) == {}
    cache.put_many(INDEX, [record])
    assert cache.get_many("g-other", [(record.id, 1)]) == {}


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[CatalogueService]:
    """A catalogue of two records, as a server has it once it is ready."""
    with CatalogueService.open(default_settings(tmp_path)) as opened:
        with opened.store.write() as writer:
            for titre in ("Jardin", "École"):
                writer.create(make_action(titre), author="essai")
        opened.catch_up()
        opened.state_token()
        yield opened


def _found(catalogue: CatalogueService) -> list[tuple[str, str]]:
    return [(item.record.id, item.record.action.resume) for item in catalogue.search(ActionQuery()).items]


def test_a_page_has_the_last_version_indexed_or_not(catalogue: CatalogueService) -> None:
    (ecole, _), (jardin, _) = _found(catalogue)
    kept = catalogue.search(ActionQuery()).items[0].record
    assert catalogue.search(ActionQuery()).items[0].record is kept, "nothing was kept"

    with catalogue.store.write() as writer:
        number = writer.record(jardin).number
        writer.update(number, make_action("Jardin", resume="Un compost"), author="essai")
    catalogue.state_token()
    assert _found(catalogue) == [(ecole, ""), (jardin, "Un compost")]
    catalogue.catch_up()
    catalogue.state_token()
    assert _found(catalogue) == [(ecole, ""), (jardin, "Un compost")]

    with catalogue.store.write() as writer:
        writer.delete(number, author="essai")
    catalogue.state_token()
    assert _found(catalogue) == [(ecole, "")]


def test_the_record_cache_is_filled_until_the_callback_returns_false(catalogue: CatalogueService) -> None:
    result = catalogue.engine.search(ActionQuery())
    wanted = [(hit.id, hit.version) for hit in result.hits]
    catalogue.fill_record_cache(lambda: False)
    assert catalogue._record_cache.get_many(result.index, wanted) == {}
    catalogue.fill_record_cache(lambda: True)
    assert catalogue._record_cache.get_many(result.index, wanted).keys() == {hit.id for hit in result.hits}


def test_a_version_undone_by_a_restore_is_not_returned_for_a_later_one_of_its_number(
    catalogue: CatalogueService, tmp_path: Path
) -> None:
    url, saved = default_settings(tmp_path).store_url, tmp_path / "saved.db"
    back_up(url, saved)
    jardin = next(catalogue.store.records())

    def rewrite(resume: str) -> None:
        with catalogue.store.write() as writer:
            writer.update(jardin.number, make_action("Jardin", resume=resume), author="essai")
        catalogue.catch_up()
        catalogue.state_token()

    rewrite("Perdu")
    assert (jardin.id, "Perdu") in _found(catalogue)
    restore_database(url, saved)
    rewrite("Un compost")

    assert (jardin.id, "Un compost") in _found(catalogue)
