"""Property tests: the Whoosh engine and the reference engine give the same answers."""

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.catalogue.action import field_values
from app.catalogue.facets import FACETS
from app.catalogue.query import ActionQuery, FacetFilter, SortKey
from app.catalogue.record import Record
from app.catalogue.sorting import RELEVANCE_SORT, SORTS
from app.search.engine import SearchEngine, SearchResult
from app.search.highlighting import find_match_offsets
from app.search.interpretation import MIN_FULL_MATCHES
from app.search.thesaurus import Thesaurus
from app.search.whoosh_engine import WhooshEngine
from tests.factories import make_record
from tests.search.record_source import ListRecordSource
from tests.search.reference_engine import ReferenceEngine
from tests.search.sample_records import assert_same_answer

WORDS = ("jardin", "jardins", "jardinage", "l'été", "école", "de", "la", "bien-être", "cœur", "âgées", "âgés", "3")
TEXTS = st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join)
RECORDS: st.SearchStrategy[list[dict[str, Any]]] = st.lists(
    st.builds(
        dict,
        titre=st.sampled_from(["Jardin", "École", "« Été »", "été"]),
        structure=st.sampled_from(["Maison - Nord", "MAISON - Nord", "Maison - Rhône", "Maison sans lieu"]),
        dimension=st.sampled_from([None, "Services", "Citoyenneté", "CITOYENNETE"]),
        mots_cles=st.lists(st.sampled_from(["Sport", "sport", "Bien vieillir", "École"]), max_size=2),
        resume=TEXTS,
        description=TEXTS,
    ),
    max_size=14,
)
THESAURUS = Thesaurus.parse(["jardin = coin vert = école de la", "cœur = bien être", "âgés = été", "3 = trois"])
PIECES = st.sampled_from(
    [
        *WORDS,
        "jar*",
        "e*",
        "jardn",
        "jardinnage",
        "ecolle",
        "vert",
        "coin vert",
        "trois",
        "titre:ecloe",
        '"école"',
        '"jardin école"',
        '"bien vieillir"',
        '"de la"',
        "titre:école",
        "resume:jar*",
        '"',
        "-",
        "zut",
    ]
)
QUERIES = st.lists(st.tuples(st.sampled_from(["", "", "-"]), PIECES).map("".join), max_size=6).map(" ".join)
VALUES = {
    "dimension": ["citoyennete", "Services", "Service"],
    "mot_cle": ["SPORT", "Bien vieillir", "École"],
    "departement": ["59", "Rhône"],
    "structure": ["maison", "maison-nord", "Inconnue"],
}
FILTERS = st.lists(
    st.sampled_from(sorted(VALUES)).flatmap(
        lambda name: st.builds(
            FacetFilter,
            st.just(name),
            st.lists(st.sampled_from(VALUES[name]), max_size=2).map(tuple),
            st.lists(st.sampled_from(VALUES[name]), max_size=1).map(tuple),
            st.sampled_from([None, None, None, True, False]),
        )
    ),
    max_size=2,
    unique_by=lambda wanted: wanted.facet,
).map(tuple)
ORDERS = st.lists(
    st.builds(SortKey, st.sampled_from([RELEVANCE_SORT, *SORTS]), st.booleans()),
    max_size=3,
    unique_by=lambda key: key.name,
).map(tuple)
QUESTIONS = st.builds(
    ActionQuery, text=QUERIES, filters=FILTERS, sort=ORDERS, facets=st.just(tuple(FACETS)), facet_size=st.integers(0, 4)
)
SETTINGS = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def catalogue(described: list[dict[str, Any]]) -> ListRecordSource:
    """A record source of those records; titles make them distinct."""
    return ListRecordSource(
        *(
            make_record(number, f"{values.pop('titre')} {number}", **values)
            for number, values in enumerate(described, 1)
        )
    )


def _whoosh(directory: Path) -> WhooshEngine:
    return WhooshEngine(directory, thesaurus=THESAURUS)


@contextmanager
def both(source: ListRecordSource) -> Iterator[tuple[SearchEngine, SearchEngine]]:
    """The Whoosh engine and the reference engine, both up to date with `source`."""
    with tempfile.TemporaryDirectory() as directory, closing(_whoosh(Path(directory))) as whoosh:
        reference = ReferenceEngine(thesaurus=THESAURUS)
        whoosh.catch_up(source)
        reference.catch_up(source)
        yield whoosh, reference


@SETTINGS
@given(RECORDS, st.lists(QUESTIONS, min_size=1, max_size=5))
def test_matches_scores_facets_and_orders_are_those_of_the_reference(
    described: list[dict[str, Any]], questions: list[ActionQuery]
) -> None:
    with both(catalogue(described)) as (whoosh, reference):
        for question in questions:
            answer, expected = whoosh.search(question), reference.search(question)
            assert_same_answer(answer, expected)
            assert answer.suggestion == expected.suggestion
            assert whoosh.aggregate(question).statistics == reference.aggregate(question).statistics


