"""`GET /changes`: the change feed, also while several processes write."""

import sqlite3
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any, Self

import httpx

from app.api.schemas import changes as change_schemas
from tests.api.editor import Editor
from tests.http.test_http import problem
from tests.in_process import run_actions, running_server
from tests.processes import ROOT

_WRITERS = 3
_WRITES = 60  # of each

# Each writer creates, changes and deletes its own records and those of the others, without pauses.
_WRITER = f"""
import random, sys
from app.catalogue.action import Action
from app.catalogue.errors import Gone
from app.store.repository import Store
store, name = Store(sys.argv[1]), sys.argv[2]
draw = random.Random(name)
print("ready", flush=True)
sys.stdin.read()
for turn in range({_WRITES}):
    with store.write() as writer:
        numbers = [record.number for record in writer.records()]
        what = draw.random()
        try:
            if what < 0.4 or not numbers:
                writer.create(Action(titre=f"Action {{name}} {{turn}}", structure="Centre - Nord"), author=name)
            elif what < 0.8:
                chosen = draw.choice(numbers)
                writer.update(chosen, Action(titre=f"Revue {{name}} {{turn}}", structure="Centre - Nord"), author=name)
            else:
                writer.delete(draw.choice(numbers), author=name)
        except Gone:
            pass
"""


