"""Damaged, foreign and missing index files, and indexes shared by processes or left by killed ones."""

import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from app.catalogue.errors import IndexUnavailable
from app.catalogue.query import ActionQuery
from app.search.whoosh_engine import WhooshEngine
from tests.factories import make_record
from tests.search.conftest import garden_source, live_directory, total
from tests.search.record_source import ListRecordSource

ROOT = Path(__file__).parents[2]


def _manifest(text: str) -> Callable[[Path], None]:
    def damage(directory: Path) -> None:
        (directory / "current").write_text(text)

    return damage


def _elsewhere(directory: Path) -> None:
    text = (directory / "current").read_text()
    live_directory(directory).rename(directory / "elsewhere")
    (directory / "current").write_text(text.replace("g-", "../index/g-"))


def _cut(pattern: str, left: int) -> Callable[[Path], None]:
    def damage(directory: Path) -> None:
        for path in live_directory(directory).glob(pattern):
            path.write_bytes(path.read_bytes()[:left])

    return damage


def _without(pattern: str) -> Callable[[Path], None]:
    def damage(directory: Path) -> None:
        for path in live_directory(directory).glob(pattern):
            path.unlink()

    return damage


def _without_last_segment(directory: Path) -> None:
    max(live_directory(directory).glob("*.cols"), key=lambda path: path.stat().st_mtime_ns).unlink()


DAMAGES: dict[str, Callable[[Path], None]] = {
    "the manifest is gone": lambda directory: (directory / "current").unlink(),
    "the manifest is empty": _manifest(""),
    "the manifest is no JSON object": _manifest("[]"),
    "the manifest names no string": _manifest('{"directory": 3, "fingerprint": ""}'),
    "the manifest is of another version": _manifest('{"directory": "g-' + "0" * 32 + '", "fingerprint": "x"}'),
    "the manifest names another place": _elsewhere,
    "the directory is gone": lambda directory: shutil.rmtree(live_directory(directory)),
    "the table of contents is gone": _without("*.toc"),
    "the table of contents is empty": _cut("*.toc", 0),
    "the table of contents is cut": _cut("*.toc", 200),
    "every list of terms is gone": _without("*.cols"),
    "the last list of terms is gone": _without_last_segment,
    "the lists of terms are cut": _cut("*.cols", 300),
    "the rows are cut": _cut("*.col", 10),
    "the note of the last change is gone": _without("applied-*"),
    "the note of the last change is cut": _cut("applied-*", 4),
}


# Whoosh does not close a table of contents that it cannot read; the garbage collector does.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_or_foreign_index_is_not_answered_from_and_built_anew(
    damage: Callable[[Path], None], directory: Path
) -> None:
    source = garden_source(2)
    with closing(WhooshEngine(directory)) as writer:
        writer.catch_up(source)
        source.put(make_record(3, "Jardin 3"))
        writer.catch_up(source)
    damage(directory)
    with closing(WhooshEngine(directory)) as engine:
        with pytest.raises(IndexUnavailable):
            total(engine)
        assert engine.catch_up(source) == 3
        assert total(engine, "jardin") == 3


READS: dict[str, Callable[[WhooshEngine], object]] = {
    "a word": lambda engine: total(engine, "jardin"),
    "a phrase": lambda engine: total(engine, '"centre social"'),
    "a word of a field": lambda engine: total(engine, "titre:jardin"),
    "the beginning of a word": lambda engine: total(engine, "jar*"),
    "a word to be corrected": lambda engine: total(engine, "jardni"),
    "what is similar": lambda engine: engine.similar(make_record(9, "Jardin 9"), 5),
}


