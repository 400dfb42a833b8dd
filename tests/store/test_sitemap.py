"""Sitemap parts, whose records do not move to another part."""

from app.store.repository import NewRecord, Store
from tests.factories import make_action
from tests.store.conftest import Clock


def listed(store: Store, size: int) -> tuple[list[list[str]], list[list[str]]]:
    """Return the identifiers of records and of organisers, piece by piece."""
    with store.read() as reader:
        listing = reader.sitemap
        records = [listing.record_entries(piece.number, size) for piece in listing.record_parts(size)]
        structures = [listing.structure_entries(piece.number, size) for piece in listing.structure_parts(size)]
    return [[one.id for one in some] for some in records], [[one.id for one in some] for some in structures]


def test_a_record_stays_in_its_sitemap_when_others_are_deleted(store: Store) -> None:
    drafts = [NewRecord(make_action(f"Action {number}", structure=f"Centre {number}")) for number in range(5)]
    with store.write() as writer:
        made = writer.create_many(drafts, author="test")
    records, structures = listed(store, 2)
    with store.write() as writer:
        writer.delete(made[0].number, author="test")
        writer.delete(made[2].number, author="test")
        writer.delete(made[3].number, author="test")
    ids = [record.id for record in made]

    assert records == [ids[:2], ids[2:4], ids[4:]]
    assert structures == [["centre-0", "centre-1"], ["centre-2", "centre-3"], ["centre-4"]]
    assert listed(store, 2) == ([[ids[1]], [ids[4]]], [["centre-1", "centre-4"]])


def test_the_date_of_a_sitemap_is_that_of_its_last_change(store: Store, clock: Clock) -> None:
    with store.write() as writer:
        first, second, _ = writer.create_many([NewRecord(make_action(title)) for title in "abc"], author="test")
    clock.advance()
    with store.write() as writer:
        changed = writer.update(second.number, make_action("b", resume="Autre"), author="test")
    with store.read() as reader:
        pieces = reader.sitemap.record_parts(2)
        (structure,) = reader.sitemap.structure_entries(1, 10)

    assert changed.modifie_le > first.modifie_le
    assert [piece.modifie_le for piece in pieces] == [changed.modifie_le, first.modifie_le]
    assert structure.modifie_le == changed.modifie_le


def test_an_empty_catalogue_has_no_record_sitemaps(store: Store) -> None:
    assert listed(store, 2) == ([], [])
