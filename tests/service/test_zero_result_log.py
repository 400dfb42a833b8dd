"""The zero-result log: entries, disk errors, concurrent processes, and its summary."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from app.service.zero_result_log import ZeroResultLog
from tests.processes import ROOT


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "recherches-sans-resultat.jsonl"


def test_a_search_is_logged_with_its_day_and_without_its_client(path: Path) -> None:
    before = datetime.now(UTC).date()
    ZeroResultLog(path).add("soutien\nà la « parentalité »", 3)
    (line,) = path.read_text(encoding="utf-8").splitlines()
    noted = json.loads(line)

    assert noted.keys() == {"q", "total", "date"}
    assert (noted["q"], noted["total"]) == ("soutien\nà la « parentalité »", 3)
    assert before.isoformat() <= noted["date"] <= datetime.now(UTC).date().isoformat()
    assert path.stat().st_mode & 0o077 == 0


def test_searches_are_counted_without_case_and_accents_the_most_frequent_first(path: Path) -> None:
    log = ZeroResultLog(path)
    for text in ["skate", "Épicerie", "épicerie", "epicerie", "épicerie", "arbre  à palabres", "Skate", "zumba"]:
        log.add(text, 0)

    assert log.most_frequent() == [("épicerie", 4), ("Skate", 2), ("arbre à palabres", 1), ("zumba", 1)]
    assert log.most_frequent(1) == [("épicerie", 4)]


def test_an_absent_log_lists_nothing(path: Path) -> None:
    assert ZeroResultLog(path).most_frequent() == []


@pytest.mark.parametrize(
    "damaged",
    [b"{", b"", b"null", b"[1]", b'"q"', b'{"q":7}', b"{}", b'{"q":""}', b'{"q":"\xe9t\xe9"}', b"[" * 5000, b"\x00"],
)
def test_a_damaged_line_is_skipped(path: Path, damaged: bytes) -> None:
    log = ZeroResultLog(path)
    log.add("skate", 0)
    with path.open("ab") as file:
        file.write(damaged + b"\n")
    log.add("skate", 0)

    assert log.most_frequent() == [("skate", 2)]


def test_control_characters_are_removed_from_listed_searches(path: Path) -> None:
    log = ZeroResultLog(path)
    log.add("\x1b[2Jskate\u202e\x07", 0)
    log.add("\x1b\u200b", 0)

    assert log.most_frequent() == [("[2Jskate", 1)]


def test_a_text_with_a_surrogate_is_logged(path: Path) -> None:
    log = ZeroResultLog(path)
    log.add("caf\udce9", 0)

    assert log.most_frequent() == [("caf?", 1)]


@pytest.mark.parametrize("place", ["nowhere/file.jsonl", "."])
def test_a_disk_error_is_logged_and_breaks_nothing(tmp_path: Path, place: str) -> None:
    with capture_logs() as logs:
        ZeroResultLog(tmp_path / place).add("skate", 0)

    assert [(log["event"], log["log_level"]) for log in logs] == [("search_not_noted", "warning")]
    assert "skate" not in str(logs)


def test_a_full_disk_is_a_disk_error(tmp_path: Path) -> None:
    (tmp_path / "full.jsonl").symlink_to("/dev/full")
    with capture_logs() as logs:
        ZeroResultLog(tmp_path / "full.jsonl").add("skate", 0)

    assert [log["event"] for log in logs] == ["search_not_noted"]


def test_a_log_beyond_its_size_is_rotated_and_one_old_file_kept(path: Path) -> None:
    log = ZeroResultLog(path, max_bytes=200)
    for number in range(20):
        log.add(f"recherche {number}", 0)
    files = sorted(file.name for file in path.parent.iterdir())
    listed = dict(log.most_frequent())

    assert files == [path.name, f"{path.name}.1"]
    assert all(file.stat().st_size <= 200 + 60 for file in path.parent.iterdir())
    assert "recherche 19" in listed
    assert "recherche 0" not in listed


def test_concurrent_rotations_never_replace_the_old_file_by_a_new_one(path: Path) -> None:
    def note(number: int) -> None:
        ZeroResultLog(path, max_bytes=2000).add(f"recherche {number}", 0)

    with ThreadPoolExecutor(16) as threads:
        for turn in range(20):
            list(threads.map(note, range(turn * 100, turn * 100 + 100)))
            older = path.with_name(f"{path.name}.1")
            assert older.stat().st_size > 2000


def test_lines_of_several_processes_do_not_mix(path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from app.service.zero_result_log import ZeroResultLog; "
        "log = ZeroResultLog(Path(sys.argv[1])); [log.add('aide ' * 90, 0) for _ in range(500)]"
    )
    processes = [subprocess.Popen([sys.executable, "-c", program, path], cwd=ROOT) for _ in range(3)]

    assert [process.wait(timeout=60) for process in processes] == [0, 0, 0]
    assert ZeroResultLog(path).most_frequent() == [(("aide " * 90).strip(), 1500)]
