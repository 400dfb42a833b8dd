"""A serving process whose index is deleted, damaged or replaced: searches say 503 at most, records can still be read,
and the index comes back by itself, built once, with a log line.
"""

import json
import os
import pickle
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from app.catalogue.errors import IndexUnavailable
from app.service import CatalogueService, IndexMaintenance, index_maintenance
from tests.factories import make_action
from tests.processes import default_settings, run_actions, running_server
from tests.search.conftest import live_directory
from tests.search.test_whoosh_files import DAMAGES

_LONGEST = 30.0  # seconds until what heals by itself has done so
_NOTHING_KEPT = {"ACTIONS_ANSWER_CACHE": "0"}
_RECORD = "/actions/jardin-partage-1e0605"


def lines(data: Path, event: str) -> list[dict[str, object]]:
    """The log lines of the server in `data` that have that event."""
    found = [json.loads(line) for line in (data / "server.log").read_text().splitlines() if line.startswith("{")]
    return [line for line in found if line["event"] == event]


def ask_until_healed(base: str, sound: int) -> set[int]:
    """Ask for a word and a record until the word is found again; return the statuses of the searches until then."""
    statuses = set()
    deadline = time.monotonic() + _LONGEST
    with httpx.Client(base_url=base) as client:
        while time.monotonic() < deadline:
            assert client.get(_RECORD).status_code == httpx.codes.OK
            answer = client.get("/actions", params={"q": "jardin"})
            statuses.add(answer.status_code)
            if answer.status_code == httpx.codes.OK and answer.json()["total"] == sound:
                return statuses
            if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
                assert answer.headers["content-type"] == "application/problem+json"
                assert answer.headers["retry-after"]
            time.sleep(0.02)
    pytest.fail(f"not healed: {statuses}")


def _delete_all(index: Path) -> None:
    # In one step: a service that builds meanwhile would put files where they are being removed.
    gone = index.with_name(f"gone-{time.monotonic_ns()}")
    index.rename(gone)
    shutil.rmtree(gone)


def _files_of_another_program(index: Path) -> None:
    _delete_all(index)
    index.mkdir(exist_ok=True)
    (index / "current").write_bytes(os.urandom(4096))
    (index / "g-0").write_text("d'un autre programme")


def test_a_serving_process_heals_an_index_that_is_taken_away(filled: Path) -> None:
    # Kept answers would hide for half a second that the index is gone.
    with running_server(filled, "--workers", "2", settings=_NOTHING_KEPT) as base:
        sound = httpx.get(f"{base}/actions", params={"q": "jardin"}).json()["total"]
        _delete_all(filled / "index")
        assert ask_until_healed(base, sound) == {200, 503}
        _files_of_another_program(filled / "index")
        assert ask_until_healed(base, sound) <= {200, 503}
        # Each of these is a connection of its own, which any of the workers may take.
        wait_until(lambda: all(httpx.get(f"{base}/actions", params={"q": "jardin"}).is_success for _ in range(10)))

    assert run_actions(filled, "check").returncode == 0
    assert [path for path in (filled / "index").glob("g-*") if path.is_dir()] == [live_directory(filled / "index")]
    rebuilt = lines(filled, "index_rebuilt")
    assert 2 <= len(rebuilt) <= 4
    assert {line["change"] for line in rebuilt} == {24}
    assert all(line["reason"] for line in lines(filled, "index_unusable"))


