"""The partners' quick guide: its examples run against a service, and give what is written below them."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.tools import BIN, finished, node
from tests.house.test_docs import holds
from tests.in_process import create_key_secret, running_server
from tests.processes import ROOT

GUIDE = (ROOT / "docs" / "demarrage.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```(sh|python|js)\n(.*?)```\n\n```(text|json)\n(.*?)```", GUIDE, re.DOTALL)
_ADDRESS = "http://127.0.0.1:8000"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory, imported: Path) -> Iterator[tuple[str, str]]:
    """A service of the catalogue of the repository, and a key of it."""
    directory = shutil.copytree(imported, tmp_path_factory.mktemp("guide") / "var")
    key = create_key_secret(directory)
    with running_server(directory) as base:
        yield base, key


def test_every_example_of_a_language_says_what_it_prints() -> None:
    assert len(EXAMPLES) == len(re.findall("```(?:sh|python|js)\n", GUIDE)) >= 8
    assert {language for language, *_ in EXAMPLES} == {"sh", "python", "js"}


@pytest.mark.parametrize("example", EXAMPLES, ids=[f"{language}-{at}" for at, (language, *_) in enumerate(EXAMPLES)])
def test_an_example_prints_what_the_guide_says(
    own: tuple[str, str], example: tuple[str, str, str, str], tmp_path: Path
) -> None:
    base, key = own
    language, code, form, printed = example
    assert _ADDRESS in code
    file = tmp_path / {"sh": "example.sh", "python": "example.py", "js": "example.mjs"}[language]
    file.write_text(code.replace(_ADDRESS, base), encoding="utf-8")
    if language == "js":
        done = node("node", file, cwd=tmp_path)
    else:
        program = "bash" if language == "sh" else BIN / "python"
        done = finished([program, file], cwd=tmp_path, ACTIONS_CLE=key)

    assert done.returncode == 0, done.stderr
    if form == "json":
        assert holds(json.loads(done.stdout), json.loads(printed.replace(_ADDRESS, base)))
    else:
        assert done.stdout.replace("\r\n", "\n") == printed
