"""Cursors and patches over HTTP: whatever is sent gets an answer or a refusal that says why, never an error of ours."""

import base64
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.in_process import create_key_secret, running_server

# What a body or a cursor may hold beyond what JSON writers produce: halves of pairs, numbers beyond all bounds; but no
# more than an address has room for.
_TEXTS = st.text(st.characters(), max_size=30)
_WHOLE = st.integers(-(10**40), 10**40)
_NUMBERS = _WHOLE | st.integers(0, 1500).map(lambda power: 10**power) | st.floats()
_SCALARS = st.none() | st.booleans() | _NUMBERS | _TEXTS
_VALUES = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXTS, inner, max_size=4), max_leaves=12
)
_QUESTIONS = [
    {},
    {"q": "jardin logement quartier"},
    {"sort": "-modifie_le,departement"},
    {"sort": "pertinence", "q": "a"},
]


@pytest.fixture(scope="module")
def client(imported: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    filled = shutil.copytree(imported, tmp_path_factory.mktemp("requests") / "var")
    headers = {"Authorization": f"Bearer {create_key_secret(filled)}"}
    with running_server(filled) as base, httpx.Client(base_url=base, headers=headers) as opened:
        yield opened


def packed(values: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def unpacked(cursor: str) -> list[Any]:
    values: list[Any] = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    return values


def assert_answered_or_refused(answer: httpx.Response, *refusals: int, naming: str) -> None:
    if answer.status_code != 200:
        assert answer.status_code in refusals, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        errors = answer.json()["errors"] or [{"parameter": naming}]
        assert {error["parameter"] for error in errors} == {naming}


@given(_TEXTS.filter(str.isprintable) | _VALUES.map(packed))
def test_any_text_as_a_cursor_is_answered_or_refused_by_its_name(client: httpx.Client, text: str) -> None:
    cursor = text.encode("utf-8", "replace").decode()

    listed = client.get("/actions", params={"cursor": cursor})
    followed = client.get("/changes", params={"since": cursor})

    assert_answered_or_refused(listed, 422, naming="cursor")
    assert_answered_or_refused(followed, 410, 422, naming="since")


@given(st.sampled_from(_QUESTIONS), st.data())
def test_a_cursor_whose_place_was_changed_is_answered_or_refused(
    client: httpx.Client, question: dict[str, str], data: st.DataObject
) -> None:
    given_cursor = client.get("/actions", params={**question, "per_page": "2"}).json()["next_cursor"]
    fingerprint, *place = unpacked(given_cursor)
    forged = [fingerprint, *(data.draw(_like(value)) for value in place)]

    answer = client.get("/actions", params={**question, "cursor": packed(forged)})

    assert_answered_or_refused(answer, 422, naming="cursor")


def _like(value: object) -> st.SearchStrategy[Any]:
    return _TEXTS if isinstance(value, str) else _NUMBERS


@given(_WHOLE, _TEXTS, st.integers(1, 500))
def test_a_forged_place_in_the_log_is_answered_or_refused(
    client: httpx.Client, number: int, mark: str, limit: int
) -> None:
    answer = client.get("/changes", params={"since": packed([number, mark]), "limit": limit})

    assert_answered_or_refused(answer, 410, 422, naming="since")


@given(
    _VALUES
    | st.dictionaries(
        st.sampled_from(["titre", "structure", "mots_cles", "resume", "statut", "fichiers", "id", "autre"]), _VALUES
    )
)
def test_any_json_as_a_patch_is_carried_out_or_refused_and_the_record_stays_readable(
    client: httpx.Client, patch: object
) -> None:
    address = client.get("/actions", params={"per_page": "1"}).json()["items"][0]["links"]["self"]
    headers = {"If-Match": "*", "Content-Type": "application/merge-patch+json"}

    answer = client.patch(address, content=json.dumps(patch), headers=headers)

    assert answer.status_code in {200, 400, 422}, answer.text
    read = client.get(address)
    assert read.status_code == 200
    assert answer.status_code != 200 or answer.json() == read.json()
