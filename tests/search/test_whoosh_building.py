"""Index builds by one or several processes; posting lists and scores equal Whoosh's own."""

import os
import signal
import subprocess
import sys
import time
from array import array
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from whoosh.codec.whoosh3 import W3Codec
from whoosh.fields import FieldType, Schema
from whoosh.filedb.filestore import FileStorage
from whoosh.index import FileIndex
from whoosh.query import And, Term
from whoosh.reading import TermNotFound
from whoosh.scoring import bm25

from app.catalogue.action import field_values
from app.catalogue.fields import FIELDS
from app.catalogue.query import ActionQuery
from app.catalogue.record import Record
from app.search.analysis import surface_form, tokens
from app.search.columnar.postings import K1, B, Postings, bm25f, idf
from app.search.columnar.postings_cache import PostingsCache
from app.search.whoosh_engine import WhooshEngine, parallel, writer
from app.search.whoosh_engine.schema import (
    ID_FIELD,
    INDEX_NAME,
    STEMS_FIELD,
    STORED_FIELDS_FIELD,
    WORDS_FIELD,
    PostingFormat,
    whoosh_schema,
)
from tests.factories import make_record
from tests.search.conftest import garden_source, live_directory
from tests.search.record_source import ListRecordSource
from tests.search.sample_records import assert_same_answer

TEXTS = st.lists(st.text("ab é", max_size=30), min_size=1, max_size=8)
FEW = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
QUESTIONS = ("jardin", "jardin 7", '"centre social"', "ja*", "titre:jar*", "jardn", "partagé quartier 3", "")


def records(texts: list[str]) -> list[Record]:
    return [make_record(place, f"Titre {place}", resume=text) for place, text in enumerate(texts, 1)]


class Given(PostingFormat):
    """A format that takes terms already analysed and counted."""

    def word_values(self, value: Any, analyzer: Any, **options: Any) -> Any:
        return value


def written_by_whoosh(directory: Path, found: list[Record]) -> FileIndex:
    """An index of `found` written by Whoosh's own codec."""
    directory.mkdir()
    schema = Schema(**{name: FieldType(Given(), None) for name in (STEMS_FIELD, WORDS_FIELD)})
    index = FileIndex.create(FileStorage(str(directory)), schema, INDEX_NAME)
    codec = W3Codec()
    codec.length_stats = False
    writer = index.writer(codec=codec, compound=False)
    for record in found:
        writer.add_document(**counted(record))
    writer.commit()
    return index


def counted(record: Record) -> dict[str, list[tuple[str, int, float, bytes]]]:
    """The terms of `record` by field, in the form of `Format.word_values`: term, frequency, weight, positions."""
    places: dict[str, dict[str, list[tuple[int, float]]]] = {STEMS_FIELD: {}, WORDS_FIELD: {}}
    position = 0
    for key, value in field_values(record.action).items():
        weight = next(field.weight for field in FIELDS if field.key == key)
        for text in value if isinstance(value, list) else [value] if value else []:
            for token in tokens(text) if weight else ():
                spelling = surface_form(text[token.start : token.end])
                word = f"{token.word}\t{spelling if spelling != token.word else ''}"
                for field, term in ((STEMS_FIELD, token.stem), (WORDS_FIELD, word)):
                    places[field].setdefault(term, []).append((position, weight))
                position += 1
            position += bool(weight)
    return {
        field: [
            (term, len(at), sum(weight for _, weight in at), array("I", [place for place, _ in at]).tobytes())
            for term, at in terms.items()
        ]
        for field, terms in places.items()
    }


def postings(index: FileIndex) -> list[tuple[Any, ...]]:
    """Every posting of `index`, identifiers excluded."""
    found = []
    with index.reader() as reader:
        for field, term in reader.all_terms():
            matcher = reader.postings(field, term)
            while matcher.is_active() and field != ID_FIELD:
                found.append((field, term, matcher.id(), matcher.weight(), matcher.value()))
                matcher.next()
    return found


