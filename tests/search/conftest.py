"""Fixtures: each engine, empty or indexed, and helpers for the Whoosh engine."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.catalogue.query import ActionQuery
from app.search.engine import SearchEngine
from app.search.thesaurus import EMPTY_THESAURUS, Thesaurus
from app.search.whoosh_engine import WhooshEngine
from tests.factories import make_record
from tests.search.record_source import ListRecordSource
from tests.search.reference_engine import ReferenceEngine
from tests.search.sample_records import RECORDS


def garden_source(count: int) -> ListRecordSource:
    """A record source of `count` records with distinct titles."""
    return ListRecordSource(*(make_record(number, f"Jardin {number}") for number in range(1, count + 1)))


def total(engine: SearchEngine, text: str = "") -> int:
    """The total of a search for `text`."""
    return engine.search(ActionQuery(text=text)).total


def live_directory(directory: Path) -> Path:
    """The live directory of a Whoosh index."""
    return directory / str(json.loads((directory / "current").read_text())["directory"])


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """The index directory of the fixture `whoosh`."""
    return tmp_path / "index"


@pytest.fixture
def whoosh(directory: Path) -> Iterator[WhooshEngine]:
    """A Whoosh engine without an index."""
    engine = WhooshEngine(directory)
    yield engine
    engine.close()


def _whoosh(path: Path, thesaurus: Thesaurus = EMPTY_THESAURUS) -> SearchEngine:
    return WhooshEngine(path / "index", thesaurus=thesaurus)


def _reference(path: Path, thesaurus: Thesaurus = EMPTY_THESAURUS) -> SearchEngine:
    return ReferenceEngine(thesaurus=thesaurus)


ENGINES = {"whoosh": _whoosh, "reference": _reference}


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SearchEngine]:
    """Each engine in turn, without an index."""
    made = ENGINES[request.param](tmp_path)
    yield made
    made.close()


@pytest.fixture
def source() -> ListRecordSource:
    """The record source of the contract suite."""
    return ListRecordSource(*RECORDS)


@pytest.fixture
def ready(engine: SearchEngine, source: ListRecordSource) -> SearchEngine:
    """Each engine in turn, up to date with `source`."""
    engine.catch_up(source)
    return engine
