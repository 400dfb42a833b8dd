"""Contract of every engine: sort orders, pages, cursors and catch-up."""

from dataclasses import replace
from typing import Any

import pytest

from app.catalogue.query import ActionQuery, FacetFilter, SortKey
from app.catalogue.record import Record
from app.catalogue.sorting import RELEVANCE_SORT
from app.search.engine import FacetCounts, SearchEngine
from tests.factories import make_record
from tests.search.record_source import ListRecordSource
from tests.search.sample_records import IDS, RECORDS, hit_numbers, matching_numbers


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ((), [2, 5, 4, 1, 3]),
        ((SortKey("titre", descending=True),), [3, 1, 4, 5, 2]),
        ((SortKey("modifie_le", descending=True),), [5, 4, 3, 2, 1]),
        ((SortKey("cree_le"),), [1, 2, 3, 4, 5]),
        ((SortKey("departement"), SortKey("titre")), [2, 1, 3, 4, 5]),
        ((SortKey("departement", descending=True), SortKey("cree_le")), [4, 3, 1, 2, 5]),
        ((SortKey("dimension"), SortKey("modifie_le", descending=True)), [3, 2, 1, 4, 5]),
    ],
)
def test_orders_are_french_and_missing_values_come_last(
    ready: SearchEngine, sort: tuple[SortKey, ...], expected: list[int]
) -> None:
    assert hit_numbers(ready.search(ActionQuery(sort=sort))) == expected


def test_without_a_text_relevance_is_the_order_of_identifiers(ready: SearchEngine) -> None:
    result = ready.search(ActionQuery(sort=(SortKey(RELEVANCE_SORT),)))
    assert [hit.id for hit in result.hits] == sorted(IDS)


def test_a_text_can_be_asked_in_another_order(ready: SearchEngine) -> None:
    result = ready.search(ActionQuery(text="été", sort=(SortKey("titre"),)))
    assert hit_numbers(result) == [4, 1]
    assert all(hit.score for hit in result.hits)


def test_pages_follow_one_another(ready: SearchEngine) -> None:
    pages = [ready.search(ActionQuery(offset=offset, limit=2)) for offset in (0, 2, 4, 6)]
    assert [hit_numbers(page) for page in pages] == [[2, 5], [4, 1], [3], []]
    assert [page.more for page in pages] == [True, True, False, False]
    assert {page.total for page in pages} == {5}


def test_no_page_at_all_may_be_asked(ready: SearchEngine) -> None:
    result = ready.search(ActionQuery(limit=0, facets=("dimension",)))
    assert (result.hits, result.total, result.more) == ((), 5, True)


@pytest.mark.parametrize(
    "query",
    [
        ActionQuery(),
        ActionQuery(offset=3, limit=1),
        ActionQuery(text="été"),
        ActionQuery(text="été jardin", sort=(SortKey("modifie_le", descending=True),)),
        ActionQuery(filters=(FacetFilter("departement", ("59",)),), sort=(SortKey("titre", descending=True),)),
        ActionQuery(text="introuvable"),
    ],
)
def test_all_matches_are_those_of_every_page_in_the_same_order(ready: SearchEngine, query: ActionQuery) -> None:
    whole = ready.search(replace(query, offset=0, limit=None))
    assert list(ready.match_ids(query)) == [hit.id for hit in whole.hits]


def test_a_cursor_resumes_after_its_record(ready: SearchEngine) -> None:
    first = ready.search(ActionQuery(limit=2))
    second = ready.search(ActionQuery(limit=2, after=first.hits[-1].position))
    assert hit_numbers(second) == [4, 1]
    assert (second.total, second.more) == (5, True)


def test_a_cursor_resumes_where_its_record_was(ready: SearchEngine, source: ListRecordSource) -> None:
    query = ActionQuery(limit=2, sort=(SortKey("departement", descending=True), SortKey("titre")))
    first = ready.search(query)
    assert hit_numbers(first) == [4, 3]
    source.remove(first.hits[-1].id)
    ready.catch_up(source)
    assert hit_numbers(ready.search(replace(query, after=first.hits[-1].position))) == [2, 1]


def test_a_cursor_of_a_record_without_a_value_goes_on_among_those(engine: SearchEngine) -> None:
    engine.catch_up(ListRecordSource(*(make_record(number, f"Titre {number}") for number in range(1, 5))))
    for descending in (False, True):
        query = ActionQuery(limit=1, sort=(SortKey("dimension", descending),))
        seen = []
        while (result := engine.search(query)).hits:
            seen.append(result.hits[0].id)
            query = replace(query, after=result.hits[0].position)
        assert len(seen) == len(set(seen)) == 4


def changed(record: Record, **values: Any) -> Record:
    return replace(record, version=record.version + 1, action=record.action.model_copy(update=values))


