"""Wrong bytes in the files of an index are noticed, or change no answer."""

import random
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import accumulate
from pathlib import Path

import pytest

from app.catalogue.errors import IndexUnavailable
from app.catalogue.query import ActionQuery, FacetFilter, SortKey
from app.catalogue.record import Record
from app.search.whoosh_engine import WhooshEngine
from tests.factories import make_record
from tests.search.conftest import live_directory
from tests.search.record_source import ListRecordSource

_FLIPS = 400
_WORDS = ("compost", "ruche", "serre", "aînés", "semis", "récolte", "marché")

# Whoosh does not close the files of a directory that cannot be read; the garbage collector does.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


def _record(number: int, version: int = 1) -> Record:
    words = [word for rank, word in enumerate(_WORDS) if (number + version) % (rank + 2) == 0]
    return make_record(
        number,
        f"Jardin {number} {_WORDS[number % 7]}",
        version=version,
        structure=f"Centre social {number % 5} - Rhône",
        dimension="Citoyenneté" if number % 2 else "Services",
        mots_cles=["Bien vieillir", *words],
        resume=f"{', '.join(words)}. Un jardin partagé du quartier, numéro {number}.",
        public=("Seniors", "Familles", "Jeunes")[number % 3],
    )


@pytest.fixture
def source(directory: Path) -> ListRecordSource:
    """40 records, indexed in `directory` in several segments with deleted documents."""
    source = ListRecordSource(*(_record(number) for number in range(1, 31)))
    with closing(WhooshEngine(directory)) as engine:
        engine.catch_up(source)
        for number in range(31, 44):
            source.put(_record(number))
        for number in (2, 5, 8, 40):
            source.put(_record(number, version=2))
        engine.catch_up(source)
        for number in (3, 6, 31):
            source.remove(_record(number).id)
        engine.catch_up(source)
        assert engine.health().records == 40
    assert len(list(live_directory(directory).glob("*.cols"))) > 1
    return source


def _search(text: str = "", **values: object) -> Callable[[WhooshEngine], object]:
    query = ActionQuery(text=text, limit=None, **values)  # type: ignore[arg-type]
    return lambda engine: engine.search(query)


QUESTIONS: list[Callable[[WhooshEngine], object]] = [
    _search(facets=("mot_cle", "public", "structure", "dimension")),
    _search("compost ruche"),
    _search('"jardin partagé"'),
    _search("rec* ma*"),
    _search("titre:serre -resume:ruche"),
    _search("composte rcuhe"),
    _search("serre", sort=(SortKey("titre", descending=True),)),
    _search("jardin", filters=(FacetFilter("public", ("Seniors",)),), facets=("public",)),
    lambda engine: engine.similar(_record(7), 5),
    lambda engine: engine.suggest("jar", 10),
    lambda engine: engine.aggregate(ActionQuery(text="quartier")),
    lambda engine: engine.versions(),
    lambda engine: engine.match_ids(ActionQuery(text="aînés")),
    lambda engine: engine.health(),
]


def _answers(engine: WhooshEngine) -> list[object]:
    return [question(engine) for question in QUESTIONS]


def _flips(files: list[Path]) -> Iterator[tuple[Path, int, int]]:
    """Yield files with the place and the mask of a wrong byte: of half, in a random file; of half, at a random byte."""
    chance = random.Random(13)
    bounds = list(accumulate(path.stat().st_size for path in files))
    for number in range(_FLIPS):
        [path] = chance.choices(files, cum_weights=bounds) if number % 2 else [chance.choice(files)]
        yield path, chance.randrange(path.stat().st_size), chance.randrange(1, 256)


def test_of_random_wrong_bytes_none_changes_an_answer_in_silence(directory: Path, source: ListRecordSource) -> None:
    with closing(WhooshEngine(directory)) as engine:
        expected = _answers(engine)
    files = sorted(path for path in directory.rglob("*") if path.is_file() and path.stat().st_size)
    assert {path.suffix for path in files} == {"", ".toc", ".json", ".col", ".cols"}
    noticed, silent = 0, []
    for path, place, mask in _flips(files):
        content = path.read_bytes()
        path.write_bytes(content[:place] + bytes([content[place] ^ mask]) + content[place + 1 :])
        with closing(WhooshEngine(directory)) as engine:
            try:
                if _answers(engine) != expected:
                    silent.append((path.name, place, mask))
            except IndexUnavailable:
                noticed += 1
                assert engine.unusable_reason(source), "the next catch-up rebuilds it"
        path.write_bytes(content)

    assert silent == []
    assert noticed > _FLIPS / 2


@pytest.mark.parametrize("pattern", ["*.col", "*.cols", "*.toc", "applied-*"])
def test_a_write_does_not_copy_wrong_bytes_into_a_new_commit(
    directory: Path, source: ListRecordSource, pattern: str
) -> None:
    with closing(WhooshEngine(directory)) as engine:
        _answers(engine)
        for path in live_directory(directory).glob(pattern):
            content = bytearray(path.read_bytes())
            for place in range(len(content) // 2, len(content), 50):
                content[place] ^= 1
            path.write_bytes(content)
        for number in range(50, 80):  # enough for the segments to be merged
            source.put(_record(number))
        engine.catch_up(source)
        healed = _answers(engine)
    with closing(WhooshEngine(directory.with_name("fresh"))) as fresh:
        fresh.catch_up(source)
        # The state of the engine names its directory.
        assert healed[:-1] == _answers(fresh)[:-1]
