"""A client that reads the change feed by cursor gets the whole catalogue: no change is skipped or repeated."""

import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.catalogue.change_cursor import ChangeCursor
from app.catalogue.errors import ForeignCursor
from app.catalogue.record import ChangeKind, Record
from app.service import changes_since
from app.store.migrations import migrate
from app.store.repository import Store
from tests.factories import make_action
from tests.store.test_change_feed import STEPS, apply, copied


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database with all its tables, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "actions.db"
    migrate(f"sqlite:///{path}")
    return path


_READS = st.tuples(st.just("read"), st.integers(1, 4))


class Partner:
    """A copy of the catalogue, synchronised with the change feed by cursor."""

    def __init__(self) -> None:
        self.cursor = ChangeCursor()
        self.records: dict[str, Record] = {}
        self.numbers: list[int] = []

    def read(self, store: Store, limit: int) -> bool:
        """Apply one page; tell whether there are more."""
        page = changes_since(store, ChangeCursor.decode(self.cursor.encode()), limit)
        assert len(page.items) <= limit
        assert page.more <= (len(page.items) == limit)
        for change in page.items:
            self.numbers.append(change.number)
            assert (change.record is None) == (change.kind is ChangeKind.DELETED)
            if change.record:
                self.records[change.id] = change.record
            else:
                self.records.pop(change.id, None)
        self.cursor = page.cursor
        return page.more


@settings(max_examples=40, deadline=None)
@given(steps=st.lists(st.one_of(STEPS.map(lambda steps: steps[:1]), _READS.map(lambda step: [step])), max_size=30))
def test_paging_through_changes_during_writes_yields_the_catalogue(
    migrated: Path,
    steps: list[list[tuple[object, ...]]],
) -> None:
    with copied(migrated) as store:
        partner, numbers = Partner(), list[int]()
        for step in (step for group in steps for step in group):
            match step:
                case ("read", int(limit)):
                    partner.read(store, limit)
                case ("follow",):
                    partner.read(store, 1)
                case _:
                    apply(store, step, numbers)
        while partner.read(store, 3):
            pass

        assert sorted(partner.records.values(), key=lambda record: record.number) == list(store.records())
        assert partner.numbers == sorted(set(partner.numbers))
        assert partner.cursor.number == store.last_change()
        # A change that was not returned was superseded by a later change of the same record.
        last = {change.number for change in store.changes_after(0)}
        assert last <= set(partner.numbers)


def test_a_cursor_of_another_catalogue_is_refused_and_one_from_the_beginning_never_is(
    migrated: Path,
) -> None:
    with copied(migrated) as ours, copied(migrated) as theirs:
        for store, titles in ((ours, ["Jardin", "Verger"]), (theirs, ["Potager"])):
            with store.write() as writer:
                for title in titles:
                    writer.create(make_action(title), author="test")
        first, second = changes_since(ours, ChangeCursor(), 1).cursor, changes_since(ours, ChangeCursor(), 9).cursor

        for cursor in (first, second):
            with pytest.raises(ForeignCursor, match="sans « since »"):
                changes_since(theirs, cursor, 9)
        assert [change.id[:7] for change in changes_since(theirs, ChangeCursor(), 9).items] == ["potager"]
        assert changes_since(ours, second, 9).items == ()


def test_after_a_restore_only_cursors_from_before_the_backup_are_accepted(
    migrated: Path,
    tmp_path: Path,
) -> None:
    with copied(migrated) as store:

        def create(into: Store, title: str) -> ChangeCursor:
            with into.write() as writer:
                writer.create(make_action(title), author="test")
            return changes_since(into, ChangeCursor(), 99).cursor

        before = create(store, "Avant")
        live, backup = sqlite3.connect(str(store._engine.url.database)), sqlite3.connect(tmp_path / "backup.db")
        live.backup(backup)
        for connection in (live, backup):
            connection.close()
        after = create(store, "Après")
    restored = Store(f"sqlite:///{tmp_path / 'backup.db'}")
    create(restored, "Autrement")

    assert [change.id[:10] for change in changes_since(restored, before, 9).items] == ["autrement-"]
    with pytest.raises(ForeignCursor):
        changes_since(restored, after, 9)
    restored.close()
