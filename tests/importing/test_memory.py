"""Reading takes constant memory: measured in a process of its own, on files far larger than what it may hold."""

import subprocess
import sys

import pytest

from app.importing.text_format import render_action
from tests.factories import make_action

MIB = 1 << 20
PROGRAM = """
import resource, sys
from pathlib import Path
from app.importing.files import read_export

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

next(read_export(Path(sys.argv[2])))
before = peak()
print(sum(1 for _ in read_export(Path(sys.argv[1]))), peak() - before)
"""


def read_in_a_process(path, small) -> tuple[int, int]:
    """Return how many items the file gives, and by how many KiB the peak of memory grew."""
    command = [sys.executable, "-c", PROGRAM, str(path), str(small)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return int(said[0]), int(said[1])


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "small.txt"
    path.write_text(render_action(make_action()), encoding="utf-8")
    return path


def test_a_large_export_is_read_in_the_memory_of_a_few_records(tmp_path, small):
    path = tmp_path / "large.txt"
    line = "Un texte assez long pour que le fichier soit gros sans compter beaucoup de lignes. " * 100
    record = render_action(make_action(description="\n".join([line] * 20)))
    count = 60 * MIB // len(record)
    with path.open("w", encoding="utf-8") as file:
        file.writelines(record for _ in range(count))
    items, grown = read_in_a_process(path, small)
    assert items == count
    assert grown < 16 * 1024


def test_an_endless_line_and_an_endless_record_are_not_held(tmp_path, small):
    path = tmp_path / "endless.txt"
    record = render_action(make_action())
    with path.open("wb") as file:
        file.write(record.encode())
        file.writelines(b"x" * MIB for _ in range(40))
        file.write(b"\n" + record.encode())
        file.writelines(b"y" * 1000 + b"\n" for _ in range(40 * 1000))
        file.write(record.encode())
    items, grown = read_in_a_process(path, small)
    assert items == 3
    assert grown < 24 * 1024