@FEW
@given(TEXTS)
def test_posting_lists_are_those_that_whoosh_would_write(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    directory = tmp_path_factory.mktemp("built")
    theirs = written_by_whoosh(directory / "theirs", records(texts))
    with closing(WhooshEngine(directory / "ours")) as engine:
        engine.catch_up(ListRecordSource(*records(texts)))
        ours = FileIndex(FileStorage(str(live_directory(directory / "ours"))), whoosh_schema(), INDEX_NAME)

    assert postings(ours) == postings(theirs) != []


def test_whooshs_own_searcher_reads_the_index(whoosh: WhooshEngine, directory: Path) -> None:
    whoosh.catch_up(garden_source(3))
    index = FileIndex(FileStorage(str(live_directory(directory))), whoosh_schema(), INDEX_NAME)
    with index.searcher() as searcher:
        found = searcher.search(And([Term(STEMS_FIELD, "jardin"), Term(WORDS_FIELD, "2\t")]))
        assert [hit[STORED_FIELDS_FIELD][0] for hit in found] == [make_record(2, "Jardin 2").id]
        assert list(searcher.document_numbers(**{ID_FIELD: make_record(3, "Jardin 3").id})) == [2]
        assert searcher.doc_frequency(STEMS_FIELD, "jardin") == searcher.reader().frequency(STEMS_FIELD, "jardin") / 1.5
        assert (STEMS_FIELD, "zut") not in searcher.reader()
        with pytest.raises(TermNotFound):
            searcher.reader().term_info(STEMS_FIELD, "zut")


@FEW
@given(TEXTS)
def test_scores_are_those_of_whoosh(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    directory = tmp_path_factory.mktemp("scored")
    engine = WhooshEngine(directory)
    engine.catch_up(ListRecordSource(*records(texts)))
    with engine._searching() as columnar:
        snapshot = columnar.snapshot
        index = FileIndex(FileStorage(str(live_directory(directory))), whoosh_schema(), INDEX_NAME)
        with index.searcher() as searcher:
            for term in snapshot.segments[0].segment.inverted.stems.terms:
                held = snapshot.postings_for_stem(term.decode())
                rarity = searcher.idf(STEMS_FIELD, term)
                lengths = snapshot.document_lengths[held.documents]
                expected = [
                    bm25(rarity, weight, length, snapshot.mean_length, B, K1)
                    for weight, length in zip(held.weights, lengths, strict=True)
                ]
                ours = idf(len(held), snapshot.live_count) * bm25f(held.weights, lengths, snapshot.mean_length)
                assert ours.tolist() == pytest.approx(expected, abs=1e-6)
    engine.close()


def test_several_processes_build_what_one_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = garden_source(47)
    one = WhooshEngine(tmp_path / "one")
    one.catch_up(source)
    for module in (parallel, writer):
        monkeypatch.setattr(module, "SEGMENT_SIZE", 10)
    several = WhooshEngine(tmp_path / "several")
    steps: list[int] = []
    several.rebuild(source, steps.append)

    assert steps == [10, 20, 30, 40, 47]
    assert len(list(live_directory(tmp_path / "several").glob("*.cols"))) == 5
    for text in QUESTIONS:
        question = ActionQuery(text=text, facets=("structure", "departement"), limit=50)
        assert_same_answer(several.search(question), one.search(question))
    assert several.suggest("jardin 1", 5) == one.suggest("jardin 1", 5)
    source.remove(next(source.records()).id)
    for engine in (one, several):
        engine.catch_up(source)
    assert several.versions() == one.versions()
    for engine in (one, several):
        engine.close()


def test_a_process_that_fails_fails_the_build_and_leaves_the_index_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = WhooshEngine(tmp_path)
    engine.catch_up(garden_source(3))
    for module in (parallel, writer):
        monkeypatch.setattr(module, "SEGMENT_SIZE", 10)
    source = garden_source(25)
    broken = make_record(26, "Jardin 26")
    object.__setattr__(broken, "action", None)
    source.put(broken)

    with pytest.raises(AttributeError):
        engine.rebuild(source)
    assert engine.search(ActionQuery(text="jardin")).total == 3
    assert [path.name for path in tmp_path.glob("g-*")] == [live_directory(tmp_path).name]
    engine.close()


_WAITING = """
import os, sys, time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from app.search.whoosh_engine.parallel import _exit_with_parent

if __name__ == "__main__":
    pool = ProcessPoolExecutor(1, get_context("spawn"), _exit_with_parent)
    print(pool.submit(os.getpid).result(), flush=True)
    time.sleep(60)
"""


def test_a_process_ends_when_the_one_that_started_it_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "waiting.py"
    script.write_text(_WAITING)
    parent = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    child = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 30
    while _runs(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _runs(child)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
        return "Z" not in Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (ProcessLookupError, FileNotFoundError):
        return False


def test_the_postings_cache_evicts_the_least_recently_used_entry() -> None:
    cache = PostingsCache(3000)
    loaded: list[int] = []

    def load(number: int) -> Postings:
        loaded.append(number)
        return Postings(np.zeros(37, np.int64), np.zeros(37))

    for number in (1, 2, 3, 1, 4, 1, 2):
        cache.get_or_load(("owner", number), partial(load, number))

    assert cache.size <= 3000
    assert loaded == [1, 2, 3, 4, 2]
    cache.invalidate("owner")
    assert cache.size == 0
