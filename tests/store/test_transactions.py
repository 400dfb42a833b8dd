"""Transactions: atomicity, isolation, concurrent writers, and crashes."""

import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import PIPE, Popen

import pytest
from sqlalchemy import exc, text

from app.store.repository import NewRecord, Store, Writer
from tests.conftest import ROOT
from tests.factories import make_action


def test_a_failure_in_a_write_leaves_nothing_of_it(store: Store, path: Path) -> None:
    with store.write() as writer:
        kept = writer.create(make_action("Gardée"), author="test")

    def fail(writer: Writer) -> None:
        writer.create(make_action("Perdue", structure="Ailleurs - Paris"), author="test")
        writer.update(kept.number, make_action("Perdue aussi"), author="test")
        writer.delete(kept.number, author="test")
        raise KeyError

    with pytest.raises(KeyError), store.write() as writer:
        fail(writer)
    with store.read() as reader:
        assert reader.records() == [kept]
        assert (reader.last_change(), len(reader.versions(kept.id)), reader.structures()[1]) == (1, 1, 1)
        assert list(reader.orphaned_row_messages()) == []


def test_a_failure_after_the_record_takes_the_record_back(store: Store) -> None:
    """The log refuses the change: record and version, written before it, must go with it."""
    with store.write() as writer:
        writer._session.execute(text("CREATE TRIGGER t BEFORE INSERT ON changes BEGIN SELECT RAISE(ABORT, 'no'); END"))
    with pytest.raises(exc.IntegrityError), store.write() as writer:
        writer.create(make_action(), author="test")
    with store.read() as reader:
        assert (reader.count(), reader.last_change(), reader.structures()) == (0, 0, ([], 0))
        assert list(reader.orphaned_row_messages()) == []


def test_a_read_transaction_sees_one_snapshot(store: Store) -> None:
    with store.write() as writer:
        created = writer.create(make_action("Avant"), author="test")
    with store.read() as reader:
        assert reader.count() == 1
        with store.write() as writer:
            writer.create(make_action("Pendant"), author="test")
            writer.update(created.number, make_action("Après"), author="test")
        assert (reader.count(), reader.last_change()) == (1, 1)
        assert reader.record(created.id) == created
        assert [change.record for change in reader.changes_after(0)] == [created]
    with store.read() as reader:
        assert (reader.count(), reader.last_change()) == (2, 3)


def test_others_see_a_write_after_its_commit(store: Store) -> None:
    with store.write() as writer:
        writer.create(make_action(), author="test")
        assert writer.count() == 1
        assert store.last_change() == 0
    assert store.last_change() == 1


def test_a_long_stream_does_not_prevent_a_checkpoint(store: Store) -> None:
    with store.write() as writer:
        writer.create_many([NewRecord(make_action(f"Action {number}")) for number in range(3)], author="test")
    stream = store.records()
    next(stream)
    with store.write() as writer:
        writer.create(make_action("Pendant"), author="test")
    with store._engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        busy, written, moved = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
        connection.exec_driver_sql("BEGIN")
    assert (busy, written, moved) == (0, 0, 0)
    assert [record.action.titre for record in stream][-1] == "Pendant"


def test_threads_that_write_at_once_wait_for_each_other(url: str) -> None:
    store = Store(url)

    def write(name: str) -> None:
        for number in range(5):
            with store.write() as writer:
                known = writer.count()
                writer.create(make_action(f"{name} {number} après {known}"), author=name)

    with ThreadPoolExecutor() as threads:
        list(threads.map(write, ["a", "b", "c", "d"]))
    titles = [record.action.titre for record in store.records()]
    assert [title.rpartition(" ")[2] for title in titles] == [str(number) for number in range(20)]
    assert store.last_change() == 20
    store.close()


IMPORT = """
import sys
from app.store.repository import NewRecord, Store
from tests.factories import make_action

url, name, batches = sys.argv[1], sys.argv[2], int(sys.argv[3])
store = Store(url)
print("ready", flush=True)
sys.stdin.readline()
for batch in range(batches):
    with store.write() as writer:
        drafts = [NewRecord(make_action(f"{name} {batch} {number}")) for number in range(50)]
        writer.create_many(drafts, author=name)
    print(batch, flush=True)
"""


def importing(url: str, name: str, batches: int) -> "Popen[bytes]":
    arguments = [sys.executable, "-c", IMPORT, url, name, str(batches)]
    return Popen(arguments, stdin=PIPE, stdout=PIPE, cwd=ROOT)


def start(program: "Popen[bytes]") -> None:
    assert program.stdout is not None
    assert program.stdin is not None
    assert program.stdout.readline() == b"ready\n"
    program.stdin.write(b"\n")
    program.stdin.flush()


def test_programs_that_write_at_once_both_succeed(url: str, store: Store) -> None:
    with importing(url, "un", 10) as one, importing(url, "deux", 10) as two:
        start(one)
        start(two)
        outputs = [program.communicate(timeout=60)[0] for program in (one, two)]
    assert [output.split()[-1] for output in outputs] == [b"9", b"9"]
    assert (store.last_change(), len({record.id for record in store.records()})) == (1000, 1000)


def test_a_program_killed_in_mid_import_leaves_whole_batches(url: str, store: Store) -> None:
    with importing(url, "lot", 100_000) as program:
        start(program)
        assert program.stdout is not None
        answered = [int(program.stdout.readline()) for _ in range(4)][-1] + 1
        program.send_signal(signal.SIGKILL)
        answered = max([answered, *(int(line) + 1 for line in program.stdout.read().split())])
    with store.read() as reader:
        kept = reader.count()
        assert (kept % 50, reader.last_change()) == (0, kept)
        assert answered * 50 <= kept <= (answered + 1) * 50
        assert list(reader.orphaned_row_messages()) == []
    with store.write() as writer:
        writer.create(make_action("La suite"), author="test")
