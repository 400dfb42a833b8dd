"""A catalogue that an earlier release wrote is served by this program, and what its clients hold stays valid.

A directory here is a release; `scripts/upgrade_fixture.py` has written it with the program of that release.
"""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from alembic.script import ScriptDirectory

from app.store.migrations import configuration
from tests.processes import WITHOUT_COVERAGE, run_actions, running_server

_RELEASES = sorted(Path(__file__).parent.glob("*.*.*"))


def unpacked(release: Path, directory: Path) -> Path:
    """Return a copy of the data directory that `release` wrote."""
    shutil.unpack_archive(release / "var.zip", directory)
    return directory / "var"


@pytest.fixture(scope="module", params=_RELEASES, ids=lambda release: release.name)
def release(request: pytest.FixtureRequest) -> Path:
    """The files of an earlier release."""
    path: Path = request.param
    return path


@pytest.fixture(scope="module")
def held(release: Path) -> dict[str, Any]:
    """What a client of that release holds: identifiers, cursors, tags, a key."""
    held: dict[str, Any] = json.loads((release / "state.json").read_text(encoding="utf-8"))
    return held


@pytest.fixture(scope="module")
def data_dir(release: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory of that release."""
    return unpacked(release, tmp_path_factory.mktemp("upgrade"))


@pytest.fixture(scope="module")
def client(data_dir: Path) -> Iterator[httpx.Client]:
    """A client of today's service of that directory."""
    settings = {"ACTIONS_PUBLIC_URL": "https://actions.example"}
    with running_server(data_dir, settings=settings) as base, httpx.Client(base_url=base) as client:
        yield client


def authorized(held: dict[str, Any], **headers: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {held['key']}", **headers}


def titles(client: httpx.Client, query: str) -> list[str]:
    answer = client.get("/actions", params={"q": query, "fields": "titre"})
    return [item["titre"] for item in answer.raise_for_status().json()["items"]]


def test_there_is_a_release_to_upgrade_from() -> None:
    assert "0.1.0" in {release.name for release in _RELEASES}


def test_commands_migrate_and_find_nothing_to_repair(release: Path, tmp_path: Path) -> None:
    data_dir = unpacked(release, tmp_path)
    assert run_actions(data_dir, "reindex", **WITHOUT_COVERAGE).returncode == 0
    checked = run_actions(data_dir, "check", **WITHOUT_COVERAGE)

    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "25 fiches vérifiées : rien à réparer." in checked.stdout


def test_a_backup_of_that_release_is_restored(release: Path, tmp_path: Path) -> None:
    backup = unpacked(release, tmp_path) / "actions.db"
    restored = run_actions(tmp_path / "new", "restore", backup, **WITHOUT_COVERAGE)
    assert restored.returncode == 0, restored.stderr
    checked = run_actions(tmp_path / "new", "check", **WITHOUT_COVERAGE)

    assert "25 fiches vérifiées : rien à réparer." in checked.stdout


def test_the_service_migrates_the_database(client: httpx.Client, data_dir: Path) -> None:
    assert client.get("/health/ready").status_code == 200
    connection = sqlite3.connect(data_dir / "actions.db")
    [reached] = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    connection.close()

    assert reached == ScriptDirectory.from_config(configuration()).get_current_head()


def test_the_index_answers(client: httpx.Client) -> None:
    assert "Jardin partagé" in titles(client, "jardin partagé")
    assert titles(client, "titre:toit jardin")[0] == "Un jardin sur le toit"


def test_the_log_tells_of_no_error(client: httpx.Client, data_dir: Path) -> None:
    client.get("/health/ready")
    lines = [json.loads(line) for line in (data_dir / "server.log").read_text().splitlines() if line.startswith("{")]

    assert "started" in {line["event"] for line in lines}
    assert [line for line in lines if line["level"] in {"error", "critical"}] == []


def test_records_keep_their_identifiers(client: httpx.Client, held: dict[str, Any]) -> None:
    answer = client.get("/actions", params={"sort": "titre", "per_page": "100", "fields": "id"})

    assert [item["id"] for item in answer.json()["items"]] == held["ids"]


def test_records_keep_their_content_and_history(client: httpx.Client, held: dict[str, Any]) -> None:
    path = f"/actions/{held['record']['id']}"

    assert client.get(path).json().items() >= held["record"].items()
    assert client.get(f"{path}/history").json()["items"] == held["history"]["items"]


def test_a_deleted_record_stays_deleted(client: httpx.Client, held: dict[str, Any]) -> None:
    assert client.get(f"/actions/{held['deleted']}").status_code == 410


def test_the_cursor_of_a_list_goes_on(client: httpx.Client, held: dict[str, Any]) -> None:
    ids = [item["id"] for item in held["page"]["items"]]
    cursor = held["page"]["next_cursor"]
    while cursor:
        parameters = {"sort": "titre", "per_page": "5", "fields": "id,titre", "cursor": cursor}
        page = client.get("/actions", params=parameters).raise_for_status().json()
        ids += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]

    assert ids == held["ids"]


def test_the_cursor_of_changes_goes_on(client: httpx.Client, held: dict[str, Any]) -> None:
    answer = client.get("/changes", params={"since": held["changes_cursor"]}).raise_for_status()
    later = [{"kind": item["kind"], "id": item["id"]} for item in answer.json()["items"]]

    # Another test of this module may have written since.
    assert later[: len(held["later_changes"])] == held["later_changes"]


@pytest.mark.parametrize("kind", ["page", "record"])
def test_a_tag_of_the_earlier_program_is_answered_anew(client: httpx.Client, held: dict[str, Any], kind: str) -> None:
    path = held[kind]["links"]["self"].removeprefix("https://actions.example")
    fresh = client.get(path, headers={"If-None-Match": held[f"{kind}_etag"]})
    again = client.get(path, headers={"If-None-Match": fresh.headers["etag"]})

    assert fresh.status_code == 200
    assert again.status_code == 304


def test_a_write_with_a_tag_of_the_earlier_program(client: httpx.Client, held: dict[str, Any], release: Path) -> None:
    path, same = f"/actions/{held['record']['id']}", {"resume": held["record"]["resume"]}
    earlier = client.patch(path, json=same, headers=authorized(held, **{"If-Match": held["record_etag"]}))
    read_again = authorized(held, **{"If-Match": client.get(path).headers["etag"]})

    # Tags of 0.1.0 hold its version among the rest; those of later programs begin with all that If-Match compares.
    assert earlier.status_code == (412 if release.name == "0.1.0" else 200)
    assert client.patch(path, json=same, headers=read_again).status_code == 200


def test_the_key_still_writes(client: httpx.Client, held: dict[str, Any]) -> None:
    path = "/actions/ateliers-parents-enfants-pour-parents-en-difficultes-695c0a"
    before = client.get(path)
    headers = authorized(held, **{"If-Match": before.headers["etag"]})
    after = client.patch(path, json={"limites": "Aucune"}, headers=headers)

    assert after.status_code == 200, after.text
    assert after.json()["version"] == before.json()["version"] + 1
    assert client.get(path).json()["limites"] == "Aucune"


def test_a_creation_that_is_repeated_creates_nothing(client: httpx.Client, held: dict[str, Any]) -> None:
    headers = authorized(held, **{"Idempotency-Key": held["idempotency_key"]})
    repeated = client.post("/actions", json=held["document"], headers=headers)

    assert repeated.is_success, repeated.text
    assert repeated.json()["id"] == held["record"]["id"]
    assert client.get("/actions").json()["total"] == len(held["ids"])