def test_a_serving_process_heals_damage_that_shows_when_it_is_read(filled: Path) -> None:
    with running_server(filled, settings=_NOTHING_KEPT) as base:
        sound = httpx.get(f"{base}/actions", params={"q": "jardin"}).json()["total"]
        damaged = live_directory(filled / "index")
        for path in damaged.glob("*.cols"):
            os.truncate(path, 0)
        # What it has read already it knows; another word has to be looked up.
        assert httpx.get(f"{base}/actions", params={"q": "logement"}).status_code == httpx.codes.SERVICE_UNAVAILABLE
        wait_until(lambda: live_directory(filled / "index") != damaged)
        assert httpx.get(f"{base}/actions", params={"q": "logement"}).status_code == httpx.codes.OK
        assert httpx.get(f"{base}/actions", params={"q": "jardin"}).json()["total"] == sound

    assert len(lines(filled, "index_rebuilt")) == 1


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_every_damage_heals_without_a_write(
    damage: Callable[[Path], None], kept: tuple[CatalogueService, IndexMaintenance]
) -> None:
    catalogue, _ = kept
    damage(catalogue.engine._directory.path)  # type: ignore[attr-defined]

    wait_until(lambda: sound(catalogue))


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[tuple[CatalogueService, IndexMaintenance]]:
    """A catalogue of two records in two segments, and its keeper at work."""
    with CatalogueService.open(default_settings(tmp_path)) as catalogue:
        for titre in ("Jardin", "Théâtre"):
            with catalogue.store.write() as writer:
                writer.create(make_action(titre), author="test")
            catalogue.catch_up()
        keeper = IndexMaintenance(catalogue, interval=0.02)
        keeper.start()
        yield catalogue, keeper
        keeper.stop()


def sound(catalogue: CatalogueService) -> bool:
    """Whether the index can be used and holds what the store holds."""
    try:
        return catalogue.engine.unusable_reason(catalogue.store) is None and catalogue.health().lag == 0
    except IndexUnavailable:
        return False


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _LONGEST
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


class _Bomb:
    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self._path),)


def test_an_index_that_nothing_of_ours_names_is_never_unpickled(filled: Path) -> None:
    """Planted files are those of a Whoosh index, but the manifest that would name them is not of this program."""
    index, bang = filled / "index", filled / "bang"
    bomb = pickle.dumps(_Bomb(bang))
    pickle.loads(bomb)  # noqa: S301 - it is one
    bang.rmdir()
    for path in live_directory(index).glob("*.toc"):
        path.write_bytes(bomb)
    manifest = json.loads((index / "current").read_text())
    (index / "current").write_text(json.dumps({**manifest, "fingerprint": "d'ailleurs"}))
    with running_server(filled) as base:
        assert httpx.get(f"{base}/actions").json()["total"] == 24

    assert not bang.exists()


def test_an_index_of_another_catalogue_is_replaced(
    kept: tuple[CatalogueService, IndexMaintenance], tmp_path: Path
) -> None:
    catalogue, _ = kept
    with CatalogueService.open(default_settings(tmp_path / "other")) as other:
        for titre in ("Cuisine", "Danse"):
            with other.store.write() as writer:
                writer.create(make_action(titre), author="test")
        other.catch_up()
    shutil.rmtree(tmp_path / "index")
    shutil.copytree(tmp_path / "other" / "index", tmp_path / "index")

    wait_until(lambda: sound(catalogue))
    assert set(catalogue.engine.versions()) == {record.id for record in catalogue.store.records()}


def test_what_a_writer_left_behind_is_taken_in(
    kept: tuple[CatalogueService, IndexMaintenance], monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue, _ = kept
    monkeypatch.setattr(index_maintenance, "_MAX_LAG_SECONDS", 0.2)
    with catalogue.store.write() as writer:
        writer.create(make_action("Danse"), author="test")
    assert catalogue.health().lag == 1

    wait_until(lambda: sound(catalogue))


def test_an_index_that_is_damaged_again_and_again_is_built_less_and_less_often(
    kept: tuple[CatalogueService, IndexMaintenance],
) -> None:
    catalogue, keeper = kept
    pauses = [keeper._interval]
    for _ in range(3):
        shutil.rmtree(catalogue.engine._directory.path)  # type: ignore[attr-defined]
        wait_until(lambda: keeper._interval > pauses[-1])
        pauses.append(keeper._interval)

    assert pauses == [0.02, 0.04, 0.08, 0.16]
