"""`Writer`: identifiers, versions, import sources, the change log, and timestamps."""

import sqlite3

import pytest

from app.catalogue.action import action_slug, content_hash
from app.catalogue.errors import Gone, NotFound
from app.catalogue.record import ImportSource
from app.store.repository import NewRecord, Store, Writer
from tests.factories import EPOCH, make_action
from tests.store.conftest import Clock

ACTION = make_action("Jardin")


def provenance(raw: sqlite3.Connection, number: int) -> tuple[object, ...]:
    found: tuple[object, ...] = raw.execute(
        "SELECT source_file, source_line, source_hash FROM actions WHERE number = ?", [number]
    ).fetchone()
    return found


def test_actions_of_one_identity_get_numbered_identifiers(store: Store) -> None:
    with store.write() as writer:
        first = writer.create(ACTION, author="test")
        others = writer.create_many([NewRecord(make_action("Jardin", resume=text)) for text in "ab"], author="test")
    assert [first.id, *(other.id for other in others)] == [action_slug(ACTION, rank) for rank in range(3)]


def test_a_free_identifier_of_an_import_is_used(store: Store) -> None:
    with store.write() as writer:
        assert writer.create(ACTION, author="test", id="depuis-ailleurs").id == "depuis-ailleurs"
        assert writer.create(make_action("Autre"), author="test", id="depuis-ailleurs").id.startswith("autre-")


def test_a_taken_identifier_leads_to_the_next_free_one(store: Store) -> None:
    own = action_slug(ACTION)
    with store.write() as writer:
        for number, taken in enumerate([own, f"{own}-2"]):
            writer.create(make_action(f"Intruse {number}"), author="test", id=taken)
        assert writer.create(ACTION, author="test").id == f"{own}-3"
        assert writer.create(ACTION, author="test").id == f"{own}-4"


def test_a_batch_with_one_identifier_twice_uses_it_once(store: Store) -> None:
    own = action_slug(ACTION)
    drafts = [
        NewRecord(make_action("Intruse"), id=own),
        NewRecord(ACTION),
        NewRecord(ACTION, id=own),
        NewRecord(ACTION, id="libre"),
    ]
    with store.write() as writer:
        created = writer.create_many(drafts, author="test")
    assert [record.id for record in created] == [own, f"{own}-2", f"{own}-3", "libre"]


def test_creating_no_record_writes_nothing(store: Store) -> None:
    with store.write() as writer:
        assert writer.create_many([], author="test") == []
    assert store.last_change() == 0


def test_an_update_is_the_next_version(store: Store, clock: Clock) -> None:
    with store.write() as writer:
        created = writer.create(ACTION, author="test")
    later = clock.advance()
    changed = make_action("Jardin en ville", fichiers=["plan.pdf"])
    with store.write() as writer:
        updated = writer.update(created.number, changed, author="test")
        assert writer.record(created.id) == updated
    assert (updated.id, updated.version, updated.action) == (created.id, 2, changed)
    assert (updated.cree_le, updated.modifie_le) == (EPOCH, later)
    assert list(store.records()) == [updated]


def test_an_update_restores_a_deleted_record(store: Store) -> None:
    with store.write() as writer:
        created = writer.create(ACTION, author="test")
        writer.delete(created.number, author="test")
        revived = writer.update(created.number, ACTION, author="test")
    assert (revived.id, revived.version) == (created.id, 2)
    assert list(store.records()) == [revived]


def test_an_import_recognises_a_record_that_a_partner_has_corrected(store: Store) -> None:
    source = ImportSource("export.txt", 1, content_hash(ACTION))
    corrected = make_action("Jardin du quartier")
    with store.write() as writer:
        created = writer.create(ACTION, author="import", source=source)
        before = writer.identities_by_id([created.id])[created.id]
        writer.update(created.number, corrected, author="clé")
        after = writer.identities_by_id([created.id])[created.id]
    assert (after.identity, after.rank, after.source_hash) == (before.identity, before.rank, content_hash(ACTION))
    assert (after.version, after.content_hash) == (2, content_hash(corrected))


def test_a_structure_without_actions_is_deleted(store: Store, raw: sqlite3.Connection) -> None:
    with store.write() as writer:
        first, second = writer.create_many([NewRecord(ACTION), NewRecord(make_action("Deux"))], author="test")
        for record in (first, second):
            writer.update(record.number, make_action("Partie", structure="Ailleurs - Paris"), author="test")
            names = [organiser.structure.nom for organiser in writer.structures()[0]]
            assert ("Centre social des Tilleuls" in names) is (record is first)
    assert raw.execute("SELECT nom FROM structures").fetchall() == [("Ailleurs",)]


@pytest.mark.parametrize("write", ["update", "delete"])
def test_an_unknown_record_number_is_not_found(store: Store, write: str) -> None:
    def do(writer: Writer) -> None:
        if write == "update":
            writer.update(99, ACTION, author="test")
        else:
            writer.delete(99, author="test")

    with pytest.raises(NotFound, match="numéro 99"), store.write() as writer:
        do(writer)


def test_a_record_is_deleted_once(store: Store) -> None:
    with store.write() as writer:
        created = writer.create(ACTION, author="test")
        writer.delete(created.number, author="test")
    with pytest.raises(Gone), store.write() as writer:
        writer.delete(created.number, author="test")
    assert store.last_change() == 2


def test_importing_an_unchanged_record_updates_only_its_source(store: Store, raw: sqlite3.Connection) -> None:
    with store.write() as writer:
        created = writer.create(ACTION, author="test")
    assert provenance(raw, created.number) == (None, None, None)
    for source in (ImportSource("a.txt", 1, "x"), ImportSource("a.txt", 9, "x"), ImportSource("b.txt", 9, "y")):
        with store.write() as writer:
            writer.update_source(created.number, source)
        assert provenance(raw, created.number) == (source.file, source.line, source.hash)
    assert store.last_change() == 1
    assert list(store.records()) == [created]


def test_importing_an_unchanged_record_from_the_same_line_writes_nothing(store: Store, raw: sqlite3.Connection) -> None:
    source = ImportSource("a.txt", 1, "x")
    with store.write() as writer:
        number = writer.create(ACTION, author="test", source=source).number
    before = raw.execute("PRAGMA data_version").fetchone()
    with store.write() as writer:
        writer.update_source(number, source)
    assert raw.execute("PRAGMA data_version").fetchone() == before


def test_a_change_has_author_kind_and_time(store: Store, clock: Clock, raw: sqlite3.Connection) -> None:
    with store.write() as writer:
        number = writer.create(ACTION, author="import a.txt").number
    clock.advance()
    with store.write() as writer:
        writer.update(number, ACTION, author="Mairie")
        writer.delete(number, author="Ville")
    assert raw.execute("SELECT number, action, kind, author, at FROM changes").fetchall() == [
        (1, 1, "creation", "import a.txt", "2026-01-01 00:00:00.000000"),
        (2, 1, "modification", "Mairie", "2026-01-01 01:00:00.000000"),
        (3, 1, "suppression", "Ville", "2026-01-01 01:00:00.000000"),
    ]
