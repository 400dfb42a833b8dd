"""Answers over several segments with deleted records, and after merges."""

from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest

from app.catalogue.query import ActionQuery, FacetFilter, SortKey
from app.catalogue.record import Record
from app.search.whoosh_engine import WhooshEngine
from tests.factories import make_record
from tests.search.conftest import garden_source, live_directory
from tests.search.record_source import ListRecordSource
from tests.search.reference_engine import ReferenceEngine
from tests.search.sample_records import assert_same_answer
from tests.search.sample_thesaurus import THESAURUS

QUESTIONS = [
    ActionQuery(text=text, limit=None, facets=("mot_cle", "public"))
    for text in (
        "",
        "compost",
        "compost ruche",
        "compost ruche serre",
        "seniors",
        '"jardin partagé"',
        "titre:jardin -ruche",
        'mots_cles:"bien vieillir"',
        "com* bien",
        "resume:com*",
        "composte rcuhe",
        "xylophone",
    )
] + [
    ActionQuery(text="ruche serre", sort=(SortKey("titre", descending=True),), limit=7, offset=3),
    ActionQuery(text="ruche", filters=(FacetFilter("public", ("Seniors",)),), facets=("public",)),
]


def _record(number: int, version: int = 1) -> Record:
    """A record whose words are derived from its number and version."""
    seed = number + 7 * version
    words = [word for word, every in (("compost", 2), ("ruche", 3), ("serre", 5), ("aînés", 7)) if seed % every == 0]
    return make_record(
        number,
        f"Jardin {number}",
        version=version,
        resume=f"{' '.join(words)}. Un jardin {'partagé' if seed % 4 == 0 else 'ouvert, non partagé'} et des composts.",
        mots_cles=["Bien vieillir", "École"] if seed % 3 else ["Bien", "Vieillir"],
        public="Seniors" if seed % 2 else "Familles",
    )


def _count(directory: Path) -> int:
    return len(list(live_directory(directory).glob("*.cols")))


@pytest.fixture
def engines(directory: Path) -> Iterator[tuple[WhooshEngine, ReferenceEngine]]:
    """The Whoosh engine and the reference, with the thesaurus."""
    with closing(WhooshEngine(directory, thesaurus=THESAURUS)) as whoosh:
        yield whoosh, ReferenceEngine(thesaurus=THESAURUS)


# Per commit: removed record numbers, and added or updated (number, version) pairs.
STEPS: list[tuple[tuple[int, ...], list[tuple[int, int]]]] = [
    ((), [(number, 1) for number in range(1, 41)]),
    ((), [(number, 1) for number in range(41, 56)]),
    ((), [(number, 1) for number in range(56, 63)]),
    ((3, 12, 43, 57, 58), [(5, 2), (20, 2), (45, 2), (60, 2)]),
    *(((number,), []) for number in (41, 42, *range(46, 56))),
    *(((), [(number, 3)]) for number in (1, 3, 70)),
]


def test_answers_are_exact_over_segments_with_deleted_records_and_after_they_are_merged(
    engines: tuple[WhooshEngine, ReferenceEngine], directory: Path
) -> None:
    whoosh, _ = engines
    source = ListRecordSource()
    counts = []
    for removed, put in STEPS:
        for number in removed:
            source.remove(_record(number).id)
        for number, version in put:
            source.put(_record(number, version))
        _check(engines, source)
        counts.append(_count(directory))
    assert max(counts) > 2, "nothing was kept apart"
    assert any(after < before for before, after in pairwise(counts)), "nothing was merged"
    before = [whoosh.search(question) for question in QUESTIONS]
    whoosh.rebuild(source)
    assert _count(directory) == 1
    for answer, question in zip(before, QUESTIONS, strict=True):
        assert_same_answer(whoosh.search(question), answer)


def _check(engines: tuple[WhooshEngine, ReferenceEngine], source: ListRecordSource) -> None:
    for engine in engines:
        engine.catch_up(source)
    whoosh, reference = engines
    for question in QUESTIONS:
        assert_same_answer(whoosh.search(question), reference.search(question))
    found, expected = (engine.similar(_record(20), 5) for engine in engines)
    assert [(hit.id, hit.shared) for hit in found] == [(hit.id, hit.shared) for hit in expected]
    assert whoosh.suggest("jardin 2", 5) == reference.suggest("jardin 2", 5)
    assert whoosh.versions() == reference.versions()


@pytest.mark.parametrize("count", [1, 2, 1023, 1024, 1025, 2500])
def test_a_word_may_stand_in_any_number_of_records(whoosh: WhooshEngine, count: int) -> None:
    whoosh.catch_up(garden_source(count))
    for text in ("jardin", '"centre social"', "jar*", "titre:jardin", f"titre:{count}"):
        result = whoosh.search(ActionQuery(text=text, limit=None))
        assert result.total == len({hit.id for hit in result.hits}) == (1 if text == f"titre:{count}" else count)


def test_answers_stay_right_when_little_can_be_kept_in_memory(whoosh: WhooshEngine, directory: Path) -> None:
    whoosh.catch_up(garden_source(12))
    texts = ("jardin", "centre social", '"centre social"', "jar*", "jardn")
    before = [whoosh.search(ActionQuery(text=text)) for text in texts]
    with closing(WhooshEngine(directory, memory=500)) as forgetful:
        for _ in range(2):
            assert [forgetful.search(ActionQuery(text=text)) for text in texts] == before
