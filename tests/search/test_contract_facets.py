"""Contract of every engine: filters and facet counts."""

import pytest

from app.catalogue.query import ActionQuery, FacetFilter
from app.search.engine import FacetCounts, SearchEngine, SearchResult
from tests.factories import make_record
from tests.search.record_source import ListRecordSource
from tests.search.sample_records import matching_numbers


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ([FacetFilter("dimension", ("Citoyenneté",))], {1, 2, 3}),
        ([FacetFilter("dimension", ("CITOYENNETE",))], {1, 2, 3}),
        ([FacetFilter("dimension", ("Citoyenneté", "Services"))], {1, 2, 3, 4}),
        ([FacetFilter("dimension", ("Citoyenneté",)), FacetFilter("public", ("Seniors", "Jeunes"))], {3}),
        ([FacetFilter("dimension", excluded=("Citoyenneté",))], {4, 5}),
        ([FacetFilter("mot_cle", ("mixite sociale",), excluded=("sport",))], {1}),
        ([FacetFilter("dimension", is_null=True)], {5}),
        ([FacetFilter("dimension", is_null=False)], {1, 2, 3, 4}),
        ([FacetFilter("dimension", ("Services",), is_null=True)], set()),
        ([FacetFilter("departement", ("59",))], {1, 2}),
        ([FacetFilter("departement", ("nord",))], {1, 2}),
        ([FacetFilter("departement", is_null=True)], {5}),
        ([FacetFilter("region", ("Île-de-France",))], {4}),
        ([FacetFilter("region", ("11",))], {4}),
        ([FacetFilter("structure", ("centre social des tilleuls",))], {1, 2}),
        ([FacetFilter("structure", ("centre-social-des-tilleuls-nord",))], {1, 2}),
        ([FacetFilter("mot_cle", ("Sport",)), FacetFilter("mot_cle", ("Mixité sociale",))], {4}),
        ([FacetFilter("dimension", ("Inconnue",))], set()),
        ([FacetFilter("dimension", ("Inconnue", "Services"))], {4}),
        ([FacetFilter("dimension", excluded=("Inconnue",))], {1, 2, 3, 4, 5}),
    ],
)
def test_filters_hold(ready: SearchEngine, filters: list[FacetFilter], expected: set[int]) -> None:
    assert matching_numbers(ready, "", *filters) == expected


def test_filters_and_text_both_hold(ready: SearchEngine) -> None:
    assert matching_numbers(ready, "jardin", FacetFilter("public", ("Familles",))) == {2}


def test_one_name_may_be_that_of_several_structures(engine: SearchEngine) -> None:
    records = [make_record(1, "A", structure="Maison - Nord"), make_record(2, "B", structure="Maison - Rhône")]
    engine.catch_up(ListRecordSource(*records))
    assert engine.search(ActionQuery(filters=(FacetFilter("structure", ("maison",)),))).total == 2
    assert engine.search(ActionQuery(filters=(FacetFilter("structure", ("maison-nord",)),))).total == 1


def test_values_that_nobody_holds_are_named(ready: SearchEngine) -> None:
    wanted = FacetFilter("dimension", ("Citoyennté", "Services"), excluded=("Xyz",))
    unknown = ready.search(ActionQuery(filters=(wanted,))).unknown
    assert [(value.parameter, value.value) for value in unknown] == [
        ("dimension", "Citoyennté"),
        ("dimension__not", "Xyz"),
    ]


def counted(result: SearchResult, facet: str) -> list[tuple[str, int]]:
    return [(value.label, value.count) for value in result.facets[facet].values]


def test_a_facet_counts_each_value_once_a_record_however_it_is_written(ready: SearchEngine) -> None:
    result = ready.search(ActionQuery(facets=("dimension", "mot_cle")))
    assert counted(result, "dimension") == [("Citoyenneté", 3), ("Services", 1)]
    assert counted(result, "mot_cle") == [
        *[("Mixité sociale", 2), ("Alimentation", 1), ("Environnement", 1)],
        *[("Personnes âgées", 1), ("Santé", 1), ("Sport", 1)],
    ]


def test_a_facet_counts_matches_of_the_text_only(ready: SearchEngine) -> None:
    assert counted(ready.search(ActionQuery(text="été", facets=("dimension",))), "dimension") == [
        ("Citoyenneté", 1),
        ("Services", 1),
    ]


def test_a_filter_reduces_the_counts_of_the_other_facets_and_not_its_own(ready: SearchEngine) -> None:
    wanted = FacetFilter("dimension", ("services",))
    result = ready.search(ActionQuery(filters=(wanted,), facets=("dimension", "public")))
    assert result.total == 1
    assert counted(result, "dimension") == [("Citoyenneté", 3), ("Services", 1)]
    assert [value.selected for value in result.facets["dimension"].values] == [False, True]
    assert counted(result, "public") == [("Jeunes", 1)]


def test_codes_are_counted_under_their_labels(ready: SearchEngine) -> None:
    values = ready.search(ActionQuery(facets=("departement",))).facets["departement"].values
    assert [(value.value, value.label, value.count) for value in values] == [
        ("59", "Nord", 2),
        ("69", "Rhône", 1),
        ("93", "Seine-Saint-Denis", 1),
    ]


def test_selected_values_are_there_beyond_the_size_and_without_a_match(ready: SearchEngine) -> None:
    wanted = FacetFilter("mot_cle", ("Sport",))
    facet = ready.search(ActionQuery(text="cuisine", filters=(wanted,), facets=("mot_cle",), facet_size=1)).facets
    assert facet["mot_cle"].truncated
    assert [(value.label, value.count, value.selected) for value in facet["mot_cle"].values] == [
        ("Alimentation", 1, False),
        ("Sport", 0, True),
    ]


def test_a_facet_that_is_whole_is_not_truncated(ready: SearchEngine) -> None:
    facets = ready.search(ActionQuery(text="cuisine", facets=("mot_cle",), facet_size=2)).facets
    assert not facets["mot_cle"].truncated
    assert ready.search(ActionQuery(text="introuvable", facets=("public",))).facets["public"] == FacetCounts((), False)
