"""`Reader`: records, changes, versions, structures, identities and orphaned rows."""

import sqlite3

import pytest

from app.catalogue.action import action_slug, content_hash, field_values, identity_key
from app.catalogue.errors import Gone, NotFound
from app.catalogue.record import Change, ChangeKind, ImportSource, Record, StoredIdentity, Version
from app.store.reader import READ_BATCH
from app.store.repository import NewRecord, Store
from tests.factories import EPOCH, make_action
from tests.store.conftest import Clock


def create(store: Store, *titles: str, structure: str = "Centre social des Tilleuls - Nord") -> list[Record]:
    drafts = [NewRecord(make_action(title, structure=structure)) for title in titles]
    with store.write() as writer:
        return writer.create_many(drafts, author="test")


def test_an_empty_catalogue_has_nothing(store: Store) -> None:
    with store.read() as reader:
        assert (reader.last_change(), reader.count(), reader.records(), reader.changes_after(0)) == (0, 0, [], [])
        assert reader.records_by_id([]) == {}
        assert reader.structures() == ([], 0)
        assert list(reader.orphaned_row_messages()) == []


def test_every_field_comes_back_as_it_was_stored(store: Store) -> None:
    action = make_action(
        "L'« été » à l'œuvre — 3 €",
        fichiers=[],
        raisons_fin="",
        mots_cles=["Mixité sociale", "Santé"],
        resume="- une puce\n-\n\nune ligne",
        dimension=None,
    )
    with store.write() as writer:
        created = writer.create(action, author="test")
    with store.read() as reader:
        found = reader.record(created.id)
    assert found == created == Record(1, action_slug(action), 1, action, EPOCH, EPOCH)
    said = field_values(found.action)
    assert (said["initiative"], said["fichiers"], said["initiative_precision"]) == ([], [], None)


def test_absent_values_are_null_in_the_database(store: Store, raw: sqlite3.Connection) -> None:
    create(store, "Sans fichier")
    assert raw.execute("SELECT fichiers IS NULL, mots_cles FROM actions").fetchall() == [(1, "[]")]


def test_an_unknown_record_is_not_found(store: Store) -> None:
    with store.read() as reader, pytest.raises(NotFound, match="« nulle-part »") as caught:
        reader.record("nulle-part")
    assert not isinstance(caught.value, Gone)


def test_a_deleted_record_is_gone_and_in_no_list(store: Store) -> None:
    kept, deleted = create(store, "Gardée", "Supprimée")
    with store.write() as writer:
        writer.delete(deleted.number, author="test")
    with store.read() as reader:
        with pytest.raises(Gone, match="a été supprimée"):
            reader.record(deleted.id)
        assert reader.records() == [kept]
        assert reader.records_by_id([deleted.id, kept.id]) == {kept.id: kept}
        assert reader.count() == 1
        _, organisers = reader.structures()
    assert organisers == 1


def test_any_number_of_records_is_read_by_identifier_in_the_requested_order(store: Store) -> None:
    created = create(store, *(f"Action {number}" for number in range(READ_BATCH + 10)))
    wanted = [record.id for record in reversed(created)]
    with store.read() as reader:
        found = reader.records_by_id([*wanted, "inconnue", wanted[0]])
    assert list(found) == wanted
    assert list(found.values()) == created[::-1]


def test_records_come_in_pages_by_number(store: Store) -> None:
    created = create(store, "Zoé", "Abricot", "Milieu")
    with store.read() as reader:
        assert reader.records(limit=2) == created[:2]
        assert reader.records(after=created[1].number) == created[2:]


def test_the_whole_catalogue_streams_over_several_batches(store: Store) -> None:
    created = create(store, *(f"Action {number}" for number in range(READ_BATCH + 1)))
    assert list(store.records()) == created
    assert [change.number for change in store.changes_after(0)] == list(range(1, READ_BATCH + 2))


def test_changes_list_each_record_once_with_its_last_kind(store: Store) -> None:
    first, second, third = create(store, "Une", "Deux", "Trois")
    with store.write() as writer:
        updated = writer.update(first.number, make_action("Une", resume="Nouveau"), author="test")
        writer.delete(second.number, author="test")
    expected = [
        Change(3, third.id, ChangeKind.CREATED, third, EPOCH),
        Change(4, first.id, ChangeKind.UPDATED, updated, EPOCH),
        Change(5, second.id, ChangeKind.DELETED, None, EPOCH),
    ]
    assert store.last_change() == 5
    assert list(store.changes_after(0)) == expected
    assert list(store.changes_after(3)) == expected[1:]
    assert list(store.changes_after(5)) == []
    with store.read() as reader:
        assert reader.changes_after(0, limit=2) == expected[:2]


def test_changes_made_during_a_stream_wait_for_the_next_one(store: Store) -> None:
    first, *_, last = create(store, *(f"Action {number}" for number in range(READ_BATCH + 2)))
    stream = store.changes_after(0)
    assert next(stream).id == first.id
    with store.write() as writer:
        writer.update(last.number, make_action("Action changée"), author="test")
    seen = [change.id for change in stream]
    assert (len(seen), last.id in seen) == (READ_BATCH, False)
    assert [change.id for change in store.changes_after(READ_BATCH + 2)] == [last.id]


def test_a_stream_of_changes_ends_when_all_remaining_records_changed_again(store: Store) -> None:
    records = create(store, *(f"Action {number}" for number in range(READ_BATCH + 1)))
    stream = store.changes_after(0)
    assert [next(stream).id for _ in range(READ_BATCH)][-1] == records[-2].id
    with store.write() as writer:
        writer.delete(records[-1].number, author="test")
    assert list(stream) == []


