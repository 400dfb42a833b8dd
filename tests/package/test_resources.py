"""The files of the program: where they lie, and the digest that entity tags hold."""

from pathlib import Path

import pytest

from app.resources import files_digest, program_digest, resource_path


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A program of two files."""
    directory = tmp_path / "app"
    (directory / "web").mkdir(parents=True)
    (directory / "main.py").write_text("x = 1\n")
    (directory / "web" / "page.html").write_text("<p>\n")
    return directory


@pytest.mark.parametrize("name", ["data/departements.csv", "data/thesaurus.txt", "migrations/env.py"])
def test_files_that_the_program_reads_are_found(name: str) -> None:
    assert resource_path(name).is_file()


def test_the_digest_is_the_same_for_the_same_files(program: Path) -> None:
    before = files_digest(program)
    (program / "__pycache__").mkdir()
    (program / "__pycache__" / "main.pyc").write_bytes(b"bytecode")

    assert files_digest(program) == before


@pytest.mark.parametrize("name", ["main.py", "web/page.html", "new.py"])
def test_the_digest_changes_with_any_file(program: Path, name: str) -> None:
    before = files_digest(program)
    (program / name).write_text("changed\n")

    assert files_digest(program) != before


def test_the_digest_changes_when_files_change_places(program: Path) -> None:
    before = files_digest(program)
    main, page = program / "main.py", program / "web" / "page.html"
    content = main.read_text(), page.read_text()
    page.write_text(content[0])
    main.write_text(content[1])

    assert files_digest(program) != before


def test_a_process_has_one_digest_of_the_program() -> None:
    assert program_digest() is program_digest()
