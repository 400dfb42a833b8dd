"""Files to import, their import, and corrections of what came of it."""

from pathlib import Path

from app.catalogue.action import Action
from app.importing.text_format import render_export
from app.service import CatalogueService, ImportReport, import_files


def write_export(path: Path, *given: Action) -> Path:
    path.write_text("".join(render_export(given)), encoding="utf-8")
    return path


def import_file(catalogue: CatalogueService, path: Path, *, dry_run: bool = False) -> ImportReport:
    return import_files(catalogue.store, [path], dry_run=dry_run)


def update_record(catalogue: CatalogueService, number: int, action: Action) -> None:
    with catalogue.store.write() as writer:
        writer.update(number, action, author="someone")
