"""The paths of searches: the parameters that each method adds, removes and keeps."""

from urllib.parse import parse_qsl, urlsplit

import pytest

from app.web.search_url import ActiveFilter, SearchUrl

ASKED = SearchUrl.from_pairs(
    "",
    [
        ("q", "jardin"),
        ("dimension", "Citoyenneté"),
        ("departement__not", "59"),
        ("public__isnull", "true"),
        ("sort", "titre"),
        ("page", "3"),
        ("statut", " "),
        ("utm_source", "lettre"),
    ],
)


def pairs_of(address: str) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(address).query, keep_blank_values=True)


def test_what_is_empty_ignored_or_the_page_is_not_part_of_the_question() -> None:
    assert [name for name, _ in pairs_of(ASKED.path())] == [
        "q",
        "dimension",
        "departement__not",
        "public__isnull",
        "sort",
    ]


def test_the_first_page_has_the_address_of_the_question() -> None:
    assert ASKED.path(1) == ASKED.path()
    assert pairs_of(ASKED.path(2)) == [*pairs_of(ASKED.path()), ("page", "2")]


def test_a_value_is_added_and_the_page_left() -> None:
    assert pairs_of(ASKED.with_value("dimension", "Services & co")) == [
        *pairs_of(ASKED.path()),
        ("dimension", "Services & co"),
    ]


def test_a_value_is_taken_away_however_it_was_written() -> None:
    assert ("dimension", "Citoyenneté") not in pairs_of(ASKED.without_values("dimension", "citoyennete"))
    assert len(pairs_of(ASKED.without_values("dimension", "Services"))) == 5


def test_a_value_is_set_once_or_taken_away() -> None:
    assert pairs_of(ASKED.replacing("sort", "structure"))[-1] == ("sort", "structure")
    assert "sort" not in dict(pairs_of(ASKED.replacing("sort", "")))


def test_clearing_keeps_the_text_and_the_order() -> None:
    assert pairs_of(ASKED.without_filters()) == [("q", "jardin"), ("sort", "titre")]


def test_filters_are_told_with_the_question_without_each() -> None:
    shown = [(active.facet, active.value, active.excluded) for active in ASKED.active_filters()]
    assert shown == [("dimension", "Citoyenneté", False), ("departement", "59", True), ("public", None, False)]
    for active in ASKED.active_filters():
        assert len(pairs_of(active.removal_path)) == 4


@pytest.mark.parametrize(("given", "present"), [("false", True), ("0", True), ("true", False), ("1", False)])
def test_asking_for_presence_is_the_opposite_of_absence(given: str, present: bool) -> None:
    (active,) = SearchUrl.from_pairs("", [("public__isnull", given)]).active_filters()
    assert active == ActiveFilter("public", None, present, "/")


def test_addresses_stand_under_the_root_of_the_service() -> None:
    under = SearchUrl.from_pairs("/catalogue", [("q", "a")])
    assert under.path() == "/catalogue/?q=a"
    assert under.replacing("q", "") == "/catalogue/"


def test_an_export_is_asked_the_same_question_without_the_shape_of_a_page() -> None:
    asked = SearchUrl.from_pairs("", [("q", "jardin"), ("per_page", "5"), ("dimension", "Services")])
    assert asked.export_path("csv") == "/actions.csv?q=jardin&dimension=Services"
    assert SearchUrl.from_pairs("", []).export_path("atom") == "/actions.atom"


def test_statistics_are_of_the_same_question_without_its_order() -> None:
    asked = SearchUrl.from_pairs(
        "/catalogue", [("q", "jardin"), ("sort", "titre"), ("per_page", "5"), ("dimension__not", "A")]
    )
    assert asked.statistics_path() == "/catalogue/statistiques?q=jardin&dimension__not=A"
    assert SearchUrl.from_pairs("", []).statistics_path() == "/statistiques"
