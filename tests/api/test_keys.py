"""API keys: valid, invalid and revoked ones; no secret in a log."""

import re
import socket
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.api.editor import STRUCTURE, Editor
from tests.http.test_http import logged, problem
from tests.in_process import create_key_secret, run_actions
from tests.processes import running_server

_WRITES = [("POST", "/actions"), ("PUT", "/actions/x"), ("PATCH", "/actions/x"), ("DELETE", "/actions/x")]


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(scope="module")
def base(directory: Path) -> Iterator[str]:
    with running_server(directory, settings={"ACTIONS_LOG_LEVEL": "DEBUG"}) as base:
        yield base


@pytest.fixture
def editor(directory: Path, base: str) -> Iterator[Editor]:
    """A client with its own key for the server of this module."""
    with Editor(base, create_key_secret(directory, "Assidue")) as opened:
        yield opened


def identifier_of(editor: Editor) -> str:
    return editor.client.headers["authorization"].split("_")[1]


def ask(base: str, method: str, path: str, authorization: str | None) -> httpx.Response:
    headers = {"If-Match": "*", **({"Authorization": authorization} if authorization is not None else {})}
    return httpx.request(method, base + path, json={"titre": "x", "structure": STRUCTURE}, headers=headers)


@pytest.mark.parametrize(("method", "path"), _WRITES)
def test_writing_wants_a_key(base: str, method: str, path: str) -> None:
    for header in (None, "", "Bearer", "Basic YTpi"):
        answer = ask(base, method, path, header)
        problem(answer, 401)
        assert answer.headers["www-authenticate"] == 'Bearer realm="actions"'
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(("method", "path"), _WRITES)
def test_a_key_that_does_not_hold_is_refused(directory: Path, base: str, method: str, path: str) -> None:
    secret = create_key_secret(directory)
    for wrong in ("x", secret[:-1], secret + "0", secret.upper(), secret.replace("acs_", "acs_0"), f"{secret} x"):
        answer = ask(base, method, path, f"Bearer {wrong}")
        problem(answer, 401)
        assert 'error="invalid_token"' in answer.headers["www-authenticate"]


@pytest.mark.parametrize(("method", "path"), _WRITES)
def test_a_key_without_the_scope_may_not_write(directory: Path, base: str, method: str, path: str) -> None:
    answer = ask(base, method, path, f"Bearer {create_key_secret(directory, 'Lecteur', scope=None)}")

    problem(answer, 403)
    assert 'error="insufficient_scope", scope="ecriture"' in answer.headers["www-authenticate"]


def test_the_scheme_is_read_whatever_its_case(directory: Path, base: str) -> None:
    assert ask(base, "POST", "/actions", f"bEARER  {create_key_secret(directory)}").status_code == 201


def test_a_revoked_key_holds_no_longer_from_the_next_request_on(directory: Path, editor: Editor) -> None:
    path, tag = editor.created("Avant la révocation")
    done = run_actions(directory, "keys", "revoke", identifier_of(editor))

    assert done.returncode == 0
    assert "Assidue" in done.stdout
    problem(editor.patch(path, tag, resume="x"), 401)
    assert [entry["who"] for entry in editor.client.get(f"{path}/history").json()["items"]] == ["Assidue"]


def test_reading_needs_no_key_and_minds_no_bad_one(base: str) -> None:
    for path in ("/actions", "/changes", "/facets", "/structures"):
        for header in ({}, {"Authorization": "Bearer x"}, {"Authorization": "Basic x"}):
            assert httpx.get(base + path, headers=header).status_code == 200


def test_what_an_authorised_reader_asks_is_neither_kept_nor_answered_from_memory(directory: Path, base: str) -> None:
    own = {"Authorization": f"Bearer {create_key_secret(directory)}"}

    def counted() -> list[str]:
        return re.findall(r"^actions_answer_cache_total.*$", httpx.get(f"{base}/metrics").text, re.MULTILINE)

    def misses() -> float:
        return float(re.findall(r'outcome="miss"} (\S+)', httpx.get(f"{base}/metrics").text)[0])

    before = counted()
    for _ in range(2):
        assert httpx.get(f"{base}/facets?facet=public", headers=own).status_code == 200
    assert counted() == before
    # The cache stored nothing of it: the next request without a key is a miss.
    missed = misses()
    httpx.get(f"{base}/facets?facet=public")
    assert misses() == missed + 1


