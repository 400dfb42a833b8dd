import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalogue.errors import InvalidParameter, InvalidRequest, UnknownParameter
from app.catalogue.facets import FACETS
from app.catalogue.parameters import SORT_NAMES
from app.catalogue.query import ActionQuery, FacetFilter, SortKey
from app.catalogue.request import (
    EXPORT_PARAMETERS,
    ITEM_KEYS,
    LIST_PARAMETERS,
    read_export_request,
    read_facet_request,
    read_list_request,
    read_page_request,
    read_statistics_request,
)
from app.catalogue.table_columns import COLUMNS


def test_without_parameters_the_first_twenty_are_asked_by_title() -> None:
    asked = read_list_request([])

    assert asked.query == ActionQuery()
    assert asked.query.order == (SortKey("titre"),)
    assert (asked.page, asked.per_page) == (1, 20)


def test_filters_gather_values_exclusions_and_absence_by_facet() -> None:
    pairs = [("dimension", "a"), ("dimension", "b"), ("statut__not", "c"), ("public__isnull", "false")]

    assert read_list_request(pairs).query.filters == (
        FacetFilter("statut", excluded=("c",)),
        FacetFilter("dimension", values=("a", "b")),
        FacetFilter("public", is_null=False),
    )


def test_a_text_orders_by_relevance_unless_told_otherwise() -> None:
    assert read_list_request([("q", " jardin ")]).query.order == (SortKey("pertinence"),)
    sort = read_list_request([("q", "jardin"), ("sort", "-modifie_le, titre,-modifie_le")]).query.order
    assert sort == (SortKey("modifie_le", descending=True), SortKey("titre"))


def test_empty_values_count_as_not_given() -> None:
    assert read_list_request([("q", ""), ("dimension", ""), ("page", ""), ("sort", ",")]).query == ActionQuery()


def test_names_of_other_tools_are_ignored() -> None:
    assert read_list_request([("_", "1"), ("utm_source", "x")]).query == ActionQuery()


def test_an_unknown_parameter_names_the_nearest_known_one() -> None:
    with pytest.raises(UnknownParameter) as refused:
        read_list_request([("dimenssion", "x"), ("zzzzzz", "1"), ("page", "0")])

    assert [error.parameter for error in refused.value.errors] == ["dimenssion", "zzzzzz"]
    assert "« dimension »" in refused.value.errors[0].message
    assert "Vouliez" not in refused.value.errors[1].message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("page", "0"),
        ("page", "-1"),
        ("page", "1.5"),
        ("page", "٣"),
        ("page", "9" * 40),
        ("per_page", "101"),
        ("per_page", "abc"),
        ("facet", "couleur"),
        ("facet_size", "0"),
        ("full", "peut-être"),
        ("dimension__isnull", "oui"),
        ("sort", "couleur"),
        ("fields", "titre,couleur"),
        ("cursor", "%%%"),
        ("cursor", "é"),
    ],
)
def test_a_value_that_cannot_be_used_names_its_parameter(name: str, value: str) -> None:
    with pytest.raises(InvalidParameter) as refused:
        read_list_request([(name, value)])

    assert [error.parameter for error in refused.value.errors] == [name]


@pytest.mark.parametrize(
    ("typed", "looked_for"),
    [
        (f" {'mot ' * 125}", "mot " * 124 + "mot"),
        ("mot " * 126, "mot " * 124 + "mot"),
        ("mot " * 124 + "motifs", "mot " * 123 + "mot"),
        ("a" * 501, "a" * 500),
        ("a" * 499 + " b", "a" * 499),
    ],
)
def test_a_text_that_is_too_long_is_cut_after_a_word(typed: str, looked_for: str) -> None:
    query = read_list_request([("q", typed)]).query

    assert (query.text, query.truncated) == (looked_for, len(typed.strip()) > 500)


def test_hints_do_not_go_far() -> None:
    hints = {}
    for name in ("DIMENSION", "Page", "limit", "nope"):
        with pytest.raises(UnknownParameter) as refused:
            read_list_request([(name, "1")])
        hints[name] = refused.value.errors[0].message.partition("Vouliez-vous dire ")[2]

    assert hints == {"DIMENSION": "« dimension » ?", "Page": "« page » ?", "limit": "", "nope": ""}


def test_a_filter_takes_a_hundred_values() -> None:
    assert read_list_request([("mot_cle", str(number)) for number in range(100)]).query.filters
    with pytest.raises(InvalidParameter):
        read_list_request([("mot_cle", str(number)) for number in range(101)])


def test_everything_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(InvalidParameter) as refused:
        read_list_request([("page", "0"), ("per_page", "0"), ("page", "2")])

    assert [error.parameter for error in refused.value.errors] == ["page", "per_page"]
    assert "qu'une fois" in refused.value.errors[0].message


def test_choices_say_what_is_allowed() -> None:
    with pytest.raises(InvalidParameter) as refused:
        read_list_request([("facet", "dimensions")])

    assert refused.value.errors[0].allowed == tuple(FACETS)
    assert "« dimension »" in refused.value.errors[0].message


def test_items_carry_the_listed_keys_all_of_them_or_those_named() -> None:
    assert "description" not in read_list_request([]).keys
    assert "description" in read_list_request([("full", "true")]).keys
    assert read_list_request([("fields", "titre, resume")]).keys == {"titre", "resume"}


def test_highlights_are_made_only_when_they_are_shown() -> None:
    assert read_list_request([]).query.highlight
    assert not read_list_request([("highlight", "false")]).query.highlight
    assert not read_list_request([("fields", "titre")]).query.highlight


