"""Imports into a real store: matching, sources, records of one identity, corrections, crashes."""

import json
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from app.catalogue.action import field_values
from app.service import CatalogueService, ImportReport, import_files
from tests.factories import make_action
from tests.in_process import run_actions
from tests.processes import ACTIONS, ROOT, default_settings, environment
from tests.service.imports import import_file, update_record, write_export


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[CatalogueService]:
    with CatalogueService.open(default_settings(tmp_path / "var")) as opened:
        yield opened


def counts(report: ImportReport) -> dict[str, int]:
    return {name: value for name, value in report.as_dict().items() if isinstance(value, int) and value}


def contents(catalogue: CatalogueService) -> list[dict[str, object]]:
    return [dict(field_values(record.action)) for record in catalogue.store.records()]


def test_a_second_import_of_a_file_changes_nothing(catalogue: CatalogueService, tmp_path: Path) -> None:
    path = write_export(tmp_path / "a.txt", make_action("A"), make_action("B"))

    assert counts(import_file(catalogue, path)) == {"read": 2, "created": 2}
    state = catalogue.store.last_change()
    assert counts(import_file(catalogue, path)) == {"read": 2, "unchanged": 2}
    assert catalogue.store.last_change() == state


def test_a_changed_record_keeps_its_identifier_and_gets_a_version(catalogue: CatalogueService, tmp_path: Path) -> None:
    import_file(catalogue, write_export(tmp_path / "a.txt", make_action(resume="avant")))
    (before,) = catalogue.store.records()
    report = import_file(catalogue, write_export(tmp_path / "a.txt", make_action(resume="après")))
    (after,) = catalogue.store.records()

    assert counts(report) == {"read": 1, "updated": 1}
    assert (after.id, after.version) == (before.id, 2)
    assert contents(catalogue)[0]["resume"] == "après"


def test_an_exact_repeat_is_stored_once(catalogue: CatalogueService, tmp_path: Path) -> None:
    report = import_file(
        catalogue, write_export(tmp_path / "a.txt", make_action("A"), make_action("B"), make_action("A"))
    )

    assert counts(report) == {"read": 3, "created": 2, "duplicates": 1}
    assert report.clean


def test_two_contents_of_one_identity_are_two_records_after_any_number_of_imports(
    catalogue: CatalogueService, tmp_path: Path
) -> None:
    twins = make_action(resume="un"), make_action(resume="deux")
    first = import_file(catalogue, write_export(tmp_path / "a.txt", *twins))
    again = import_file(catalogue, write_export(tmp_path / "a.txt", *twins))
    swapped = import_file(catalogue, write_export(tmp_path / "a.txt", *reversed(twins)))

    assert counts(first) == {"read": 2, "created": 2}
    assert [warning.field for warning in first.warnings.all()] == ["titre"]
    assert counts(again) == counts(swapped) == {"read": 2, "unchanged": 2}
    assert [record.id.endswith("-2") for record in catalogue.store.records()] == [False, True]


def test_a_correction_is_left_alone_until_its_source_changes(catalogue: CatalogueService, tmp_path: Path) -> None:
    path = write_export(tmp_path / "a.txt", make_action(resume="source"))
    import_file(catalogue, path)
    update_record(catalogue, 1, make_action("Jardin de tous", resume="corrigé"))

    assert counts(import_file(catalogue, path)) == {"read": 1, "unchanged": 1}
    assert contents(catalogue)[0]["resume"] == "corrigé"
    changed = write_export(path, make_action(resume="source, bis"))
    planned, report = import_file(catalogue, changed, dry_run=True), import_file(catalogue, changed)

    assert counts(report) == {"read": 1, "updated": 1}
    assert contents(catalogue)[0]["resume"] == "source, bis"
    assert ["corrigée dans le catalogue" in warning.message for warning in report.warnings.all()] == [True]
    assert planned.warnings.all() == report.warnings.all()