def test_a_changed_record_is_found_as_it_is_now(ready: SearchEngine, source: ListRecordSource) -> None:
    source.put(changed(RECORDS[0], resume="Un poulailler.", dimension="Services"))
    assert ready.catch_up(source) == 6
    assert matching_numbers(ready, "poulailler") == {1}
    assert matching_numbers(ready, "terrain") == set()
    assert matching_numbers(ready, "", FacetFilter("dimension", ("services",))) == {1, 4}
    assert ready.versions()[RECORDS[0].id] == 2


def test_a_deleted_record_is_gone_and_may_come_back(ready: SearchEngine, source: ListRecordSource) -> None:
    source.remove(RECORDS[0].id)
    ready.catch_up(source)
    assert matching_numbers(ready, "jardin") == {2}
    assert RECORDS[0].id not in ready.versions()
    source.put(RECORDS[0])
    ready.catch_up(source)
    assert matching_numbers(ready, "jardin") == {1, 2}


def test_a_record_that_came_and_went_unseen_does_no_harm(ready: SearchEngine, source: ListRecordSource) -> None:
    source.put(make_record(9, "Passage éclair"))
    source.remove(make_record(9, "Passage éclair").id)
    assert ready.catch_up(source) == 7
    assert ready.search(ActionQuery(text="éclair")).total == 0


def test_records_may_come_and_go_until_none_is_left(engine: SearchEngine) -> None:
    source = ListRecordSource()
    engine.catch_up(source)
    # After these steps Whoosh merges segments without any live record.
    for step in ([3], [-3], [4], [5], [-4, 6], [6, -5], [-6]):
        for number in step:
            record = make_record(abs(number), f"Jardin {abs(number)}")
            if number > 0:
                source.put(record)
            else:
                source.remove(record.id)
        engine.catch_up(source)
    assert engine.search(ActionQuery(text="jardin", facets=("statut",))).total == 0
    source.put(make_record(7, "Jardin"))
    engine.catch_up(source)
    assert engine.search(ActionQuery(text="jardin")).total == 1


def test_an_answer_names_the_last_change_that_it_knows(ready: SearchEngine, source: ListRecordSource) -> None:
    assert ready.search(ActionQuery()).change == ready.health().change == 5
    assert ready.search(ActionQuery()).index == ready.health().name
    source.remove(RECORDS[4].id)
    assert ready.search(ActionQuery()).change == 5
    assert ready.catch_up(source) == ready.search(ActionQuery()).change == 6
    assert ready.health().records == 4


def test_catching_up_again_changes_nothing(ready: SearchEngine, source: ListRecordSource) -> None:
    before = ready.search(ActionQuery(text="jardin"))
    assert ready.catch_up(source) == 5
    assert ready.search(ActionQuery(text="jardin")) == before


def test_a_rebuild_gives_the_same_answers_and_says_how_far_it_is(ready: SearchEngine, source: ListRecordSource) -> None:
    source.put(changed(RECORDS[1], resume="Un jardin de poche."))
    ready.catch_up(source)
    query = ActionQuery(text="jardin", facets=("dimension", "mot_cle"))
    before = ready.search(query)
    steps: list[int] = []
    assert ready.rebuild(source, steps.append) == 6
    assert steps == [1, 2, 3, 4, 5]
    assert ready.search(query) == before


def test_an_empty_catalogue_is_searched_in_vain(engine: SearchEngine) -> None:
    assert engine.catch_up(ListRecordSource()) == 0
    wanted = FacetFilter("dimension", ("Citoyenneté",))
    result = engine.search(ActionQuery(text="jardin -ville jar*", filters=(wanted,), facets=("dimension",)))
    assert (result.total, result.hits, result.facets) == (0, (), {"dimension": FacetCounts((), False)})
    for text in ("-jardin", '"un jardin"', "titre:jardin", "titre:jar*", "jardin partage quartier ville"):
        assert engine.search(ActionQuery(text=text)).total == 0
    assert engine.similar(RECORDS[0], 5) == ()
    assert (engine.health().records, dict(engine.versions())) == (0, {})


def test_the_index_of_a_catalogue_that_was_replaced_is_built_anew_though_the_numbers_fit(
    engine: SearchEngine,
) -> None:
    engine.catch_up(ListRecordSource(make_record(1, "Jardin"), make_record(2, "École")))
    other = ListRecordSource(make_record(1, "Théâtre"), make_record(2, "Potager"))
    assert engine.catch_up(other) == 2
    assert engine.search(ActionQuery(text="potager")).total == 1
    assert engine.versions().keys() == {record.id for record in other.records()}


def test_an_index_that_is_ahead_of_its_catalogue_is_built_anew(ready: SearchEngine) -> None:
    other = ListRecordSource(make_record(1, "Une autre base"))
    assert ready.catch_up(other) == 1
    assert list(ready.versions()) == [make_record(1, "Une autre base").id]