def test_pages_become_offsets() -> None:
    query = read_list_request([("page", "3"), ("per_page", "7")]).query

    assert (query.offset, query.limit) == (14, 7)


def test_all_facets_are_counted_unless_some_are_named() -> None:
    assert read_facet_request([]).facets == tuple(FACETS)
    assert read_facet_request([("facet", "public"), ("facet", "public")]).facets == ("public",)
    with pytest.raises(UnknownParameter):
        read_facet_request([("page", "2")])


@pytest.mark.parametrize("name", EXPORT_PARAMETERS)
def test_an_export_has_every_filter_and_no_pages(name: str) -> None:
    assert read_export_request([("dimension", "x")], name).query.limit is None
    with pytest.raises(UnknownParameter):
        read_export_request([("per_page", "2")], name)


def test_the_keys_of_an_export_keep_the_order_in_which_they_were_named() -> None:
    assert read_export_request([("fields", "region, titre,region")], "csv").keys == ("region", "titre")
    assert read_export_request([], "csv").keys == tuple(COLUMNS)
    assert read_export_request([], "atom").keys == ()
    with pytest.raises(InvalidParameter) as refused:
        read_export_request([("fields", "departement_cod")], "csv")
    assert "departement_code" in refused.value.errors[0].message
    with pytest.raises(InvalidParameter):
        read_export_request([("fields", "departement_code")], "jsonl")


_PIECES = st.lists(st.sampled_from(["titre", "-titre", "score", "pertinence", "-", ",", " ", "x"]), max_size=6)


@pytest.mark.parametrize("name", ["sort", "fields"])
@given(pieces=_PIECES)
def test_a_list_of_names_is_taken_exactly_when_its_pattern_allows_it(name: str, pieces: list[str]) -> None:
    text = "".join(pieces)
    try:
        read_list_request([(name, text)])
    except InvalidParameter:
        taken = False
    else:
        taken = True

    assert taken == bool(re.search(LIST_PARAMETERS[name].schema["pattern"], text))


@given(st.lists(st.tuples(st.sampled_from([*LIST_PARAMETERS, "autre"]), st.text(max_size=30)), max_size=6))
def test_any_parameters_are_read_or_refused_with_a_reason(pairs: list[tuple[str, str]]) -> None:
    with suppress(InvalidRequest):
        assert 1 <= read_list_request(pairs).per_page <= 100


def test_a_list_counts_the_facets_that_it_names_with_the_number_of_values() -> None:
    pairs = [("facet", "public"), ("facet", "statut"), ("facet", "public"), ("facet_size", "7")]
    query = read_list_request(pairs).query

    assert (query.facets, query.facet_size) == (("public", "statut"), 7)
    assert read_list_request([]).query.facets == ()


def test_counts_of_facets_need_no_records_and_no_highlights() -> None:
    for query in (read_facet_request([("facet_size", "7")]), read_statistics_request([("facet_size", "7")])):
        assert (query.facet_size, query.limit, query.highlight) == (7, 0, False)
    assert read_facet_request([]).facet_size == read_statistics_request([]).facet_size == ActionQuery().facet_size


def test_a_search_page_counts_all_facets_beside_a_page_of_whole_items() -> None:
    asked = read_page_request([("q", "jardin"), ("page", "3"), ("per_page", "7")], facet_size=5)

    assert (asked.query.text, asked.query.offset, asked.query.limit) == ("jardin", 14, 7)
    assert (asked.query.facets, asked.query.facet_size) == (tuple(FACETS), 5)
    assert (asked.page, asked.per_page, asked.keys) == (3, 7, frozenset(ITEM_KEYS))
    first = read_page_request([], facet_size=5)
    assert (first.page, first.per_page, first.query.offset) == (1, 20, 0)


def test_an_export_highlights_nothing_and_keeps_the_choice_of_a_byte_order_mark() -> None:
    marks = [read_export_request(pairs, "csv").bom for pairs in ([], [("bom", "true")], [("bom", "false")])]

    assert marks == [None, True, False]
    assert not read_export_request([("q", "jardin")], "csv").query.highlight


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("full", "peut-être", "« peut-être » n'est ni « true » ni « false »."),
        ("page", "0", "« 0 » n'est pas un nombre entier de 1 à 999999999."),
        ("sort", "-titres", "« titres » n'est pas une valeur possible. Vouliez-vous dire « titre » ?"),
        ("sort", "zzzzzz", "« zzzzzz » n'est pas une valeur possible."),
        ("facet", "zzzzzz", "« zzzzzz » n'est pas une valeur possible."),
    ],
)
def test_the_message_of_a_wrong_value_quotes_it(name: str, value: str, message: str) -> None:
    with pytest.raises(InvalidParameter) as refused:
        read_list_request([(name, value)])

    assert [error.message for error in refused.value.errors] == [message]


def test_a_wrong_key_is_refused_with_the_keys_that_are_allowed() -> None:
    for name, allowed in (("fields", ITEM_KEYS), ("sort", SORT_NAMES)):
        with pytest.raises(InvalidParameter) as refused:
            read_list_request([(name, "couleur")])
        assert [error.allowed for error in refused.value.errors] == [allowed]


def test_a_filter_of_too_many_values_is_refused_with_their_number() -> None:
    with pytest.raises(InvalidParameter, match="« mot_cle » se donne 100 fois au plus"):
        read_list_request([("mot_cle", str(number)) for number in range(101)])


def test_the_last_page_that_the_document_allows_is_accepted() -> None:
    last = LIST_PARAMETERS["page"].schema["maximum"]

    assert read_list_request([("page", str(last))]).page == last == 999_999_999
