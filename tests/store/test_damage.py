"""Damaged rows are told from whole ones by the types of their values, and each is registered once."""

import sqlite3

import pytest
from structlog.testing import capture_logs

from app.catalogue.errors import DamagedRecord
from app.store.damage import DamageRegistry, RowReader
from app.store.record_rows import RECORD_SHAPE, RECORDS_AFTER
from app.store.repository import Store
from tests.factories import make_action


def test_whole_rows_are_read_at_once(store: Store) -> None:
    with store.write() as writer:
        writer.create(make_action("A"), author="test")
        writer.create(make_action("B", mots_cles=["Nature"], resume="Oui"), author="test")
        session = writer._session
        rows = RowReader(session, DamageRegistry()).try_read(RECORDS_AFTER, RECORD_SHAPE, {"after": 0, "limit": 9})

    assert rows is not None
    assert len(rows) == 2


def test_each_damaged_record_is_logged_once(store: Store, raw: sqlite3.Connection) -> None:
    with store.write() as writer:
        record = writer.create(make_action("A"), author="test")
    raw.execute("UPDATE actions SET resume = CAST(x'ff' AS TEXT)")
    with capture_logs() as logs:
        for _ in range(2):
            assert list(store.records()) == []
            with store.read() as reader, pytest.raises(DamagedRecord, match="est endommagée"):
                reader.record(record.id)

    assert [(log["event"], log["id"], log["column"]) for log in logs] == [("record_damaged", record.id, "resume")]
    assert len(store.damaged) == 1


def test_a_batch_of_damaged_records_does_not_end_the_iteration(store: Store, raw: sqlite3.Connection) -> None:
    with store.write() as writer:
        ids = [writer.create(make_action(f"A {number}"), author="test").id for number in range(5)]
    raw.execute("UPDATE actions SET modifie_le = 'hier' WHERE number BETWEEN 2 AND 4")
    with store.read() as reader:
        batch = reader.records(after=1, limit=2)

    assert [record.id for record in batch] == [ids[4]]
    assert [change.damaged for change in store.changes_after(0)] == [False, True, True, True, False]
