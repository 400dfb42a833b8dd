"""The engines that tests run on, and what they are asked again and again."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.catalogue.query import ActionQuery
from app.search.engine import SearchEngine
from app.search.thesaurus import EMPTY_THESAURUS, Thesaurus
from app.search.whoosh_engine import WhooshEngine
from tests.factories import make_record
from tests.search.catalogue import RECORDS
from tests.search.feeds import ListRecordSource
from tests.search.reference_engine import ReferenceEngine


def jardins(count: int) -> ListRecordSource:
    """A catalogue of that many records, each with a title of its own."""
    return ListRecordSource(*(make_record(number, f"Jardin {number}") for number in range(1, count + 1)))


def total(engine: SearchEngine, text: str = "") -> int:
    """How many records match `text`."""
    return engine.search(ActionQuery(text=text)).total


def live(directory: Path) -> Path:
    """The directory that the manifest of a Whoosh index names."""
    return directory / str(json.loads((directory / "current").read_text())["directory"])


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Where the engine `whoosh` keeps its index."""
    return tmp_path / "index"


@pytest.fixture
def whoosh(directory: Path) -> Iterator[WhooshEngine]:
    """A Whoosh engine without an index yet."""
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
    """Each engine in turn, without an index yet."""
    made = ENGINES[request.param](tmp_path)
    yield made
    made.close()


@pytest.fixture
def feed() -> ListRecordSource:
    """The catalogue of the contract suite."""
    return ListRecordSource(*RECORDS)


@pytest.fixture
def ready(engine: SearchEngine, feed: ListRecordSource) -> SearchEngine:
    """Each engine in turn, up to date with `feed`."""
    engine.catch_up(feed)
    return engine
