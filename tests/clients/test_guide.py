"""The partners' quick guide: its Python and JavaScript run against a service, and print what is written below them."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.tools import BIN, finished, node
from tests.processes import ROOT, new_key, serving

GUIDE = (ROOT / "docs" / "demarrage.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```(python|js)\n(.*?)```\n\n```text\n(.*?)```", GUIDE, re.DOTALL)
_ADDRESS = "http://127.0.0.1:8000"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory, imported: Path) -> Iterator[tuple[str, str]]:
    """A service of the catalogue of the repository, and a key of it."""
    directory = shutil.copytree(imported, tmp_path_factory.mktemp("guide") / "var")
    key = new_key(directory)
    with serving(directory) as base:
        yield base, key


def test_every_example_of_a_language_says_what_it_prints() -> None:
    assert len(EXAMPLES) == len(re.findall("```(?:python|js)\n", GUIDE)) >= 4
    assert {language for language, _, _ in EXAMPLES} == {"python", "js"}


@pytest.mark.parametrize(("language", "code", "printed"), EXAMPLES)
def test_an_example_prints_what_the_guide_says(
    own: tuple[str, str], language: str, code: str, printed: str, tmp_path: Path
) -> None:
    base, key = own
    assert _ADDRESS in code
    file = tmp_path / {"python": "example.py", "js": "example.mjs"}[language]
    file.write_text(code.replace(_ADDRESS, base), encoding="utf-8")
    if language == "js":
        done = node("node", file, cwd=tmp_path)
    else:
        done = finished([BIN / "python", file], cwd=tmp_path, ACTIONS_CLE=key)

    assert done.returncode == 0, done.stderr
    assert done.stdout == printed
