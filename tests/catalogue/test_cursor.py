"""Cursors of a list: read back by the query that they belong to, and refused by every other."""

import base64
import json
import re

import pytest

from app.catalogue.cursor import decode_cursor, encode_cursor
from app.catalogue.errors import InvalidParameter
from app.catalogue.query import ActionQuery
from app.catalogue.request import read_list_request


def test_a_cursor_comes_back_as_the_position_it_was_made_of() -> None:
    query = read_list_request([("q", "jardin"), ("sort", "-pertinence,titre")]).query
    cursor = encode_cursor(query, (1, 7.25, "été", "jardin-1a2b3c"))

    assert decode_cursor(cursor, query) == (1, 7.25, "été", "jardin-1a2b3c")
    asked = read_list_request([("q", "jardin"), ("sort", "-pertinence,titre"), ("cursor", cursor)])
    assert (asked.query.after, asked.page, asked.query.offset) == ((1, 7.25, "été", "jardin-1a2b3c"), None, 0)


def cursor_of(*pairs: tuple[str, str]) -> str:
    """Return a cursor of the first match of a request, in the order by title."""
    return encode_cursor(read_list_request([("sort", "titre"), *pairs]).query, (0, "jardin", "jardin-1a2b3c"))


@pytest.mark.parametrize("other", [("q", "x"), ("statut", "En cours"), ("statut__not", "En cours"), ("sort", "-titre")])
def test_a_cursor_of_another_question_is_refused(other: tuple[str, str]) -> None:
    own = read_list_request([("sort", "titre"), ("cursor", cursor_of())])

    assert own.query.after == (0, "jardin", "jardin-1a2b3c")
    with pytest.raises(InvalidParameter, match="autre recherche"):
        read_list_request([*dict([("sort", "titre"), other]).items(), ("cursor", cursor_of())])


def test_a_cursor_stands_beside_no_page() -> None:
    with pytest.raises(InvalidParameter, match="page"):
        read_list_request([("sort", "titre"), ("cursor", cursor_of()), ("page", "2")])


@pytest.mark.parametrize("forged", [["x"], [1, "x"], [True, "x"], ["x", "y", "z"], ["x", None], {}, "x", 3])
def test_a_forged_cursor_is_refused(forged: object) -> None:
    query = ActionQuery()
    fingerprint = json.loads(base64.urlsafe_b64decode(encode_cursor(query, ()) + "=="))[0]
    content = [fingerprint, *forged] if isinstance(forged, list) else forged
    cursor = base64.urlsafe_b64encode(json.dumps(content).encode()).decode()

    with pytest.raises(InvalidParameter):
        decode_cursor(cursor, query)


def test_a_cursor_of_an_earlier_version_is_still_one() -> None:
    cursor = "WyI3NDE1ZTc5N2FjODkiLDAsIsOpdMOpIiwiamFyZGluLTFhMmIzYyJd"

    assert encode_cursor(ActionQuery(), (0, "été", "jardin-1a2b3c")) == cursor
    assert decode_cursor(cursor, ActionQuery()) == (0, "été", "jardin-1a2b3c")


@pytest.mark.parametrize("cursor", ["%%%", "{}", "e30", "W10", "{cursor}!", "é"])
def test_each_cursor_that_the_service_does_not_return_is_refused_with_the_reason(cursor: str) -> None:
    with pytest.raises(InvalidParameter) as refused:
        decode_cursor(cursor.replace("{cursor}", cursor_of()), ActionQuery())

    [error] = refused.value.errors
    assert error.parameter == "cursor"
    assert re.search(
        "^Ce curseur (n'est pas de ceux que rend ce service|vient d'une autre recherche : .* ordre)[.]$", error.message
    )


def test_a_page_beside_a_cursor_is_an_error_of_the_cursor() -> None:
    with pytest.raises(InvalidParameter) as refused:
        read_list_request([("sort", "titre"), ("cursor", cursor_of()), ("page", "2")])

    [error] = refused.value.errors
    assert (error.parameter, error.message) == (
        "cursor",
        "« cursor » remplace « page » : donner l'un ou l'autre.",
    )
