"""The benchmarks measure what they say: their records, their questions, and the page that holds one run."""

import json
from pathlib import Path
from statistics import mean

import pytest

from app.catalogue.action import Action
from app.catalogue.structure import Structure
from app.importing.diagnostics import ParsedRecord
from app.importing.files import read_export
from app.importing.text_format import render_export
from app.search.analysis import tokens
from benchmarks.comparison import compare
from benchmarks.engines import Answer
from benchmarks.engines.fts5 import Raw, Stems
from benchmarks.engines.ours import Ours
from benchmarks.engines.whoosh_searcher import Searcher
from benchmarks.generator import actions, words
from benchmarks.load import ask_in_turn
from benchmarks.mix import distinct, mix, queries
from benchmarks.records import read_records, write_export, write_records
from benchmarks.report import sections, written_into
from benchmarks.services import our_address
from benchmarks.targets import TARGETS
from tests.apart import run_apart
from tests.in_process import running_server
from tests.processes import ROOT

SIZE = 60


@pytest.fixture(scope="module")
def generated() -> list[Action]:
    """The first records of the usual seed."""
    return list(actions(400))


def test_a_larger_catalogue_begins_with_the_smaller_one(generated: list[Action]) -> None:
    assert list(actions(25)) == generated[:25]
    assert list(actions(5, seed=2)) != generated[:5]


def test_a_record_is_as_long_as_those_of_the_real_export(generated: list[Action]) -> None:
    header = len("".join(render_export([])).encode())
    sizes = [len("".join(render_export([action])).encode()) - header for action in generated]

    assert 3_000 <= mean(sizes) <= 4_000
    assert min(sizes) < 2_800
    assert max(sizes) > 4_800


def test_the_vocabulary_grows_more_slowly_than_the_catalogue(generated: list[Action]) -> None:
    def vocabulary(some: list[Action]) -> int:
        return len({token.word for action in some for token in tokens("".join(render_export([action])))})

    assert 1.25 < vocabulary(generated) / vocabulary(generated[:200]) < 1.8


def test_organisers_have_several_actions_and_are_spread_over_france(generated: list[Action]) -> None:
    organisers = [Structure.parse(action.structure) for action in generated]

    assert 0.35 <= len({each.id for each in organisers}) / len(generated) <= 0.45
    assert len({each.departement for each in organisers}) > 60
    assert None not in {each.departement for each in organisers}


def test_an_import_reads_a_generated_export_without_loss_or_remark(tmp_path: Path, generated: list[Action]) -> None:
    write_export(tmp_path / "export.txt", SIZE)
    read = list(read_export(tmp_path / "export.txt"))

    assert [each.action for each in read if isinstance(each, ParsedRecord)] == generated[:SIZE]
    assert not [warning for each in read if isinstance(each, ParsedRecord) for warning in each.warnings]
    assert len(read) == SIZE


def test_records_come_back_from_their_file_as_they_were(tmp_path: Path, generated: list[Action]) -> None:
    write_records(tmp_path / "records.jsonl", SIZE)
    assert [record.action for record in read_records(tmp_path / "records.jsonl")] == generated[:SIZE]


def test_the_mix_is_that_of_the_project() -> None:
    assert list(queries()) == [
        "rare word",
        "common word",
        "two words",
        "three words",
        "phrase",
        "prefix",
        "filter only",
        "text and filter",
    ]
    assert {(len(query.facets), query.limit) for query in queries().values()} == {(5, 20)}
    assert words()[0] == "habitant"


def test_distinct_questions_are_distinct_and_of_every_kind() -> None:
    asked = list(distinct(2_000, seed=1))

    assert len({our_address(each) for each in asked}) == len(asked)
    assert {each.name for each in asked} == {each.name for each in mix()}
    assert asked[:10] == list(distinct(10, seed=1))


def test_engines_of_one_analysis_answer_alike(tmp_path: Path) -> None:
    write_records(tmp_path / "records.jsonl", SIZE)
    answers: dict[str, list[Answer]] = {}
    for kind in (Ours, Stems, Searcher, Raw):
        engine = kind(tmp_path / kind.__name__)
        engine.build(tmp_path / "records.jsonl")
        engine = kind(tmp_path / kind.__name__)
        engine.open()
        # What holds one of three words comes after what holds two of them only in our own answers.
        answers[kind.__name__] = [
            engine.search(asked) for asked in mix() if asked.name not in {"three words", "prefix"}
        ]
        engine.close()

    def counted(name: str) -> list[tuple[int, dict[str, dict[str, int]]]]:
        return [(each.total, {name: dict(counts) for name, counts in each.facets.items()}) for each in answers[name]]

    assert counted("Stems") == counted("Searcher") == counted("Ours")
    assert [each.total for each in answers["Raw"]] != [each.total for each in answers["Ours"]]
    assert all(len(each.ids) == min(20, each.total) for found in answers.values() for each in found)
    assert max(each.total for each in answers["Ours"]) > 20


def test_a_run_is_well_formed_and_makes_a_page(tmp_path: Path) -> None:
    results = {"engines": [compare(SIZE, tmp_path, ["ours"], rounds=1)]}
    engine = results["engines"][0]["engines"]["ours"]

    assert set(engine["queries"]) == set(queries())
    assert all(0 < each["median"] <= each["p95"] for each in engine["queries"].values())
    assert all(each["agrees"] and each["samples"] >= 1 for each in engine["queries"].values())
    assert engine["mix"] == pytest.approx(sum(each["median"] for each in engine["queries"].values()))
    assert min(engine["build"].values()) > 0
    assert engine["memory"]["peak"] >= engine["memory"]["before"] > 0
    assert json.loads(json.dumps(results)) == results

    page = written_into("<!-- engines -->\nan older run\n<!-- /engines -->\nafter", sections(results))
    assert f"### {SIZE} records" in page
    assert "an older run" not in page
    assert page.endswith("<!-- /engines -->\nafter")


def loaded(base: str, paths: list[str]) -> tuple[int, int]:
    """Return how many requests a short load makes, and how many of them fail."""
    done = run_apart(ask_in_turn(base, paths, 0.3, {}))
    return done.requests, done.errors


def test_the_client_of_our_own_counts_answers_and_failures(filled: Path) -> None:
    with running_server(filled) as base:
        requests, errors = loaded(base, [our_address(each) for each in distinct(50, seed=1)])
        assert requests >= 8
        assert errors == 0
        requests, errors = loaded(base, ["/actions?inconnu=1"])
        assert requests == errors > 0


def test_the_page_of_the_documents_is_that_of_the_figures_beside_it() -> None:
    results = json.loads((ROOT / "docs" / "performance.json").read_text(encoding="utf-8"))
    page = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")

    assert written_into(page, sections(results)) == page
    assert all(target.name in page for target in TARGETS if target.measured(results) is not None)
