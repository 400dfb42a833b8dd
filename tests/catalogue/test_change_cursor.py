"""Cursors of the log of changes: read back whole, and nothing else is one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalogue.change_cursor import ChangeCursor
from app.catalogue.cursor import encode_token

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)


@given(st.integers(0, 2**63 - 1), st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_a_cursor_stands_for_its_place(number: int, mark: str) -> None:
    cursor = ChangeCursor(number, mark).encode()

    assert ChangeCursor.decode(cursor) == ChangeCursor(number, mark)
    assert cursor.isascii()
    assert not set("+/=&?# ") & set(cursor)


@given(st.text(max_size=40) | st.lists(_JSON, max_size=3).map(encode_token))
def test_whatever_else_is_given_is_a_place_or_refused_in_french(cursor: str) -> None:
    try:
        place = ChangeCursor.decode(cursor)
    except ValueError as error:
        message = str(error)
    else:
        assert 0 <= place.number < 2**63
        return
    assert message.startswith("Ce curseur n'est pas")


@pytest.mark.parametrize("values", [[True, ""], [-1, ""], [2**63, ""], [1.0, ""], [1, None], [1], [1, "", 2], []])
def test_places_that_no_log_has_are_refused(values: list[object]) -> None:
    with pytest.raises(ValueError, match="Ce curseur"):
        ChangeCursor.decode(encode_token(values))
