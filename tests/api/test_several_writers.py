"""Several processes on one catalogue: reads after another process's write, and conflicting writes."""

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.api.editor import STRUCTURE, Editor
from tests.http.test_http import problem
from tests.in_process import create_key_secret
from tests.processes import run_actions, running_server

_ROUNDS = 15


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Editor, Editor]]:
    """Clients with one key at two servers of one catalogue."""
    directory = tmp_path_factory.mktemp("shared")
    secret = create_key_secret(directory)
    with ExitStack() as stack:
        first, second = [
            stack.enter_context(Editor(stack.enter_context(running_server(directory)), secret)) for _ in range(2)
        ]
        yield first, second


def test_what_one_process_wrote_the_other_finds_within_a_second(two: tuple[Editor, Editor]) -> None:
    for number in range(_ROUNDS):
        writer, reader = two if number % 2 else two[::-1]
        path, tag = writer.created(f"Partagée {number}")
        identifier = path.rpartition("/")[2]
        assert identifier in writer.found("partagée")
        deadline = time.monotonic() + 1
        while identifier not in reader.found("partagée"):
            assert time.monotonic() < deadline
        answer = reader.patch(path, tag, titre=f"Reprise {number}")
        assert answer.status_code == 200
        assert writer.client.get(path).headers["etag"] == answer.headers["etag"]


def test_of_writers_with_one_tag_exactly_one_wins(two: tuple[Editor, Editor]) -> None:
    for number in range(_ROUNDS):
        path, tag = two[0].created(f"Disputée {number}")
        with ThreadPoolExecutor(8) as pool:
            answers = list(
                pool.map(lambda n: two[n % 2].patch(path, tag, resume=f"par {n}"), range(8))  # noqa: B023 - joined here
            )
        assert Counter(answer.status_code for answer in answers) == {200: 1, 412: 7}
        [won] = [answer.json() for answer in answers if answer.status_code == 200]
        assert two[0].client.get(path).json()["resume"] == won["resume"]
        history = two[0].client.get(f"{path}/history").json()["items"]
        assert [entry["number"] for entry in history] == [2, 1]


def test_of_creators_of_one_identity_exactly_one_wins(two: tuple[Editor, Editor]) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: two[n % 2].create("Convoitée"), range(8)))

    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 7}
    assert len(two[1].found("convoitée")) == 1


def test_a_repeat_at_another_process_gives_the_same_answer(two: tuple[Editor, Editor]) -> None:
    host = {"Host": "actions.example", "Idempotency-Key": "une fois"}
    document = {"titre": "Répétée", "structure": STRUCTURE}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: two[n % 2].client.post("/actions", json=document, headers=host), range(8)))

    assert Counter(answer.status_code for answer in answers) == {201: 8}
    assert len({answer.content for answer in answers}) == 1


def test_many_writers_at_workers_that_share_a_port_lose_nothing(tmp_path: Path) -> None:
    secret = create_key_secret(tmp_path)
    with running_server(tmp_path, "--workers", "2") as base:

        def write(number: int) -> tuple[str, bool]:
            # A new client, whose connection any worker may accept.
            with Editor(base, secret) as editor:
                path, tag = editor.created(f"Ouvrage {number}")
                answer = editor.patch(path, tag, resume=f"Chapitre {number}")
                assert answer.status_code == 200, answer.text
                assert path.rpartition("/")[2] in editor.found(f"ouvrage {number}")
                if number % 5 == 0:
                    assert editor.delete(path, answer.headers["etag"]).status_code == 204
                return path, number % 5 == 0

        with ThreadPoolExecutor(6) as pool:
            written = list(pool.map(write, range(40)))
        kept = {path.rpartition("/")[2] for path, deleted in written if not deleted}
        deadline = time.monotonic() + 1
        for _ in range(20):
            # New connections, so that both workers answer.
            listed = httpx.get(f"{base}/actions?per_page=100&fields=id").json()["items"]
            assert {item["id"] for item in listed} == kept or time.monotonic() < deadline
        for path, deleted in written:
            answer = httpx.get(base + path)
            assert answer.status_code == (410 if deleted else 200)
            assert deleted or answer.json()["version"] == 2
    checked = run_actions(tmp_path, "check")

    assert checked.returncode == 0, checked.stdout
    assert "32 fiches vérifiées" in checked.stdout


def test_a_write_that_the_index_cannot_take_is_kept_said_and_found_after_the_next_one(tmp_path: Path) -> None:
    editor_key = create_key_secret(tmp_path)
    with running_server(tmp_path) as base, Editor(base, editor_key) as editor:
        path, tag = editor.created("Avant la panne")
        # A file in place of the index directory: no user can write there.
        (tmp_path / "index").rename(tmp_path / "aside")
        (tmp_path / "index").touch()
        created = editor.create("Pendant la panne")
        patched = editor.patch(path, tag, resume="Corrigée pendant la panne")
        read = editor.client.get(path)
        searched = editor.client.get("/actions?q=panne")
        (tmp_path / "index").unlink()
        (tmp_path / "aside").rename(tmp_path / "index")
        healed = editor.create("Après la panne")

        assert [answer.status_code for answer in (created, patched, healed)] == [201, 200, 201]
        assert [answer.headers.get("search-status") for answer in (created, patched, healed)] == ["late", "late", None]
        assert read.json()["resume"] == "Corrigée pendant la panne"
        problem(searched, 503)
        assert len(editor.found("panne")) == 3
        assert editor.found("corrigée") == [path.rpartition("/")[2]]
    assert "written_but_not_indexed" in (tmp_path / "server.log").read_text(encoding="utf-8")
    assert run_actions(tmp_path, "check").returncode == 0
