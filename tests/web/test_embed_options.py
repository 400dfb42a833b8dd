"""The options of the embedded search, and the contrast of its colours."""

import re
from html import unescape
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalogue.table_columns import split_list
from app.web.contrast import contrast_ratio, contrast_warnings
from app.web.embed_options import element_attributes, read_colour, read_facet_names, read_frame_attributes, read_link
from app.web.embed_snippet import element_snippet, frame_snippet


@pytest.mark.parametrize(
    "value", ["#abc", "#0B5C63", "#0b5c6380", "teal", "rgb(1, 2, 3)", "rgb(1 2 3 / 50%)", "hsl(120deg 50% 20%)"]
)
def test_colours_are_read_as_they_are_written(value: str) -> None:
    assert read_colour(f" {value} ") == value


@pytest.mark.parametrize(
    "value", ["", "#ab", "#abcde", "red blue", "url(x)", "rgb(1,2,3", "rgb(var(--x))", "a;b", "red\n}"]
)
def test_what_is_more_than_a_colour_is_none(value: str) -> None:
    with pytest.raises(ValueError, match="n'est pas une couleur"):
        read_colour(value)


@pytest.mark.parametrize(
    "value", ["fiche", "/a/{id}", "a?id={id}", "https://mairie.example/{id}#x", "//mairie.example/{id}"]
)
def test_links_are_web_addresses_with_a_place_for_the_record(value: str) -> None:
    assert read_link(f" {value} ") == value


@pytest.mark.parametrize(
    "value",
    [
        "javascript:{id}",
        "JAVASCRIPT:{id}",
        "data:,{id}",
        "java\tscript:{id}",
        "\\\\x\\{id}",
        "/sans",
        "http://[{id}",
        "/" + "a" * 300 + "{id}",
    ],
)
def test_what_leads_to_no_web_page_is_no_link(value: str) -> None:
    with pytest.raises(ValueError, match="n'est ni « fiche »"):
        read_link(value)


@given(st.lists(st.text("a |\\,", min_size=1).map(str.strip).filter(bool), min_size=1))
def test_values_of_a_filter_can_be_told_apart_again_whatever_is_in_them(values: list[str]) -> None:
    attributes = element_attributes({"partenaire": values})
    (tag,) = re.findall(r"<actions-recherche (.*)>", element_snippet("", attributes))
    (source,) = re.findall(r'src="/embed\?([^"]*)"', frame_snippet("", attributes))

    assert split_list(attributes["partenaire"]) == values
    assert unescape(tag) == f'partenaire="{attributes["partenaire"]}"'
    assert parse_qsl(unescape(source)) == [("partenaire", value) for value in values]
    assert read_frame_attributes(parse_qsl(unescape(source))) == attributes


def test_a_text_that_is_no_filter_stays_as_it_is() -> None:
    assert element_attributes({"titre": ["a|b"], "q": ["a\\|b"]}) == {"titre": "a|b", "q": "a\\|b"}


def test_names_of_facets_are_checked() -> None:
    assert read_facet_names("dimension, mot_cle") == "dimension, mot_cle"
    with pytest.raises(ValueError, match="Vouliez-vous dire « dimension »"):
        read_facet_names("dimension dimensions")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#ffffff", "#ffffff", 1.0),
        ("#777777", "#ffffff", 4.48),
        ("#FF0000", "#ffffff", 4.0),
    ],
)
def test_contrast_is_that_of_wcag(one: str, other: str, expected: float) -> None:
    assert contrast_ratio(one, other) == pytest.approx(expected, abs=0.01)
    assert contrast_ratio(one, other) == contrast_ratio(other, one)


def test_contrast_of_what_is_not_six_digits_is_unknown() -> None:
    assert contrast_ratio("red", "#ffffff") is None


def test_what_cannot_be_read_is_warned_of() -> None:
    assert contrast_warnings("#0b5c63", "#ffffff", "#17262c") == []
    assert contrast_warnings("#777777", "#ffffff", "#000000") == [
        "Les liens se lisent mal sur le fond : contraste de 4,4, il en faut 4,5.",
        "Les boutons, blancs sur votre couleur, se lisent mal : contraste de 4,4, il en faut 4,5.",
    ]