class Follower:
    """A copy of the catalogue that is updated from `/changes` only."""

    def __init__(self, base: str) -> None:
        self.client = httpx.Client(base_url=base, timeout=60)
        self.cursor = ""
        self.actions: dict[str, Any] = {}
        self.told: list[tuple[str, str]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def follow(self, limit: int) -> bool:
        """Apply one page; return whether there are more."""
        asked = {"limit": str(limit), **({"since": self.cursor} if self.cursor else {})}
        answer = self.client.get("/changes", params=asked)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        change_schemas.ChangeList.model_validate(page)
        for change in page["items"]:
            self.told.append((change["id"], change["time"] + str((change["action"] or {}).get("version"))))
            if change["kind"] == "suppression":
                assert change["action"] is None
                self.actions.pop(change["id"], None)
            else:
                self.actions[change["id"]] = change["action"]
        self.cursor = page["cursor"]
        return bool(page["more"])


def test_a_follower_misses_nothing_while_several_processes_write(tmp_path: Path) -> None:
    with running_server(tmp_path) as base, ExitStack() as stack:
        url = f"sqlite:///{tmp_path / 'actions.db'}"
        writers = [
            stack.enter_context(
                Popen([sys.executable, "-c", _WRITER, url, str(number)], stdin=PIPE, stdout=PIPE, cwd=ROOT)
            )
            for number in range(_WRITERS)
        ]
        pipes = [(writer.stdin, writer.stdout) for writer in writers if writer.stdin and writer.stdout]
        assert [output.readline() for _, output in pipes] == [b"ready\n"] * _WRITERS
        for waiting, _ in pipes:
            waiting.close()
        followers = [stack.enter_context(Follower(base)) for _ in range(3)]
        rounds = 0
        while any(writer.poll() is None for writer in writers):
            rounds += 1
            for limit, follower in zip((1, 7, 500), followers, strict=True):
                follower.follow(limit)
        assert [writer.wait() for writer in writers] == [0] * _WRITERS
        for follower in followers:
            while follower.follow(7):
                pass
        run_actions(tmp_path, "reindex")
        listed = httpx.get(f"{base}/actions?full=true&highlight=false&per_page=100").json()
        living = {item["id"]: item["version"] for item in listed["items"]}

    assert listed["total"] <= 100
    assert rounds > 3
    connection = sqlite3.connect(tmp_path / "actions.db")
    [(changes, records)] = connection.execute("SELECT count(*), count(DISTINCT action) FROM changes").fetchall()
    connection.close()
    assert changes > _WRITERS * _WRITES * 0.9
    for follower in followers:
        assert {identifier: action["version"] for identifier, action in follower.actions.items()} == living
        assert len(set(follower.told)) == len(follower.told)
        assert records <= len(follower.told) <= changes
    assert len(followers[1].told) > records, "the follower did not read while there were writes"


def test_changes_come_in_order_with_what_became_of_each(editor: Editor) -> None:
    start = editor.client.get("/changes?limit=500").json()["cursor"]
    one, tag_one = editor.created("Suivie")
    two, tag_two = editor.created("Supprimée")
    editor.patch(one, tag_one, resume="Modifiée")
    editor.delete(two, tag_two)
    page = editor.client.get("/changes", params={"since": start}).json()

    assert [(change["kind"], f"/actions/{change['id']}") for change in page["items"]] == [
        ("modification", one),
        ("suppression", two),
    ]
    assert page["items"][0]["action"] == editor.client.get(one).json()
    assert page["more"] is False
    assert editor.client.get(page["links"]["next"]).json()["items"] == []


def test_nothing_new_is_not_sent_again(editor: Editor) -> None:
    editor.created("Dernière")
    cursor = editor.client.get("/changes?limit=500").json()["cursor"]
    first = editor.client.get("/changes", params={"since": cursor})
    again = editor.client.get("/changes", params={"since": cursor}, headers={"If-None-Match": first.headers["etag"]})
    editor.created("Plus récente")
    later = editor.client.get("/changes", params={"since": cursor}, headers={"If-None-Match": first.headers["etag"]})

    assert first.json()["items"] == []
    assert first.headers["cache-control"] == "public, max-age=0, must-revalidate"
    assert again.status_code == 304
    assert [change["action"]["titre"] for change in later.json()["items"]] == ["Plus récente"]


def test_pages_lead_from_one_to_the_next(editor: Editor) -> None:
    for number in range(5):
        editor.created(f"Page {number}")
    address, seen = "/changes?limit=2", list[str]()
    while True:
        answer = editor.client.get(address)
        seen += [change["id"] for change in answer.json()["items"]]
        assert answer.links["next"]["url"] == answer.json()["links"]["next"]
        address = answer.json()["links"]["next"]
        if not answer.json()["more"]:
            break

    assert seen == [change["id"] for change in editor.client.get("/changes?limit=500").json()["items"]]


def test_what_is_no_cursor_is_refused(editor: Editor) -> None:
    for cursor in ("x", "é", "W10", "WzAsMF0"):
        assert (
            problem(editor.client.get("/changes", params={"since": cursor}), 422)["errors"][0]["parameter"] == "since"
        )
    for limit in ("0", "501", "x"):
        problem(editor.client.get("/changes", params={"limit": limit}), 422)
    problem(editor.client.get("/changes?depuis=x"), 400)


def test_a_cursor_of_another_catalogue_is_refused_with_the_way_to_start_anew(
    editor: Editor, client: httpx.Client
) -> None:
    editor.created("D'ici")
    cursor = editor.client.get("/changes?limit=500").json()["cursor"]
    document = problem(client.get("/changes", params={"since": cursor}), 410)

    assert document["type"].endswith(":curseur-perime")
    assert "recommencer sans « since »" in document["detail"]
    assert len(client.get("/changes?limit=500").json()["items"]) == 24


def test_a_write_leaves_no_stale_answer_in_memory(editor: Editor) -> None:
    reader = httpx.Client(base_url=str(editor.client.base_url))
    path, tag = editor.created("Fraîcheur", resume="zéro")
    addresses = [path, f"{path}.txt", f"{path}/history", "/changes?limit=500", "/actions?q=fraicheur&full=true"]
    for number in range(5):
        for address in addresses * 2:
            assert reader.get(address).status_code == 200
        tag = editor.patch(path, tag, resume=f"nouveauté {number}").headers["etag"]
        for address in addresses * 2:
            assert f"nouveauté {number}" in reader.get(address).text, address
    reader.close()


def test_the_time_that_a_write_takes_is_bounded(editor: Editor) -> None:
    waits = []
    for number in range(10):
        began = time.monotonic()
        editor.created(f"Chronométrée {number}")
        waits.append(time.monotonic() - began)

    assert sorted(waits)[5] < 2
