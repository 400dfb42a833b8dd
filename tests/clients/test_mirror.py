"""The example that mirrors the catalogue stays in step: under writes, killed and started again, and after a restore."""

import json
import sqlite3
import subprocess
import sys
import threading
import time
from itertools import count
from pathlib import Path

import httpx

from tests.api.editor import Editor
from tests.processes import ROOT, new_key, run, serving

MIRROR = ROOT / "examples" / "miroir.py"
_KILLS = 3


def mirror(base: str, copy: Path, *options: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, MIRROR, base, copy, *options], stdout=subprocess.DEVNULL)


def finish(base: str, copy: Path) -> None:
    """Bring a copy up to date."""
    with mirror(base, copy) as process:
        assert process.wait(timeout=60) == 0


def copied(copy: Path) -> dict[str, object]:
    """Return the records of a copy by their identifiers."""
    with sqlite3.connect(copy) as opened:
        rows = opened.execute("SELECT id, fiche FROM actions").fetchall()
    opened.close()
    return {identifier: json.loads(record) for identifier, record in rows}


def held(base: str) -> dict[str, object]:
    """Return the records of a service by their identifiers."""
    with httpx.Client(base_url=base) as client:
        address, found = "/actions?fields=id&per_page=100", []
        while address:
            page = client.get(address).json()
            found += page["items"]
            address = page["links"]["next"]
        return {item["id"]: client.get(f"/actions/{item['id']}").json() for item in found}


def write(editor: Editor, enough: threading.Event) -> None:
    """Create, change and delete until it is enough."""
    for number in count():
        if enough.is_set():
            return
        path, tag = editor.created(f"Atelier {number}")
        if number % 2:
            tag = editor.patch(path, tag, resume=f"Le numéro {number}").headers["etag"]
        if number % 3 == 0:
            assert editor.delete(path, tag).status_code == 204


def until_it_grows(copy: Path, beyond: int) -> int:
    """Wait until a copy has more than so many records and return how many."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if (size := len(copied(copy))) > beyond:
            return size
        time.sleep(0.02)
    raise AssertionError("the copy does not grow")


def test_a_mirror_that_is_killed_while_others_write_ends_in_step(filled: Path) -> None:
    copy = filled / "copy.db"
    with serving(filled) as base, Editor(base, new_key(filled)) as editor:
        finish(base, copy)
        assert copied(copy) == held(base)
        enough = threading.Event()
        writer = threading.Thread(target=write, args=[editor, enough])
        writer.start()
        size = len(copied(copy))
        for _ in range(_KILLS):
            with mirror(base, copy, "--suivre", "0") as following:
                size = until_it_grows(copy, size)
                following.kill()
        enough.set()
        writer.join(timeout=60)
        assert not writer.is_alive()

        finish(base, copy)
        records = copied(copy)
        assert len(records) >= 24 + _KILLS
        assert records == held(base)


def test_a_mirror_starts_over_when_the_catalogue_is_another_one(tmp_path: Path, sample_export: Path) -> None:
    copy = tmp_path / "copy.db"
    before, after = tmp_path / "before", tmp_path / "after"
    for directory in (before, after):
        directory.mkdir()
        assert run(directory, "import", sample_export).returncode == 0
    with serving(before) as base, Editor(base, new_key(before)) as editor:
        editor.created("Il n'y est que là")
        finish(base, copy)
        assert len(copied(copy)) == 25

    with serving(after) as base:
        finish(base, copy)
        assert copied(copy) == held(base)