def test_a_changed_source_of_an_uncorrected_record_gives_no_warning(
    catalogue: CatalogueService, tmp_path: Path
) -> None:
    path = tmp_path / "a.txt"
    for resume in ("source", "source, bis", "source, ter"):
        report = import_file(catalogue, write_export(path, make_action(resume=resume)))

    assert counts(report) == {"read": 1, "updated": 1}
    assert not report.warnings.all()


def test_a_source_that_becomes_equal_to_the_correction_changes_nothing(
    catalogue: CatalogueService, tmp_path: Path
) -> None:
    path = write_export(tmp_path / "a.txt", make_action(resume="faute"))
    import_file(catalogue, path)
    update_record(catalogue, 1, make_action(resume="juste"))

    assert counts(import_file(catalogue, write_export(path, make_action(resume="juste")))) == {
        "read": 1,
        "unchanged": 1,
    }
    assert counts(import_file(catalogue, path)) == {"read": 1, "unchanged": 1}


def test_a_deleted_record_is_not_brought_back(catalogue: CatalogueService, tmp_path: Path) -> None:
    path = write_export(tmp_path / "a.txt", make_action())
    import_file(catalogue, path)
    with catalogue.store.write() as writer:
        writer.delete(1, author="someone")
    report = import_file(catalogue, path)

    assert counts(report) == {"read": 1, "unchanged": 1}
    assert "a été supprimée" in report.warnings.all()[0].message
    assert not contents(catalogue)


def test_a_dry_run_reports_what_an_import_would_do_and_writes_nothing(
    catalogue: CatalogueService, tmp_path: Path
) -> None:
    import_file(catalogue, write_export(tmp_path / "a.txt", make_action("A"), make_action("B", resume="avant")))
    path = write_export(tmp_path / "b.txt", make_action("A"), make_action("B", resume="après"), make_action("C"))
    state = catalogue.store.last_change()

    expected = {"read": 3, "created": 1, "updated": 1, "unchanged": 1}
    assert counts(import_file(catalogue, path, dry_run=True)) == expected
    assert catalogue.store.last_change() == state
    assert counts(import_file(catalogue, path)) == expected


def test_a_dry_run_of_several_files_counts_as_if_each_were_written(catalogue: CatalogueService, tmp_path: Path) -> None:
    first = write_export(tmp_path / "a.txt", make_action("A"), make_action("B", resume="avant"))
    second = write_export(tmp_path / "b.txt", make_action("A"), make_action("B", resume="après"), make_action("C"))
    planned = import_files(catalogue.store, [first, second, first], dry_run=True)
    done = import_files(catalogue.store, [first, second])

    assert counts(planned) == {"read": 7, "created": 3, "updated": 1, "unchanged": 3}
    assert counts(done) == {"read": 5, "created": 3, "updated": 1, "unchanged": 1}


