"""The relevance benchmark: its arithmetic on a collection made by hand, and the figures that the documents state."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.relevance import judge
from tests.processes import ROOT, WITHOUT_COVERAGE

DOCUMENTS = [
    {"id": "a", "title": "Jardin partagé", "text": "Des parcelles au pied des tours."},
    {"id": "b", "title": "Atelier cuisine", "text": "On y cuisine les légumes du jardin."},
    {"id": "c", "title": "Fête", "text": "Une séparation\u2028dans une ligne."},
]
QUERIES = [
    {"id": "q1", "text": "jardins", "split": "test"},
    {"id": "q2", "text": "cuisine", "split": "tune"},
    {"id": "q3", "text": "personne ne l'a jugée", "split": "test"},
]


def measured(collection: Path, *options: str) -> dict[str, list[float]]:
    """Return the figures that the benchmark prints, by the name of the query file."""
    done = subprocess.run(
        [sys.executable, "benchmarks/relevance.py", collection, *options],
        env={**os.environ, **WITHOUT_COVERAGE},
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    lines = (re.fullmatch(r"(\S.*?)((?:\s+[\d.]+){6})", line) for line in done.stdout.splitlines())
    return {line[1]: [float(figure) for figure in line[2].split()] for line in lines if line}


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    """A collection of three documents."""
    for name, objects in (("corpus", DOCUMENTS), ("queries", QUERIES)):
        text = "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in objects)
        (tmp_path / f"{name}.jsonl").write_text(text, encoding="utf-8")
    (tmp_path / "qrels.tsv").write_text("q1\tb\t1\nq2\tb\t2\n", encoding="utf-8")
    (tmp_path / "variants").mkdir()
    (tmp_path / "variants" / "queries.typo.jsonl").write_text('{"id": "q1", "text": "jardni"}\n', encoding="utf-8")
    return tmp_path


def test_each_split_and_variant_is_judged(collection: Path) -> None:
    figures = measured(collection)

    # For `jardins` the judged document comes second: a gain of 1 / log2(3) instead of 1.
    assert figures == {
        "clean test": [0.6309, 0.5, 1, 1, 2, 1],
        "clean tune": [1, 1, 1, 1, 1, 1],
        "typo": [0.6309, 0.5, 1, 1, 2, 1],
    }


def test_one_split_alone_and_the_run_are_written(collection: Path, tmp_path: Path) -> None:
    assert set(measured(collection, "--split", "tune", "--run-dir", str(tmp_path / "run"))) == {"clean tune", "typo"}
    assert (tmp_path / "run" / "clean-tune.tsv").read_text(encoding="utf-8") == "q2\tb\t100\n"


def test_a_sweep_tries_other_constants(collection: Path) -> None:
    assert "2.5 0.95 0.15" in measured(collection, "--split", "tune", "--sweep")


def test_grades_weigh_and_misses_cost() -> None:
    assert judge(["x", "b", "a"], {"a": 1, "b": 2, "z": 0}) == pytest.approx(
        ((2 / 1.5849625 + 1 / 2) / (2 + 1 / 1.5849625), 0.5, 1, 1)
    )
    assert judge([], {"a": 1}) == (0, 0, 0, 0)


@pytest.mark.long
def test_the_ranking_is_as_good_as_the_documents_say(judged_collection: Path) -> None:
    figures = measured(judged_collection)
    page = (ROOT / "docs" / "relevance.md").read_text(encoding="utf-8")

    for name, least in (
        ("clean test", 0.785),
        ("noaccent", 0.783),
        ("caps", 0.783),
        ("number", 0.770),
        ("typo", 0.740),
    ):
        assert figures[name][0] >= least
        assert f"{figures[name][0]:.3f}".removeprefix("0") in page
