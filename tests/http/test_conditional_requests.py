"""Entity tags across processes and across versions of the program."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.in_process import create_key_secret
from tests.processes import environment

ROOT = Path(__file__).parents[2]
RECORD = "/actions/jardin-partage-1e0605"

# Runs the program in the working directory, and prints the status of a PATCH with the key and the tag in its arguments
# (null without a key), then the tags of a list, a page and a record.
_CLIENT = f"""
import asyncio, json, sys
import httpx
from app.main import create_app

async def main(secret, tag):
    app = create_app()
    async with app.router.lifespan_context(app):
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
            headers = {{"Authorization": f"Bearer {{secret}}", "If-Match": tag}}
            patch = await client.patch("{RECORD}", json={{"resume": "Après"}}, headers=headers) if secret else None
            tags = [(await client.get(path)).headers["etag"] for path in ("/actions", "/", "{RECORD}")]
    print(json.dumps([patch and patch.status_code, *tags]))

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture
def changed_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the program with one more comment."""
    directory = tmp_path_factory.mktemp("program")
    for name in ("app", "data", "migrations"):
        shutil.copytree(ROOT / name, directory / name, ignore=shutil.ignore_patterns("__pycache__"))
    with (directory / "app" / "api" / "actions.py").open("a", encoding="utf-8") as module:
        module.write("# Changed.\n")
    return directory


def ask(program: Path, data_dir: Path, secret: str = "", tag: str = "") -> list[str]:
    """Run `_CLIENT` on a copy of the program; return what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", _CLIENT, secret, tag],
        cwd=program,
        env={**os.environ, **environment(data_dir), "ACTIONS_LOG_LEVEL": "ERROR"},
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    answer: list[str] = json.loads(done.stdout.splitlines()[-1])
    return answer


def test_tags_change_with_the_program_and_not_with_the_process(filled: Path, changed_program: Path) -> None:
    first, again, changed = ask(ROOT, filled), ask(ROOT, filled), ask(changed_program, filled)

    assert again == first
    assert all(new != old for new, old in zip(changed[1:], first[1:], strict=True))


def test_a_record_read_before_an_upgrade_may_be_changed_after_it(filled: Path, changed_program: Path) -> None:
    secret = create_key_secret(filled)
    *_, tag = ask(ROOT, filled)
    status, *_, tag_after = ask(changed_program, filled, secret, tag)

    assert status == 200
    assert tag_after != tag
    assert ask(changed_program, filled, secret, tag)[0] == 412
