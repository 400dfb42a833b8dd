"""Export as JSON Lines and import elsewhere: content, identifiers and order are the same to the byte."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from app.catalogue.action import Action
from app.catalogue.request import DOCUMENT_KEYS
from app.service import EXPORT_FORMATS, CatalogueService, ExportOptions, import_files
from app.store.repository import NewRecord
from tests.importing.test_round_trip import actions
from tests.processes import default_settings

# How often a record was written, and when, is told of the catalogue that holds it, not by what comes into it.
_SAID = tuple(key for key in DOCUMENT_KEYS if key not in {"version", "cree_le", "modifie_le"})


def exported(catalogue: CatalogueService) -> bytes:
    return b"".join(EXPORT_FORMATS["jsonl"].write(catalogue.iter_records(None), ExportOptions(_SAID)))


def assert_moves_whole(catalogue: CatalogueService, directory: Path) -> None:
    path = directory / "actions.jsonl"
    path.write_bytes(b"".join(EXPORT_FORMATS["jsonl"].write(catalogue.iter_records(None), ExportOptions())))
    count = catalogue.count()
    with CatalogueService.open(default_settings(directory / "elsewhere")) as other:
        first, again = import_files(other.store, [path]), import_files(other.store, [path])
        assert (first.created, first.rejected, first.duplicates) == (count, 0, 0)
        assert (again.unchanged, again.rejected, again.duplicates) == (count, 0, 0)
        assert exported(other) == exported(catalogue)


@settings(max_examples=10, deadline=None)
@given(st.lists(actions, min_size=1, max_size=4), st.lists(actions, max_size=2), st.sets(st.integers(0, 3), max_size=1))
def test_json_lines_transfer_records_in_any_state(
    written: list[Action], changes: list[Action], deleted: set[int]
) -> None:
    with TemporaryDirectory() as name, CatalogueService.open(default_settings(Path(name) / "here")) as catalogue:
        with catalogue.store.write() as writer:
            records = writer.create_many([NewRecord(action) for action in written], author="essai")
            for record, action in zip(records, changes, strict=False):
                writer.update(record.number, action, author="essai")
            for place in deleted & set(range(len(records) - 1)):
                writer.delete(records[place].number, author="essai")
        assert_moves_whole(catalogue, Path(name))


def test_two_records_with_equal_content_stay_two_after_a_transfer(tmp_path: Path) -> None:
    action = Action(titre="Jardin", structure="Centre - Nord", resume="Un compost")
    with CatalogueService.open(default_settings(tmp_path / "here")) as catalogue:
        with catalogue.store.write() as writer:
            writer.create(action, author="essai")
            twin = writer.create(action.model_copy(update={"resume": "Deux composts"}), author="essai")
            writer.update(twin.number, action, author="essai")
        assert_moves_whole(catalogue, tmp_path)
