"""Files to import, their import, and corrections of what came of it."""

from pathlib import Path

from app.catalogue.action import Action
from app.importing.text_format import render
from app.service import Catalogue, ImportReport, import_files


def write(path: Path, *given: Action) -> Path:
    path.write_text("".join(render(given)), encoding="utf-8")
    return path


def take(catalogue: Catalogue, path: Path, *, dry_run: bool = False) -> ImportReport:
    return import_files(catalogue.store, [path], dry_run=dry_run)


def correct(catalogue: Catalogue, number: int, action: Action) -> None:
    with catalogue.store.write() as writer:
        writer.update(number, action, author="someone")
