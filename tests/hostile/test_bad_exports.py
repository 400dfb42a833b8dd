"""A corpus of bad files through `actions import` as a process: it says what is wrong and where, and goes on."""

import gzip
import json
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.importing.json_lines_reader import MAX_JSON_LINE_BYTES
from app.importing.text_format import render_action
from tests.factories import make_action
from tests.in_process import run_actions

_GOOD = render_action(make_action("Un jardin")), render_action(make_action("Un atelier"))
_RECORD = render_action(make_action("Mal venue", description="ICI"))
_JSON = '{"titre": "%s", "structure": {"nom": "Centre social des Tilleuls", "departement": "59"}%s}\n'
_GOOD_JSON = _JSON % ("Un four à pain", ""), _JSON % ("Une fanfare", "")
_NOISE = random.Random(5).randbytes(200_000)


def in_record(bad: str | bytes) -> bytes:
    """Return an export whose middle one of three records says `bad` in its description."""
    raw = bad.encode() if isinstance(bad, str) else bad
    return _GOOD[0].encode() + _RECORD.encode().replace(b"ICI", raw) + _GOOD[1].encode()


def in_object(bad: str, titre: str = "Mal venue") -> bytes:
    """Return JSON Lines whose middle one of three objects has `bad` after its structure."""
    return (_GOOD_JSON[0] + _JSON % (titre, bad) + _GOOD_JSON[1]).encode()


# What stands in the middle cannot be kept; both records around it can.
REFUSED = {
    "a line of two million letters": (in_record("x" * 2_000_000), "Ligne de plus de 1000000 octets"),
    "six million letters in one record": (in_record(f"{'x' * 99}\n" * 60_000), "Fiche de plus de 5000000 caractères"),
    "a NUL": (in_record("avant\0après"), "Caractère NUL"),
    "noise that is no UTF-8": (in_record(_NOISE.replace(b"\n", b"")[:3000].replace(b"\r", b"")), "illisible|NUL"),
    "two encodings": (in_record("été\n".encode() * 5 + "été".encode("cp1252")), "Texte illisible en UTF-8"),
    "half a record": ((_GOOD[0] + _RECORD[:400] + "\n" + _GOOD[1]).encode(), "manque"),
    "a record without title": ((_GOOD[0] + _RECORD.replace("Mal venue", "") + _GOOD[1]).encode(), "titre"),
    "lists nested by the thousand": (in_object(', "resume": ' + "[" * 100_000 + "]" * 100_000), "imbriquées"),
    "objects nested by the thousand": (in_object(', "id": ' + '{"a":' * 50_000 + "1" + "}" * 50_000), "imbriquées"),
    "a number of 100,000 digits": (in_object(', "version": ' + "9" * 100_000), "démesuré"),
    "a key given twice": (in_object(', "resume": "a", "resume": "b"'), "Clé en double"),
    "half of a surrogate pair": (in_object("", titre=r"\ud800"), "titre"),
    "an escaped NUL": (in_object(r', "resume": "a\u0000b"'), "resume"),
    "an endless object": (in_object(', "resume": "' + "x" * MAX_JSON_LINE_BYTES + '"'), "Ligne de plus de"),
    "no object": ((_GOOD_JSON[0] + "[1, 2]\n" + _GOOD_JSON[1]).encode(), "Un objet JSON est attendu"),
    "an object that breaks off": ((_GOOD_JSON[0] + '{"titre": "Mal\n' + _GOOD_JSON[1]).encode(), "JSON invalide"),
    "not a number": (in_object(', "resume": NaN'), "resume"),
    # The last one, since a report spells out a thousand errors and counts the rest.
    "keys by the thousand": (in_object("".join(f', "k{number}": 1' for number in range(5000))), "Clé inconnue"),
}
# Nothing of these is an export at all.
UNREADABLE = {
    "nothing": b"",
    "blanks": b" \n\t\n" * 1000,
    "noise": _NOISE,
    "a compressed export": gzip.compress(in_record("ICI")),
    "an export in UTF-16": in_record("ICI").decode().encode("utf-16"),
    "a page of the web": b"<!doctype html><title>Actions</title>",
    "zeros": bytes(1_000_000),
    "one line of ten million letters": b"x" * 10_000_000,
}


# These are texts like any other.
ODD = {
    "headers": "Actions\n",
    "labels": "- Public\n",
    "records begun": "Actions\nUn titre\n",
    "lone dashes": "-\n",
    "escapes": "\\",
    "ends of lines of Unicode": "\u2028",
    "marks of byte order": "\ufeff",
}


@dataclass(frozen=True)
class Imported:
    """What one import of several files said."""

    code: int
    report: dict[str, Any]
    said: str


def imported(directory: Path, files: Mapping[str, bytes]) -> Imported:
    """Import all of `files` at once, each from a file of its name."""
    paths = [directory / f"{name}.export" for name in files]
    for path, raw in zip(paths, files.values(), strict=True):
        path.write_bytes(raw)
    done = run_actions(directory / "data", "import", *paths, "--json")
    assert "Traceback" not in done.stderr
    assert len(done.stderr) < 300_000
    return Imported(done.returncode, json.loads(done.stdout or "{}"), done.stderr)


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A place for files, with an empty catalogue beside them."""
    made = tmp_path_factory.mktemp("imported")
    (made / "data").mkdir()
    return made


@pytest.fixture(scope="module")
def refused(directory: Path) -> Imported:
    return imported(directory, {name: raw for name, (raw, _) in REFUSED.items()})


@pytest.fixture(scope="module")
def unreadable(directory: Path) -> Imported:
    return imported(directory, UNREADABLE)


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_bad_is_refused_with_its_file_its_line_and_the_reason(refused: Imported, name: str) -> None:
    place = re.escape(f"/{name}.export, ligne ")

    assert re.search(rf"^erreur : .*{place}\d+.*({REFUSED[name][1]})", refused.said, re.MULTILINE), refused.said[:9000]


def test_what_is_good_around_it_is_kept(refused: Imported) -> None:
    report = refused.report

    assert refused.code == 1
    assert (report["read"], report["rejected"]) == (3 * len(REFUSED), len(REFUSED))
    assert report["created"] + report["unchanged"] == 2 * len(REFUSED)
    assert report["created"] == len({*_GOOD, *_GOOD_JSON})


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_is_no_export_is_refused_with_its_name(unreadable: Imported, name: str) -> None:
    assert unreadable.code == 2
    assert re.search(rf"^erreur : .*/{name}\.export.* : .+\.$", unreadable.said, re.MULTILINE), unreadable.said


def test_what_is_odd_a_thousand_times_in_a_text_stays_text(directory: Path) -> None:
    done = imported(directory, {name: in_record(f"début {odd * 5000} fin") for name, odd in ODD.items()})

    assert done.code == 0, done.said[:2000]
    assert (done.report["read"], done.report["rejected"]) == (3 * len(ODD), 0)
    assert len(done.report["warnings"]) <= 1000


def test_the_catalogue_is_whole_after_all_of_them(directory: Path, refused: Imported, unreadable: Imported) -> None:
    checked = run_actions(directory / "data", "check")

    assert checked.returncode == 0, checked.stdout + checked.stderr
