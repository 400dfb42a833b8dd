"""Index maintenance repairs an index that is deleted, damaged or replaced.

Meanwhile searches get 503 at worst, and records can be read. One process rebuilds the index, with a log line.
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

_MAX_REPAIR_SECONDS = 30.0
_NO_RESPONSE_CACHE = {"ACTIONS_ANSWER_CACHE": "0"}
_RECORD = "/actions/jardin-partage-1e0605"


def lines(data: Path, event: str) -> list[dict[str, object]]:
    """Return the log lines with that event of the server in `data`."""
    logged = [json.loads(line) for line in (data / "server.log").read_text().splitlines() if line.startswith("{")]
    return [line for line in logged if line["event"] == event]


def search_until_repaired(base: str, sound: int) -> set[int]:
    """Search until the word has its matches again, and return the statuses; a record can be read throughout."""
    statuses = set()
    deadline = time.monotonic() + _MAX_REPAIR_SECONDS
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
    pytest.fail(f"not repaired: {statuses}")


def _delete_all(index: Path) -> None:
    # Rename first: a rebuild at the same time would add files to the directory being deleted.
    gone = index.with_name(f"gone-{time.monotonic_ns()}")
    index.rename(gone)
    shutil.rmtree(gone)


def _files_of_another_program(index: Path) -> None:
    _delete_all(index)
    index.mkdir(exist_ok=True)
    (index / "current").write_bytes(os.urandom(4096))
    (index / "g-0").write_text("d'un autre programme")


def test_a_serving_process_repairs_a_deleted_index(filled: Path) -> None:
    # Cached responses would hide for half a second that the index is gone.
    with running_server(filled, "--workers", "2", settings=_NO_RESPONSE_CACHE) as base:
        sound = httpx.get(f"{base}/actions", params={"q": "jardin"}).json()["total"]
        _delete_all(filled / "index")
        assert search_until_repaired(base, sound) == {200, 503}
        _files_of_another_program(filled / "index")
        assert search_until_repaired(base, sound) <= {200, 503}
        # Each request is a connection of its own, which any worker may accept.
        wait_until(lambda: all(httpx.get(f"{base}/actions", params={"q": "jardin"}).is_success for _ in range(10)))

    assert run_actions(filled, "check").returncode == 0
    assert [path for path in (filled / "index").glob("g-*") if path.is_dir()] == [live_directory(filled / "index")]
    rebuilt = lines(filled, "index_rebuilt")
    assert 2 <= len(rebuilt) <= 4
    assert {line["change"] for line in rebuilt} == {24}
    assert all(line["reason"] for line in lines(filled, "index_unusable"))


def test_a_serving_process_repairs_damage_found_by_a_search(filled: Path) -> None:
    with running_server(filled, settings=_NO_RESPONSE_CACHE) as base:
        sound = httpx.get(f"{base}/actions", params={"q": "jardin"}).json()["total"]
        damaged = live_directory(filled / "index")
        for path in damaged.glob("*.cols"):
            os.truncate(path, 0)
        # The postings of the first word are cached; those of another word have to be read.
        assert httpx.get(f"{base}/actions", params={"q": "logement"}).status_code == httpx.codes.SERVICE_UNAVAILABLE
        wait_until(lambda: live_directory(filled / "index") != damaged)
        assert httpx.get(f"{base}/actions", params={"q": "logement"}).status_code == httpx.codes.OK
        assert httpx.get(f"{base}/actions", params={"q": "jardin"}).json()["total"] == sound

    assert len(lines(filled, "index_rebuilt")) == 1


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_every_damage_is_repaired_without_a_write(
    damage: Callable[[Path], None], maintained: tuple[CatalogueService, IndexMaintenance]
) -> None:
    catalogue, _ = maintained
    damage(catalogue.engine._directory.path)  # type: ignore[attr-defined]

    wait_until(lambda: sound(catalogue))


@pytest.fixture
def maintained(tmp_path: Path) -> Iterator[tuple[CatalogueService, IndexMaintenance]]:
    """A catalogue of two records in two segments, and its running index maintenance."""
    with CatalogueService.open(default_settings(tmp_path)) as catalogue:
        for titre in ("Jardin", "Théâtre"):
            with catalogue.store.write() as writer:
                writer.create(make_action(titre), author="test")
            catalogue.catch_up()
        maintenance = IndexMaintenance(catalogue, interval=0.02)
        maintenance.start()
        yield catalogue, maintenance
        maintenance.stop()


def sound(catalogue: CatalogueService) -> bool:
    """Tell whether the index is usable and has every change of the store."""
    try:
        return catalogue.engine.unusable_reason(catalogue.store) is None and catalogue.health().lag == 0
    except IndexUnavailable:
        return False


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _MAX_REPAIR_SECONDS
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


class _Bomb:
    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self._path),)


def test_an_index_without_a_manifest_of_this_program_is_never_unpickled(filled: Path) -> None:
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
    maintained: tuple[CatalogueService, IndexMaintenance], tmp_path: Path
) -> None:
    catalogue, _ = maintained
    with CatalogueService.open(default_settings(tmp_path / "other")) as other:
        for titre in ("Cuisine", "Danse"):
            with other.store.write() as writer:
                writer.create(make_action(titre), author="test")
        other.catch_up()
    shutil.rmtree(tmp_path / "index")
    shutil.copytree(tmp_path / "other" / "index", tmp_path / "index")

    wait_until(lambda: sound(catalogue))
    assert set(catalogue.engine.versions()) == {record.id for record in catalogue.store.records()}


def test_changes_that_a_writer_did_not_index_are_applied(
    maintained: tuple[CatalogueService, IndexMaintenance], monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue, _ = maintained
    monkeypatch.setattr(index_maintenance, "_MAX_LAG_SECONDS", 0.2)
    with catalogue.store.write() as writer:
        writer.create(make_action("Danse"), author="test")
    assert catalogue.health().lag == 1

    wait_until(lambda: sound(catalogue))


def test_an_index_that_is_damaged_repeatedly_is_rebuilt_at_growing_intervals(
    maintained: tuple[CatalogueService, IndexMaintenance],
) -> None:
    catalogue, maintenance = maintained
    intervals = [maintenance._interval]
    for _ in range(3):
        shutil.rmtree(catalogue.engine._directory.path)  # type: ignore[attr-defined]
        wait_until(lambda: maintenance._interval > intervals[-1])
        intervals.append(maintenance._interval)

    assert intervals == [0.02, 0.04, 0.08, 0.16]