def test_last_use_is_noted_once_a_minute_at_most(directory: Path, editor: Editor) -> None:
    connection = sqlite3.connect(directory / "actions.db")

    def noted() -> str | None:
        [found] = connection.execute("SELECT used_at FROM api_keys WHERE id = ?", [identifier_of(editor)]).fetchone()
        return str(found) if found else None

    assert noted() is None
    editor.create("Usage un")
    first = noted()
    editor.create("Usage deux")
    assert first is not None
    assert noted() == first
    connection.close()
    assert re.search(
        r"Assidue · ecriture · créée \S+ \S+ UTC · utilisée \d{4}", run_actions(directory, "keys", "list").stdout
    )


def test_a_key_has_a_quota_of_its_own_whatever_it_asks_for(tmp_path: Path) -> None:
    settings = {"ACTIONS_RATE_LIMIT": "100", "ACTIONS_KEY_RATE_LIMIT": "1"}
    with running_server(tmp_path, settings=settings) as base:
        with (
            Editor(base, create_key_secret(tmp_path)) as editor,
            Editor(base, create_key_secret(tmp_path, "CAF")) as other,
        ):
            first = editor.create("Jardin partagé")
            refusals = [editor.patch("/actions/inconnue", "*", resume="x") for _ in range(7)]
            assert other.create("Danse").status_code == 201
            read = editor.client.get("/actions")
        with Editor(base, create_key_secret(tmp_path, "Lecteur", scope=None)) as reader:
            forbidden = [reader.create("Théâtre").status_code for _ in range(7)]

    assert first.headers["ratelimit-policy"] == '"address";q=500;w=5, "key";q=5;w=5'
    assert first.headers["ratelimit"].endswith('"key";r=4;t=1')
    assert [answer.status_code for answer in refusals[:4]] == [404] * 4
    last = refusals[-1]
    assert problem(last, 429)["type"].endswith(":trop-de-demandes")
    assert last.headers["retry-after"] == "1"
    assert last.headers["ratelimit"].endswith('"key";r=0;t=1')
    assert (read.status_code, "key" in read.headers["ratelimit"]) == (200, False)
    assert forbidden[:5] == [403] * 5
    assert forbidden[-1] == 429


def test_no_secret_is_stored_or_logged(directory: Path, base: str, editor: Editor) -> None:
    secret = editor.client.headers["authorization"].removeprefix("Bearer ")
    path, tag = editor.created("Sans trace")
    editor.patch(path, tag, titre=None)
    editor.client.post("/actions", content=b"{", headers={"Content-Type": "application/json"})
    forged = secret[:-4] + "beef"
    ask(base, "POST", "/actions", f"Bearer {forged}")
    files = [file for file in directory.rglob("*") if file.is_file()]

    assert any(file.name == "server.log" and b"request" in file.read_bytes() for file in files)
    for file in files:
        held = file.read_bytes()
        assert secret.split("_")[2].encode() not in held, file
        assert forged.split("_")[2].encode() not in held, file


def test_a_body_that_breaks_off_is_no_error_of_the_server(directory: Path, base: str, editor: Editor) -> None:
    host, _, port = base.removeprefix("http://").partition(":")
    head = (
        f"POST /actions HTTP/1.1\r\nHost: x\r\nX-Request-Id: interrompue\r\nContent-Length: 100\r\n"
        f"Authorization: {editor.client.headers['authorization']}\r\nContent-Type: application/json\r\n\r\n"
    )
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(head.encode() + b'{"titre": ')
    noted = logged(directory / "server.log", "interrompue")

    assert [(line["event"], line["status"]) for line in noted] == [("request", 400)]
