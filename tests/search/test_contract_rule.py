"""Contract of every engine: full and near matches of several words."""

from dataclasses import replace

import pytest

from app.catalogue.query import ActionQuery, FacetFilter, SortKey
from app.catalogue.sorting import RELEVANCE_SORT, SORTS
from app.search.engine import Hit, SearchEngine, SearchResult
from tests.factories import make_record
from tests.search.record_source import ListRecordSource

RECORDS = (
    make_record(1, "Potager", resume="Un compost, une ruche et une serre.", dimension="Services"),
    make_record(2, "Verger", resume="Un compost et une ruche.", dimension="Services"),
    make_record(3, "Pépinière", resume="Un compost.", dimension="Citoyenneté"),
    make_record(4, "Théâtre", resume="Des comédiens.", dimension="Citoyenneté"),
    make_record(5, "Cinéma", resume="Des films.", dimension="Citoyenneté"),
)
IDS = {record.id: record.number for record in RECORDS}


def tiers(result: SearchResult) -> tuple[set[int], set[int]]:
    """The record numbers of the full matches, and of the near ones."""
    found = [IDS[hit.id] for hit in result.hits]
    assert result.total == len(found)
    assert [hit.position[0] for hit in result.hits] == [
        int(place >= result.full_matches) for place in range(len(found))
    ]
    return set(found[: result.full_matches]), set(found[result.full_matches :])


@pytest.fixture
def gardens(engine: SearchEngine) -> SearchEngine:
    """Each engine in turn, with those records indexed."""
    engine.catch_up(ListRecordSource(*RECORDS))
    return engine


@pytest.mark.parametrize(
    ("text", "full", "near"),
    [
        ("compost", {1, 2, 3}, set()),
        ("ruche", {1, 2}, set()),
        ("compost ruche", {1, 2}, {3}),
        ("serre ruche", {1}, {2}),
        ("serre cinéma", set(), {1, 5}),
        ("compost composts", {1, 2, 3}, set()),
        ("compost ruche serre", {1, 2}, {3}),
        ("compost ruche xylophone", {1, 2}, {3}),
        ("compost xylophone", set(), {1, 2, 3}),
        ("xylophone", set(), set()),
        ("xylophone zeugme yttrium", set(), set()),
        ("un compost et une ruche dans la serre", {1, 2}, {3}),
        ("théâtre cinéma serre", set(), {1, 4, 5}),
    ],
)
def test_one_or_two_words_are_all_wanted_and_of_more_enough_of_their_weight(
    gardens: SearchEngine, text: str, full: set[int], near: set[int]
) -> None:
    result = gardens.search(ActionQuery(text=text))
    assert tiers(result) == (full, near)
    assert result.relaxed is bool(near)


def test_words_are_weighed_and_not_counted(engine: SearchEngine) -> None:
    common = [make_record(number, f"Numéro {number}", resume="compost ruche") for number in range(1, 16)]
    rest = [make_record(number, f"Numéro {number}", resume="Des films.") for number in range(16, 20)]
    rare = make_record(20, "Numéro 20", resume="Une serre.")
    engine.catch_up(ListRecordSource(*common, *rest, rare))
    result = engine.search(ActionQuery(text="compost ruche serre"))
    assert [hit.id for hit in result.hits][:1] == [rare.id]
    assert (result.full_matches, result.total) == (1, 16)


@pytest.mark.parametrize(
    ("text", "full", "near"),
    [
        ("compost ruche -serre", {2}, {3}),
        ("compost -ruche", {3}, set()),
        ('"compost" ruche', {1, 2}, {3}),
        ('"compost" "ruche"', {1, 2}, set()),
        ('"une ruche" serre cinéma', set(), {1, 2}),
        ('"une serre" théâtre', set(), {1}),
        ("titre:verger serre", set(), {2}),
        ("titre:potager ruche cinéma", set(), {1}),
        ("resume:ruche compost cinéma", set(), {1, 2}),
        ("pot* ruche cinéma", set(), {1}),
        ("ver* serre", set(), {2}),
        ("-ver* serre cinéma", set(), {1, 5}),
        ("pot* rus*", set(), set()),
    ],
)
def test_what_is_quoted_begun_excluded_or_of_a_field_is_wanted_of_what_comes_near_too(
    gardens: SearchEngine, text: str, full: set[int], near: set[int]
) -> None:
    assert tiers(gardens.search(ActionQuery(text=text))) == (full, near)


@pytest.mark.parametrize(("matches", "total"), [(9, 12), (10, 10), (11, 11)])
def test_nothing_comes_near_once_there_are_ten_matches_whatever_the_page(
    engine: SearchEngine, matches: int, total: int
) -> None:
    full = [make_record(number, f"Jardin {number}", resume="Un potager.") for number in range(matches)]
    engine.catch_up(ListRecordSource(*full, *(make_record(number, f"Jardin {number}") for number in range(20, 23))))
    for limit in (0, 2, None):
        result = engine.search(ActionQuery(text="jardin potager", limit=limit))
        assert (result.full_matches, result.total, result.relaxed) == (matches, total, total > matches)


