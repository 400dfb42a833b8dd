"""The history of a record: changed fields of each version, deletions, and paging."""

import pytest

from app.catalogue.action import FieldChange
from app.catalogue.errors import NotFound
from app.catalogue.record import ChangeKind, HistoryEvent, Record
from app.store.repository import Store
from tests.factories import EPOCH, make_action
from tests.store.conftest import Clock


@pytest.fixture
def record(store: Store, clock: Clock) -> Record:
    """A record that was created, changed, deleted and brought back, an hour apart."""
    with store.write() as writer:
        created = writer.create(make_action("Jardin"), author="import a.txt")
        writer.create(make_action("Autre"), author="import a.txt")
    clock.advance()
    with store.write() as writer:
        writer.update(created.number, make_action("Jardin", resume="Deux", mots_cles=["a"]), author="Mairie")
    clock.advance()
    with store.write() as writer:
        writer.delete(created.number, author="CAF")
    clock.advance()
    with store.write() as writer:
        writer.update(created.number, make_action("Jardin", resume="Trois"), author="Mairie")
    return created


def test_the_history_lists_changed_fields_newest_first(store: Store, record: Record, clock: Clock) -> None:
    with store.read() as reader:
        events, total = reader.history.page(record.id)

    assert total == 4
    assert [(event.version, event.kind, event.author) for event in events] == [
        (3, ChangeKind.UPDATED, "Mairie"),
        (2, ChangeKind.DELETED, "CAF"),
        (2, ChangeKind.UPDATED, "Mairie"),
        (1, ChangeKind.CREATED, "import a.txt"),
    ]
    assert [event.changed for event in events] == [
        (FieldChange("mots_cles", ["a"], []), FieldChange("resume", "Deux", "Trois")),
        (),
        (FieldChange("mots_cles", [], ["a"]), FieldChange("resume", "", "Deux")),
        (FieldChange("titre", None, "Jardin"), FieldChange("structure", None, "Centre social des Tilleuls - Nord")),
    ]
    assert [event.at for event in events] == sorted((event.at for event in events), reverse=True)
    assert events[-1].at == EPOCH


def test_pages_of_a_history_are_parts_of_it(store: Store, record: Record) -> None:
    with store.read() as reader:
        whole, _ = reader.history.page(record.id)
        pages: list[HistoryEvent] = []
        for offset in range(0, 6, 2):
            page, total = reader.history.page(record.id, offset=offset, limit=2)
            assert total == 4
            pages += page

    assert pages == whole


def test_an_unknown_record_has_no_history(store: Store) -> None:
    with store.read() as reader, pytest.raises(NotFound, match="inconnue"):
        reader.history.page("inconnue")


def test_a_page_of_one_event_has_the_same_changed_fields(store: Store, record: Record) -> None:
    with store.read() as reader:
        whole, _ = reader.history.page(record.id)
        single = [reader.history.page(record.id, offset=offset, limit=1)[0] for offset in range(4)]

    assert single == [[event] for event in whole]