@pytest.mark.parametrize("left", [0, 10, 200])
@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_damage_that_shows_when_it_is_read_is_said_and_healed_by_a_rebuild(
    whoosh: WhooshEngine, directory: Path, read: Callable[[WhooshEngine], object], left: int
) -> None:
    source = garden_source(3)
    whoosh.catch_up(source)
    sound = read(whoosh)
    with closing(WhooshEngine(directory)) as opened:
        assert opened.health().records == 3
        _cut("*.cols", left)(directory)
        with pytest.raises(IndexUnavailable, match="endommagé"):
            read(opened)
    whoosh.rebuild(source)
    assert read(whoosh) == sound
    assert sound


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_damage_that_a_catch_up_meets_is_healed_by_it(whoosh: WhooshEngine, directory: Path) -> None:
    source = ListRecordSource()
    for number in range(1, 8):
        source.put(make_record(number, f"Jardin {number}"))
        whoosh.catch_up(source)
    for path in directory.glob("g-*/*.cols"):
        path.write_bytes(b"?" * path.stat().st_size)
    for number in range(8, 20):
        source.put(make_record(number, f"Jardin {number}"))
        whoosh.catch_up(source)

    assert whoosh.search(ActionQuery()).total == 19
    assert whoosh.search(ActionQuery(text="jardin")).total == 19


def test_a_rebuild_that_is_stopped_after_the_switch_keeps_what_it_built(
    whoosh: WhooshEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = ListRecordSource(make_record(1, "Jardin"))
    whoosh.catch_up(source)

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as stopped:
        stopped.setattr("app.search.whoosh_engine.directory.shutil.rmtree", stop)
        with pytest.raises(KeyboardInterrupt):
            whoosh.rebuild(source)

    assert whoosh.search(ActionQuery(text="jardin")).total == 1


def test_an_index_that_is_taken_away_is_missed_at_once(whoosh: WhooshEngine, directory: Path) -> None:
    whoosh.catch_up(garden_source(1))
    assert total(whoosh) == 1
    shutil.rmtree(live_directory(directory))
    with pytest.raises(IndexUnavailable):
        total(whoosh)


def test_a_directory_that_cannot_be_written_is_said_to_be_so(tmp_path: Path) -> None:
    (tmp_path / "index").write_text("un fichier")
    with closing(WhooshEngine(tmp_path / "index")) as engine, pytest.raises(IndexUnavailable, match="mis à jour"):
        engine.catch_up(garden_source(1))


_CHILD = """
import sys
from pathlib import Path
from app.search.whoosh_engine import WhooshEngine
from tests.factories import make_record
from tests.search.record_source import ListRecordSource
source = ListRecordSource(*(make_record(number, f"Jardin {number}") for number in range(1, 31)))
engine = WhooshEngine(Path(sys.argv[1]))
engine.catch_up(source)
print("prêt", flush=True)
for number in range(int(sys.argv[2])):
    source.put(make_record(100 + number, f"École {number}", resume="Des mots. " * 50))
    if number % 5 == 0:
        engine.rebuild(source)
    engine.catch_up(source)
engine.close()
"""


def _child(directory: Path, rounds: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", _CHILD, str(directory), str(rounds)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, encoding="utf-8")


def test_a_process_sees_what_another_writes(directory: Path, whoosh: WhooshEngine) -> None:
    with _child(directory, 6) as child:
        assert child.stdout
        assert child.stdout.readline() == "prêt\n"
        seen = {total(whoosh)}
        while child.poll() is None:
            seen.add(total(whoosh))
    assert child.returncode == 0
    assert seen <= set(range(30, 37))
    assert total(whoosh) == 36


@pytest.mark.parametrize("delay", [0.0, 0.05, 0.2])
def test_a_writer_that_is_killed_leaves_its_last_commit(directory: Path, whoosh: WhooshEngine, delay: float) -> None:
    with _child(directory, 1000) as child:
        assert child.stdout
        assert child.stdout.readline() == "prêt\n"
        threading.Event().wait(delay)
        child.send_signal(signal.SIGKILL)
    health = whoosh.health()
    assert health.records == health.change
    assert total(whoosh, "jardin") == 30
    source = garden_source(30)
    for number in range(health.change - 30 + 5):
        source.put(make_record(100 + number, f"École {number}"))
    assert whoosh.catch_up(source) == health.change + 5
    assert total(whoosh) == health.change + 5
    assert not list(live_directory(directory).glob("*.tmp"))
