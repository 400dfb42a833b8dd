"""Helpers: write an export file, import it, and update a record."""

from pathlib import Path

from app.catalogue.action import Action
from app.importing.text_format import render_export
from app.service import CatalogueService, ImportReport, import_files


def write_export(path: Path, *actions: Action) -> Path:
    path.write_text("".join(render_export(actions)), encoding="utf-8")
    return path


def import_file(service: CatalogueService, path: Path, *, dry_run: bool = False) -> ImportReport:
    return import_files(service.store, [path], dry_run=dry_run)


def update_record(service: CatalogueService, number: int, action: Action) -> None:
    with service.store.write() as writer:
        writer.update(number, action, author="someone")
