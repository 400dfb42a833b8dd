"""JSON Merge Patch: the cases of RFC 7396, and what holds whatever is patched."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalogue.merge_patch import apply_merge_patch

# The table of RFC 7396, appendix A: original, patch, result.
_CASES: list[tuple[Any, Any, Any]] = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    (["a", "b"], ["c", "d"], ["c", "d"]),
    ({"a": "b"}, ["c"], ["c"]),
    ({"a": "foo"}, None, None),
    ({"a": "foo"}, "bar", "bar"),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]

_KEYS = st.sampled_from("abc")
_LEAVES = st.booleans() | st.integers(0, 2) | st.text("xy", max_size=2)
_values = st.recursive(_LEAVES, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_KEYS, inner), max_leaves=8)
_patches = st.recursive(
    _LEAVES | st.none(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_KEYS, inner),
    max_leaves=8,
)
_objects = st.dictionaries(_KEYS, _values)


@pytest.mark.parametrize(("original", "patch", "result"), _CASES)
def test_the_cases_of_the_rfc_hold(original: Any, patch: Any, result: Any) -> None:
    assert apply_merge_patch(original, patch) == result


def patch_between(before: Any, after: Any) -> Any:
    """Return a patch that makes `after` of `before`; neither holds null."""
    if not isinstance(before, dict) or not isinstance(after, dict):
        return after
    kept = {key: patch_between(before.get(key), value) for key, value in after.items()}
    return {**dict.fromkeys(before), **kept}


@given(_objects, _objects)
def test_any_document_can_be_made_of_any_other(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert apply_merge_patch(before, patch_between(before, after)) == after


@given(_values, _patches)
def test_patching_twice_is_patching_once(target: Any, patch: Any) -> None:
    once = apply_merge_patch(target, patch)

    assert apply_merge_patch(once, patch) == once


@given(_objects, st.dictionaries(_KEYS, _patches))
def test_a_patch_touches_the_members_that_it_names_and_no_other(target: dict[str, Any], patch: dict[str, Any]) -> None:
    before = repr(target)
    merged = apply_merge_patch(target, patch)

    assert {key: value for key, value in merged.items() if key not in patch} == {
        key: value for key, value in target.items() if key not in patch
    }
    assert all((key in merged) == (value is not None) for key, value in patch.items())
    assert repr(target) == before