def test_the_first_record_with_an_identifier_gets_it(catalogue: CatalogueService, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    lines = ({"id": "jardin", "titre": titre, "structure": "Centre - Nord"} for titre in "ABC")
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    first, again = import_file(catalogue, path), import_file(catalogue, path)

    assert counts(first) == {"read": 3, "created": 3}
    assert counts(again) == {"read": 3, "unchanged": 3}
    assert ["autre fiche du fichier" in warning.message for warning in first.warnings.all()] == [True, True]
    assert next(catalogue.store.records()).id == "jardin"


def test_a_correction_survives_the_import_of_its_export(catalogue: CatalogueService, tmp_path: Path) -> None:
    source = write_export(tmp_path / "a.txt", make_action(resume="source"))
    import_file(catalogue, source)
    update_record(catalogue, 1, make_action(resume="corrigé"))
    import_file(catalogue, write_export(tmp_path / "b.txt", make_action(resume="corrigé")))
    import_file(catalogue, source)

    assert contents(catalogue)[0]["resume"] == "corrigé"


def test_a_change_of_one_record_of_an_identity_names_the_updated_record(
    catalogue: CatalogueService, tmp_path: Path
) -> None:
    path = write_export(tmp_path / "a.txt", make_action(resume="un"), make_action(resume="deux"))
    import_file(catalogue, path)
    first = next(catalogue.store.records()).id
    report = import_file(catalogue, write_export(path, make_action(resume="deux, bis")))

    assert counts(report) == {"read": 1, "updated": 1}
    assert f"remplace « {first} »" in report.warnings.all()[0].message


def test_records_of_one_identity_are_matched_by_content_before_order(
    catalogue: CatalogueService, tmp_path: Path
) -> None:
    import_file(catalogue, write_export(tmp_path / "a.txt", make_action(resume="un"), make_action(resume="deux")))
    report = import_file(
        catalogue, write_export(tmp_path / "a.txt", make_action(resume="trois"), make_action(resume="un"))
    )

    assert counts(report) == {"read": 2, "updated": 1, "unchanged": 1}
    assert [said["resume"] for said in contents(catalogue)] == ["un", "trois"]


def test_a_report_lists_a_thousand_errors_and_counts_the_rest(catalogue: CatalogueService, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("{\n" * 1500, encoding="utf-8")
    report = import_file(catalogue, path)

    assert report.rejected == 1500
    assert len(report.errors.all()) == 1001
    assert report.errors.all()[-1].message == "500 autres ne sont pas détaillés."


def test_a_misspelt_first_line_of_a_record_is_reported(catalogue: CatalogueService, tmp_path: Path) -> None:
    path = write_export(tmp_path / "a.txt", make_action("A"), make_action("B"))
    path.write_text("actions".join(path.read_text(encoding="utf-8").rsplit("Actions", 1)), encoding="utf-8")
    (warning,) = import_file(catalogue, path).warnings.all()

    assert warning.field == "perspectives"
    assert "« Actions » manque-t-il ?" in warning.message


def test_several_files_make_one_report_that_names_each(catalogue: CatalogueService, tmp_path: Path) -> None:
    good, bad = write_export(tmp_path / "good.txt", make_action()), tmp_path / "bad.txt"
    bad.write_text("Actions\n- Structure organisatrice\n", encoding="utf-8")
    report = import_files(catalogue.store, [good, tmp_path / "none.txt", bad])

    assert counts(report) == {"read": 2, "created": 1, "rejected": 1}
    assert [(error.file, error.field) for error in report.errors.all()][:2] == [
        (str(tmp_path / "none.txt"), None),
        (str(bad), "titre"),
    ]
    assert report.unreadable == 1


def test_an_import_reports_the_number_of_bytes_read(catalogue: CatalogueService, tmp_path: Path) -> None:
    paths = [write_export(tmp_path / name, make_action(name)) for name in ("a.txt", "b.txt")]
    told: list[int] = []
    import_files(catalogue.store, paths, progress=told.append)

    assert told == sorted(told)
    assert told[-1] == sum(path.stat().st_size for path in paths)


def test_an_import_that_is_killed_leaves_whole_batches_that_the_next_one_completes(tmp_path: Path) -> None:
    size = 3000
    export = write_export(tmp_path / "export.txt", *(make_action(f"Action {number}") for number in range(size)))
    with subprocess.Popen([ACTIONS, "import", export], env=environment(tmp_path), cwd=ROOT) as process:
        while not _stored(tmp_path) and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)

    left = _stored(tmp_path)
    assert left % 500 == 0
    assert 0 < left < size
    report = json.loads(run_actions(tmp_path, "import", export, "--json").stdout)
    assert (report["created"], report["unchanged"]) == (size - left, left)
    assert run_actions(tmp_path, "check").returncode == 0


def _stored(data_dir: Path) -> int:
    """Return how many records another process has committed, 0 before there is a table of them."""
    path = data_dir / "actions.db"
    if not path.exists():
        return 0
    with closing(sqlite3.connect(path)) as database, suppress(sqlite3.OperationalError):
        count: int = database.execute("select count(*) from actions").fetchone()[0]
        return count
    return 0