def test_the_matches_that_a_filter_leaves_are_what_is_counted(engine: SearchEngine) -> None:
    full = [make_record(number, f"Jardin {number}", resume="Un potager.", public="Seniors") for number in range(10)]
    near = [make_record(number, f"Jardin {number}", public="Familles") for number in range(20, 23)]
    other = make_record(30, "Jardin 30", resume="Un potager.", public="Familles")
    engine.catch_up(ListRecordSource(*full, *near, other))
    families = FacetFilter("public", ("Familles",))
    result = engine.search(ActionQuery(text="jardin potager", filters=(families,), facets=("public", "dimension")))
    assert (result.full_matches, result.total) == (1, 4)
    assert result.hits[0].id == other.id
    assert [(value.label, value.count) for value in result.facets["public"].values] == [
        ("Seniors", 10),
        ("Familles", 4),
    ]
    whole = engine.search(ActionQuery(text="jardin potager", facets=("public",)))
    assert (whole.full_matches, whole.total) == (11, 11)
    assert [(value.label, value.count) for value in whole.facets["public"].values] == [("Seniors", 10), ("Familles", 1)]


def test_facets_count_what_matches_and_what_comes_near(gardens: SearchEngine) -> None:
    result = gardens.search(ActionQuery(text="compost ruche", facets=("dimension",)))
    assert [(value.label, value.count) for value in result.facets["dimension"].values] == [
        ("Services", 2),
        ("Citoyenneté", 1),
    ]


def test_filters_hold_for_what_comes_near(gardens: SearchEngine) -> None:
    wanted = FacetFilter("dimension", ("Citoyenneté",))
    assert tiers(gardens.search(ActionQuery(text="compost ruche", filters=(wanted,)))) == (set(), {3})


def test_a_match_comes_before_what_scores_more_but_only_comes_near(engine: SearchEngine) -> None:
    match = make_record(1, "Zoo", resume="Le compost et la ruche. " + "Des animaux de toutes les sortes. " * 9)
    near = make_record(2, "Ruche", resume="Ruche, ruche, ruche.")
    engine.catch_up(ListRecordSource(match, near, make_record(3, "Cinéma"), make_record(4, "Théâtre")))
    first, second = engine.search(ActionQuery(text="compost ruche")).hits
    assert (first.id, second.id) == (match.id, near.id)
    assert (first.score or 0) < (second.score or 0)


def test_matches_are_ordered_by_score_alone_however_many_words_they_hold(engine: SearchEngine) -> None:
    two = make_record(1, "Ruche et serre", resume="Ruche, serre, ruche et serre.")
    three = make_record(2, "Zoo", resume="Compost, ruche, serre. " + "Des animaux de toutes les sortes. " * 9)
    engine.catch_up(ListRecordSource(two, three, make_record(3, "Cinéma"), make_record(4, "Théâtre")))
    result = engine.search(ActionQuery(text="compost ruche serre"))
    assert [hit.id for hit in result.hits] == [two.id, three.id]
    assert result.full_matches == 2


SORT_KEYS = [SortKey(name, descending) for name in (RELEVANCE_SORT, *SORTS) for descending in (False, True)]


@pytest.mark.parametrize("key", SORT_KEYS, ids=lambda key: f"{'-' * key.descending}{key.name}")
def test_what_comes_near_follows_in_every_order_and_cursors_walk_over_to_it(
    gardens: SearchEngine, key: SortKey
) -> None:
    query = ActionQuery(text="serre ruche cinéma théâtre", sort=(key,))
    whole = gardens.search(query)
    full, near = tiers(whole)
    assert len(full) == 1
    assert len(near) == 3
    assert len({IDS[hit.id] for hit in gardens.search(replace(query, text="")).hits}) == 5
    walked: list[Hit] = []
    result = gardens.search(replace(query, limit=1))
    while result.hits:
        assert (result.total, result.full_matches) == (4, 1)
        walked += result.hits
        result = gardens.search(replace(query, limit=1, after=result.hits[-1].position))
    assert walked == list(whole.hits)


def test_a_cursor_resumes_among_the_near_after_its_record_has_gone(engine: SearchEngine) -> None:
    source = ListRecordSource(*RECORDS)
    engine.catch_up(source)
    query = ActionQuery(text="compost ruche serre cinéma", sort=(SortKey("cree_le"),), limit=2)
    first = engine.search(query)
    assert [IDS[hit.id] for hit in first.hits] == [1, 2]
    source.remove(first.hits[1].id)
    engine.catch_up(source)
    following = engine.search(replace(query, after=first.hits[1].position))
    assert [IDS[hit.id] for hit in following.hits] == [3, 5]