@SETTINGS
@given(RECORDS, st.lists(st.tuples(st.integers(0, 7), st.booleans(), TEXTS), max_size=6), QUESTIONS)
def test_a_changed_catalogue_is_answered_as_if_indexed_at_once(
    described: list[dict[str, Any]], edits: list[tuple[int, bool, str]], question: ActionQuery
) -> None:
    source = catalogue(described)
    with both(source) as (whoosh, reference):
        for place, keep, text in edits:
            held: list[Record] = list(source.records())
            if place < len(held) and keep:
                action = held[place].action.model_copy(update={"resume": text})
                source.put(replace(held[place], action=action, version=held[place].version + 1))
            elif place < len(held):
                source.remove(held[place].id)
            else:
                source.put(make_record(100 + place, f"Nouvelle {place}", resume=text))
            assert whoosh.catch_up(source) == reference.catch_up(source)
            answer = whoosh.search(question)
            assert_same_answer(answer, reference.search(question))
            _check_spots(answer, {record.id: record for record in source.records()})
        assert dict(whoosh.versions()) == dict(reference.versions())


def _check_spots(answer: SearchResult, records: Mapping[str, Record]) -> None:
    """Assert that the offsets of each hit are those of an analysis of its record."""
    for hit in answer.hits:
        record = records[hit.id]
        assert hit.version == record.version
        assert hit.offsets == find_match_offsets(field_values(record.action), answer.highlight_terms)


@SETTINGS
@given(RECORDS)
def test_similar_records_and_completions_are_those_of_the_reference(described: list[dict[str, Any]]) -> None:
    source = catalogue(described)
    with both(source) as (whoosh, reference):
        for record in source.records():
            found, expected = whoosh.similar(record, 4), reference.similar(record, 4)
            assert [(hit.id, hit.shared) for hit in found] == [(hit.id, hit.shared) for hit in expected]
            assert [hit.score for hit in found] == pytest.approx([hit.score for hit in expected], abs=1e-6)
        for text in ("ja", "ecol", "sp", "maiso", "rhon", "bien vieilir"):
            assert whoosh.suggest(text, 5) == reference.suggest(text, 5)


@SETTINGS
@given(RECORDS, QUESTIONS, st.integers(1, 3))
def test_every_way_to_walk_gives_each_match_once_in_order(
    described: list[dict[str, Any]], question: ActionQuery, size: int
) -> None:
    with both(catalogue(described)) as (whoosh, _):
        whole = [hit.id for hit in whoosh.search(replace(question, limit=None)).hits]
        paged, by_cursor = [], []
        for offset in range(0, len(whole) + 1, size):
            result = whoosh.search(replace(question, offset=offset, limit=size))
            assert result.total == len(whole)
            assert result.relaxed is (result.full_matches < result.total)
            paged += [hit.id for hit in result.hits]
        result = whoosh.search(replace(question, limit=size))
        by_cursor += [hit.id for hit in result.hits]
        while result.more:
            result = whoosh.search(replace(question, limit=size, after=result.hits[-1].position))
            by_cursor += [hit.id for hit in result.hits]
    assert whole == paged == by_cursor
    assert len(set(whole)) == len(whole)


@SETTINGS
@given(RECORDS, QUESTIONS)
def test_facets_count_what_their_filters_would_give(described: list[dict[str, Any]], question: ActionQuery) -> None:
    with both(catalogue(described)) as (whoosh, _):
        result = whoosh.search(replace(question, facet_size=50))
        for name, facet in result.facets.items():
            others = tuple(wanted for wanted in question.filters if wanted.facet != name)
            for value in facet.values:
                narrowed = replace(question, filters=(*others, FacetFilter(name, (value.value,))), facets=())
                found = whoosh.search(narrowed)
                if result.full_matches >= MIN_FULL_MATCHES:
                    assert found.full_matches == value.count
                elif found.full_matches < MIN_FULL_MATCHES:
                    assert found.total == value.count
                else:
                    assert found.full_matches <= value.count
            assert max(Counter(value.value for value in facet.values).values(), default=1) == 1


def test_no_text_is_an_error(tmp_path: Path) -> None:
    with closing(WhooshEngine(tmp_path)) as engine:
        engine.catch_up(ListRecordSource(make_record(1, "Jardin"), make_record(2, "École")))

        @settings(max_examples=150, deadline=None)
        @given(st.text(st.characters(), max_size=60) | st.text("a é\"«»-*:'titre", max_size=40))
        def answers(text: str) -> None:
            assert 0 <= engine.search(ActionQuery(text=text)).total <= 2

        answers()