def test_versions_are_newest_first_and_outlive_the_record(store: Store, clock: Clock) -> None:
    [record] = create(store, "Jardin")
    later = clock.advance()
    second = make_action("Jardin partagé")
    with store.write() as writer:
        writer.update(record.number, second, author="Mairie")
        writer.delete(record.number, author="Mairie")
    with store.read() as reader:
        assert reader.versions(record.id) == [
            Version(2, later, "Mairie", second),
            Version(1, EPOCH, "test", make_action("Jardin")),
        ]
        with pytest.raises(NotFound):
            reader.versions("nulle-part")


def test_a_version_from_before_the_fields_changed_can_still_be_read(store: Store, raw: sqlite3.Connection) -> None:
    [record] = create(store, "Jardin")
    raw.execute("UPDATE versions SET content = json_set(json_remove(content, '$.resume'), '$.ancien', 'x')")
    with store.read() as reader:
        [version] = reader.versions(record.id)
    assert version.action == record.action


def test_organisers_come_in_french_order_with_their_number_of_actions(store: Store) -> None:
    create(store, "Une", "Deux", structure="Étoile du Nord - Nord")
    create(store, "Trois", structure="« Arc-en-ciel » - Paris")
    create(store, "Quatre", structure="Zénith")
    [gone] = create(store, "Cinq", structure="Partie - Nord")
    with store.write() as writer:
        writer.delete(gone.number, author="test")
    with store.read() as reader:
        found, total = reader.structures()
        assert [(one.structure.nom, one.actions) for one in found] == [
            ("« Arc-en-ciel »", 1),
            ("Étoile du Nord", 2),
            ("Zénith", 1),
        ]
        assert total == 3
        assert reader.structures(["59", "2A"]) == ([found[1]], 1)
        assert reader.structures([]) == ([], 0)
        assert reader.structures(offset=1, limit=1) == ([found[1]], 3)
        assert reader.structure(found[0].structure.id) == found[0]
        assert found[0].structure.departement is not None
        for absent in ("nulle-part", "partie-nord"):
            with pytest.raises(NotFound, match="Aucune structure"):
                reader.structure(absent)


def test_an_organiser_keeps_the_name_under_which_it_first_came(store: Store) -> None:
    create(store, "Une", structure="Les Tilleuls - Nord")
    create(store, "Deux", structure="LES TILLEULS - nord")
    with store.read() as reader:
        [[organiser], total] = reader.structures()
    assert (organiser.structure.nom, organiser.actions, total) == ("Les Tilleuls", 2, 1)
    titles = {record.action.structure for record in store.records()}
    assert titles == {"Les Tilleuls - Nord", "LES TILLEULS - nord"}


def test_two_spellings_in_one_batch_are_one_organiser_by_the_first_name(store: Store) -> None:
    actions = [make_action(title, structure=name) for title, name in (("Une", "Été - Nord"), ("Deux", "ete - Nord"))]
    with store.write() as writer:
        writer.create_many([NewRecord(action) for action in actions], author="test")
    with store.read() as reader:
        [[organiser], _] = reader.structures()
    assert (organiser.structure.nom, organiser.actions) == ("Été", 2)


def test_an_import_reads_the_records_of_each_identity(store: Store) -> None:
    action, other = make_action("Jardin"), make_action("Jardin", resume="Autre")
    source = ImportSource("export.txt", 12, content_hash(action))
    with store.write() as writer:
        first = writer.create(action, author="import", source=source)
        second = writer.create(other, author="clé")
        writer.delete(second.number, author="clé")
        who = identity_key(action)
        expected = [
            StoredIdentity(1, first.id, who, 0, 1, content_hash(action), content_hash(action), deleted=False),
            StoredIdentity(2, second.id, who, 1, 1, content_hash(other), None, deleted=True),
        ]
        assert writer.identities([who, "inconnue", who]) == {who: expected}
    with store.read() as reader:
        assert reader.identities([who]) == {who: expected}
        assert reader.identities_by_id([second.id, "inconnue"]) == {second.id: expected[1]}


def test_a_sound_catalogue_has_no_orphan(store: Store) -> None:
    first, second = create(store, "Une", "Deux")
    with store.write() as writer:
        writer.update(first.number, make_action("Une", structure="Autre - Paris"), author="test")
        writer.delete(second.number, author="test")
    with store.read() as reader:
        assert list(reader.orphaned_row_messages()) == []


def test_each_kind_of_orphan_is_reported(store: Store, raw: sqlite3.Connection) -> None:
    create(store, "Une", "Deux")
    raw.execute("DELETE FROM versions WHERE action = 1")
    raw.execute("DELETE FROM actions WHERE number = 2")
    raw.execute("INSERT INTO structures VALUES ('seule', 'Seule', NULL)")
    with store.read() as reader:
        said = list(reader.orphaned_row_messages())
    assert len(said) == 4
    for words in (
        "La structure « seule » n'a aucune fiche",
        "La version 1 appartient à la fiche numéro 2",
        "Le changement numéro 2 concerne la fiche numéro 2",
        "en est à la version 1, que son historique n'a pas",
    ):
        assert sum(words in sentence for sentence in said) == 1


def test_organisers_are_sorted_by_name_and_not_by_identifier(store: Store) -> None:
    create(store, "Une", structure="Centre Annexe - Ain")
    create(store, "Deux", structure="Centre - Nord")
    with store.read() as reader:
        organisers, _ = reader.structures()
    assert [organiser.structure.nom for organiser in organisers] == ["Centre", "Centre Annexe"]
