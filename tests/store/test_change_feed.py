"""Replaying the change log from any number, at any pace, gives the catalogue."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from app.catalogue.errors import Gone
from app.catalogue.record import ChangeKind, Record
from app.store.repository import Store
from tests.factories import make_action

TITLES = st.sampled_from(["Jardin", "jardin", "Été", "Une"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("create"), TITLES),
        st.tuples(st.just("update"), st.integers(0, 9), TITLES),
        st.tuples(st.just("delete"), st.integers(0, 9)),
        st.tuples(st.just("follow")),
    ),
    max_size=25,
)


@contextmanager
def copied(migrated: Path) -> Iterator[Store]:
    with TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{shutil.copy(migrated, Path(folder) / 'actions.db')}")
        yield store
        store.close()


class Follower:
    """A copy of the catalogue built from its changes only."""

    def __init__(self) -> None:
        self.number = 0
        self.records: dict[str, Record] = {}

    def follow(self, store: Store) -> None:
        for change in store.changes_after(self.number):
            assert change.number > self.number
            assert (change.record is None) == (change.kind is ChangeKind.DELETED)
            self.number = change.number
            if change.record:
                self.records[change.id] = change.record
            else:
                self.records.pop(change.id, None)


def apply(store: Store, step: tuple[object, ...], numbers: list[int]) -> None:
    with store.write() as writer:
        match step:
            case ("create", str(title)):
                numbers.append(writer.create(make_action(title), author="test").number)
            case ("update", int(which), str(title)) if numbers:
                writer.update(numbers[which % len(numbers)], make_action(title), author="test")
            case ("delete", int(which)) if numbers:
                try:
                    writer.delete(numbers[which % len(numbers)], author="test")
                except Gone:
                    return


@settings(max_examples=30, deadline=None)
@given(steps=STEPS)
def test_replaying_the_changes_gives_the_catalogue(migrated: Path, steps: list[tuple[object, ...]]) -> None:
    with copied(migrated) as store:
        follower, numbers = Follower(), list[int]()
        for step in steps:
            if step == ("follow",):
                follower.follow(store)
            else:
                apply(store, step, numbers)
        follower.follow(store)
        living = list(store.records())
        assert sorted(follower.records.values(), key=lambda record: record.number) == living
        assert follower.number == store.last_change()
        with store.read() as reader:
            assert reader.count() == len(living)
            assert list(reader.orphaned_row_messages()) == []
