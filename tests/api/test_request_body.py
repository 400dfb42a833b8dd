"""Malformed, mistyped and repeated request bodies: each has a documented response."""

import json
import sqlite3
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.api.editor import STRUCTURE, Editor
from tests.http.test_http import problem
from tests.in_process import create_key_secret, running_server

_BODY = json.dumps({"titre": "Lisible", "structure": STRUCTURE}).encode()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff",
        b'{"titre": NaN}',
        b'{"titre": "\\ud800"}',
        b"\xef\xbb\xbf{}",
        '{"titre": "é"}'.encode("latin-1"),
        _BODY.decode().encode("utf-16"),
        b"1" * 5000,
        b"1e999",
        b"[" * 100_000,
        b'{"a":' * 200 + b"1" + b"}" * 200,
        b'{"titre": "a", "titre": "b"}',
    ],
    ids=lambda body: body[:12].decode("latin-1"),
)
def test_what_is_no_readable_json_is_a_bad_request(editor: Editor, body: bytes) -> None:
    answer = editor.client.post("/actions", content=body, headers={"Content-Type": "application/json"})

    assert problem(answer, 400)["type"].endswith(":demande-illisible")


def test_unreadable_json_is_said_where(editor: Editor) -> None:
    answer = editor.client.post("/actions", content=b'{\n  "titre": }', headers={"Content-Type": "application/json"})

    assert "ligne 2, colonne 12" in problem(answer, 400)["detail"]


@pytest.mark.parametrize("body", [b"null", b"[]", b'"x"', b"123456789012345678901234567890"])
def test_json_that_is_no_object_is_no_action(editor: Editor, body: bytes) -> None:
    answer = editor.client.post("/actions", content=body, headers={"Content-Type": "application/json"})

    assert [error["pointer"] for error in problem(answer, 422)["errors"]] == [""]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/merge-patch+json"},
        {"Content-Type": "application/json; charset=latin-1"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
        {"Content-Type": "application/x-www-form-urlencoded"},
    ],
)
def test_a_body_of_another_type_is_refused_with_what_is_taken(editor: Editor, headers: dict[str, str]) -> None:
    for method, path in (("POST", "/actions"), ("PUT", "/actions/x")):
        answer = editor.client.request(method, path, content=_BODY, headers={"If-Match": "*", **headers})
        problem(answer, 415)
        assert answer.headers["accept"] == "application/json"


def test_a_patch_of_another_type_is_refused_with_what_is_taken(editor: Editor) -> None:
    answer = editor.client.patch(
        "/actions/x", content=b"[]", headers={"If-Match": "*", "Content-Type": "application/json-patch+json"}
    )

    problem(answer, 415)
    assert answer.headers["accept-patch"] == "application/merge-patch+json, application/json"


def test_a_repeat_under_one_name_gives_the_same_answer_and_creates_nothing(editor: Editor) -> None:
    first = editor.create("Répétée", name="un")
    path = f"/actions/{first.json()['id']}"
    repeats = [editor.create("Répétée", name="un")]
    editor.patch(path, first.headers["etag"], titre="Changée depuis")
    repeats.append(editor.create(" Répétée", name="un"))
    editor.delete(path, "*")
    repeats.append(editor.create("Répétée", name="un"))

    for again in repeats:
        assert (again.status_code, again.json()) == (201, first.json())
        assert {name: again.headers[name] for name in ("etag", "location")} == {
            name: first.headers[name] for name in ("etag", "location")
        }
    assert editor.found("répétée") == []


def test_another_body_under_the_same_name_is_refused(editor: Editor) -> None:
    editor.create("Première", name="deux")

    assert problem(editor.create("Seconde", name="deux"), 422)["type"].endswith(":idempotence")
    assert editor.found("seconde") == []


def test_a_name_that_made_nothing_is_free(editor: Editor) -> None:
    problem(editor.create("", name="trois"), 422)

    assert editor.create("Troisième essai", name="trois").status_code == 201


@pytest.mark.parametrize("name", ["", "x" * 256, "é"])
def test_a_name_is_short_printable_ascii(editor: Editor, name: str) -> None:
    headers = {"Idempotency-Key": name.encode("latin-1"), "Content-Type": "application/json"}
    answer = editor.client.post("/actions", content=_BODY, headers=list(headers.items()))

    assert [error["parameter"] for error in problem(answer, 422)["errors"]] == ["Idempotency-Key"]


def test_names_belong_to_their_key_and_last_a_day(tmp_path: Path) -> None:
    ours, theirs = create_key_secret(tmp_path, "Mairie"), create_key_secret(tmp_path, "CAF")
    with running_server(tmp_path) as base, Editor(base, ours) as one, Editor(base, theirs) as other:
        first = one.create("Datée", name="nom")
        assert other.create("Autre chose", name="nom").status_code == 201
        long_ago = (datetime.now(UTC) - timedelta(days=1, minutes=1)).replace(tzinfo=None)
        connection = sqlite3.connect(tmp_path / "actions.db")
        with connection:
            connection.execute("UPDATE repeats SET at = ?", [long_ago.isoformat(" ")])
        assert problem(one.create("Datée", name="nom"), 409)["existing"]["id"] == first.json()["id"]
        assert one.create("Encore une", name="nom").status_code == 201
        assert connection.execute("SELECT count(*) FROM repeats").fetchone() == (1,)
        connection.close()


def test_twins_at_once_create_one_action_and_get_one_answer(editor: Editor) -> None:
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: editor.create("Jumelle", name="jumelles"), range(12)))

    assert Counter(answer.status_code for answer in answers) == {201: 12}
    assert len({answer.content for answer in answers}) == 1
    assert len(editor.found("jumelle")) == 1


def test_many_writers_do_not_keep_readers_waiting(editor: Editor) -> None:
    with ThreadPoolExecutor(24) as pool:
        writes = [pool.submit(editor.create, f"Foule {number}") for number in range(60)]
        waits = []
        while not all(write.done() for write in writes):
            began = time.monotonic()
            assert editor.client.get("/structures?_=x", headers={"Cache-Control": "no-cache"}).status_code == 200
            waits.append(time.monotonic() - began)

    assert {write.result().status_code for write in writes} == {201}
    assert len(editor.found("foule")) == 60
    assert sorted(waits)[len(waits) // 2] < 1
