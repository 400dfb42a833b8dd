"""Each file of `golden/` is read as the JSON file beside it says."""

import json
from pathlib import Path

import pytest

from app.catalogue.errors import UnreadableFile
from app.importing.files import read_export
from tests.importing.items import as_json

GOLDEN = Path(__file__).parent / "golden"
INPUTS = sorted(path.name for path in GOLDEN.iterdir() if path.suffix in {".txt", ".jsonl"})


@pytest.mark.parametrize("name", INPUTS)
def test_a_file_is_read_as_its_golden_answer_says(name, monkeypatch):
    monkeypatch.chdir(GOLDEN)
    try:
        said = as_json(read_export(Path(name)))
    except UnreadableFile as error:
        said = {"unreadable": str(error)}
    assert said == json.loads((GOLDEN / name).with_suffix(".json").read_text(encoding="utf-8"))
