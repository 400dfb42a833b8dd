import os
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.catalogue.errors import UnreadableFile
from app.importing.diagnostics import ParsedRecord
from app.importing.files import read_export
from app.importing.text_format import render_action
from tests.factories import make_action

_NOBODY = 65534


@contextmanager
def as_nobody():
    """Go on without root's right to read everything, where this process has it."""
    me = os.geteuid()
    if me == 0:
        os.seteuid(_NOBODY)
    try:
        yield
    finally:
        os.seteuid(me)


def refusal(path: Path) -> str:
    with pytest.raises(UnreadableFile) as caught:
        list(read_export(path))
    assert str(caught.value).startswith(str(path))
    return str(caught.value)


def test_a_missing_file_is_named(tmp_path):
    assert "n'existe pas" in refusal(tmp_path / "absent.txt")


def test_a_directory_is_named(tmp_path):
    assert "dossier" in refusal(tmp_path)


def test_an_empty_file_is_said_to_be_empty(tmp_path):
    (tmp_path / "vide.txt").touch()
    assert "vide" in refusal(tmp_path / "vide.txt")


def test_a_file_under_a_file_cannot_be_read(tmp_path):
    (tmp_path / "a.txt").touch()
    assert "n'en est pas un" in refusal(tmp_path / "a.txt" / "b.txt")


def test_a_file_without_permission_is_named(tmp_path):
    path = tmp_path / "secret.txt"
    path.touch(mode=0)
    with as_nobody():
        assert "permis" in refusal(path)


def test_a_picture_is_no_export(tmp_path):
    (tmp_path / "image.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 100)
    assert "pas un export" in refusal(tmp_path / "image.png")


def test_json_lines_are_known_by_their_first_character(tmp_path):
    path = tmp_path / "export.txt"
    path.write_bytes(b'\xef\xbb\xbf\n  \n {"titre": "Jardin", "structure": "Centre - Nord"}\n')
    warning, item = read_export(path)
    assert "BOM" in warning.message
    assert item.action.titre == "Jardin"


def test_a_pipe_is_read_as_a_file_is(tmp_path):
    path = tmp_path / "tube"
    os.mkfifo(path)
    text = render_action(make_action())
    writer = threading.Thread(target=path.write_text, args=(text,))
    writer.start()
    items = list(read_export(path))
    writer.join()
    assert items == [ParsedRecord(1, make_action())]


def test_progress_ends_at_the_size_of_the_file(sample_export):
    seen: list[int] = []
    list(read_export(sample_export, seen.append))
    assert seen[-1] == sample_export.stat().st_size


def test_a_reader_that_stops_early_closes_the_file(sample_export):
    items = read_export(sample_export)
    next(items)
    items.close()
