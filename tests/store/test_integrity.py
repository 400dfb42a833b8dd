"""A backup is restored only when it proves whole: its schema, every value, content hashes, versions and changes."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from app.catalogue.api_keys import ApiKey, Scope
from app.catalogue.errors import Gone, InvalidBackup
from app.store.backup import back_up, restore_database
from app.store.integrity import Fault, data_faults, schema_faults
from app.store.migrations import migrate
from app.store.repository import Store
from tests.factories import EPOCH, make_action

FLIPS = 60  # copies of a backup in each of which one byte is wrong


@pytest.fixture
def saved(store: Store, url: str, tmp_path: Path) -> Path:
    """A backup of three records (one corrected, one deleted) and a key with an idempotent creation."""
    with store.write() as writer:
        corrected = writer.create(make_action("Jardin", mots_cles=["Nature"]), author="test")
        deleted = writer.create(make_action("Cuisine"), author="test")
        key = ApiKey("0a1b2c3d", "Mairie", frozenset({Scope.WRITE}), "ab" * 32, EPOCH)
        writer.keys.add(key)
        made = writer.create(make_action("Théâtre"), author="Mairie")
        writer.idempotency.add(key.id, "une", "hash", made)
    with store.write() as writer:
        writer.update(corrected.number, make_action("Jardin", mots_cles=["Potager"]), author="test")
        writer.delete(deleted.number, author="test")
    target = tmp_path / "saved.db"
    back_up(url, target)
    return target


def damage(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def test_a_backup_of_a_catalogue_has_no_fault(saved: Path) -> None:
    with closing(sqlite3.connect(saved)) as connection:
        assert list(schema_faults(connection)) == []
        assert list(data_faults(connection)) == []


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("CREATE TRIGGER t AFTER UPDATE ON actions BEGIN DELETE FROM changes; END", r"« t ».*étranger.*trigger"),
        ("CREATE VIEW v AS SELECT 1", r"« v ».*étranger.*view"),
        ("CREATE TABLE autre (a)", "« autre ».*étranger"),
        ("CREATE INDEX i ON actions (titre)", "« i ».*étranger"),
        ("ALTER TABLE actions ADD COLUMN autre TEXT", "« actions ».*pas défini comme"),
        ("ALTER TABLE changes DROP COLUMN author", "« changes ».*pas défini comme"),
        ("DROP INDEX ix_changes_action_number", "« ix_changes_action_number ».*manque"),
        ("DROP TABLE repeats", "« ix_repeats_at ».*manque.*2 autres"),
    ],
)
def test_a_difference_of_the_schema_is_named(saved: Path, url: str, path: Path, statement: str, message: str) -> None:
    damage(saved, statement)
    before = path.read_bytes()

    with pytest.raises(InvalidBackup, match=message):
        restore_database(url, saved)

    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("UPDATE actions SET titre = CAST(x'4AFF' AS TEXT) WHERE number = 1", "« jardin-.*« titre ».*UTF-8"),
        ("UPDATE actions SET resume = x'41' WHERE number = 1", "« resume ».*texte attendu"),
        ("UPDATE actions SET mots_cles = '[' WHERE number = 1", "« mots_cles ».*JSON illisible"),
        ("UPDATE actions SET mots_cles = '[1]' WHERE number = 1", "« mots_cles ».*liste de textes"),
        ("UPDATE actions SET version = 'deux' WHERE number = 1", "« version ».*nombre entier"),
        ("UPDATE actions SET modifie_le = 'hier' WHERE number = 1", "« modifie_le ».*date illisible"),
        ("UPDATE actions SET cree_le = '2026-13-01 00:00:00.000000' WHERE number = 1", "« cree_le ».*impossible"),
        ("UPDATE actions SET resume = 'Autre chose.' WHERE number = 1", "« jardin-.*empreinte"),
        ("UPDATE actions SET structure_id = 'autre' WHERE number = 1", "FOREIGN|structure"),
        ("UPDATE actions SET version = 3 WHERE number = 1", "« jardin-.*versions 1, 2 au lieu de 1 à 3"),
        ("UPDATE actions SET supprime_le = NULL WHERE number = 2", "« cuisine-.*supprimée"),
        ("UPDATE actions SET identity = 'autre' WHERE number = 1", "« jardin-.*identité"),
        ("DELETE FROM versions WHERE action = 1 AND version = 1", "« jardin-.*versions 2 au lieu de 1 à 2"),
        ("UPDATE versions SET content = '{}' WHERE action = 1 AND version = 1", "« jardin-.*content"),
        ("UPDATE versions SET content = replace(content, 'Potager', 'Radis') WHERE action = 1", "ne dit pas ce que"),
        ("UPDATE versions SET at = '' WHERE action = 1", "« versions ».*« at ».*date illisible"),
        ("DELETE FROM changes WHERE number = 1", "« jardin-.*création"),
        ("DELETE FROM changes WHERE action = 3", "« théâtre-|« theatre-.*aucune ligne"),
        ("UPDATE changes SET kind = 'autre' WHERE number = 1", "genre inconnu : « autre »"),
        ("UPDATE sqlite_sequence SET seq = 1", "déjà donné"),
        ("UPDATE api_keys SET scopes = '[\"tout\"]'", "portées inconnues"),
        ("UPDATE api_keys SET secret_hash = 'x'", "empreinte de secret"),
    ],
)
def test_damaged_data_is_named_and_nothing_is_changed(
    saved: Path, url: str, path: Path, statement: str, message: str
) -> None:
    damage(saved, "PRAGMA foreign_keys = OFF", statement)
    before = path.read_bytes()

    with pytest.raises(InvalidBackup, match=f"{message}|intègre" if "structure_id" in statement else message):
        restore_database(url, saved)

    assert path.read_bytes() == before


def test_other_faults_are_counted(saved: Path, url: str) -> None:
    damage(saved, "UPDATE actions SET resume = 'Autre chose.'")

    with pytest.raises(InvalidBackup, match=r"empreinte.*\(et 2 autres défauts\)"):
        restore_database(url, saved)


def test_a_backup_with_a_wrong_byte_is_refused_or_every_record_is_as_it_was(
    saved: Path, store: Store, tmp_path: Path
) -> None:
    records = {record.id: record for record in store.records()}
    content = saved.read_bytes()
    draw = Random("flips")
    refused = 0
    for number in range(FLIPS):
        flipped = bytearray(content)
        flipped[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
        candidate = tmp_path / "candidate.db"
        candidate.write_bytes(flipped)
        target = tmp_path / f"target-{number}.db"
        try:
            restored = restore_database(f"sqlite:///{target}", candidate)
        except InvalidBackup:
            refused += 1
            assert not target.exists()
            continue
        assert restored.records == len(records)
        again = Store(f"sqlite:///{target}")
        assert {record.id: record.action for record in again.records()} == {
            name: record.action for name, record in records.items()
        }
        with again.read() as reader:
            for identifier in records:
                reader.versions(identifier)
                reader.history.page(identifier)
            with pytest.raises(Gone):
                reader.record("cuisine-" + identifier_end(store, "cuisine-"))
        again.close()
    assert refused > FLIPS / 20


def identifier_end(store: Store, beginning: str) -> str:
    """Return the rest of the identifier of the deleted record that begins so."""
    [change] = [change for change in store.changes_after(0) if change.id.startswith(beginning)]
    return change.id.removeprefix(beginning)


def test_a_backup_of_an_older_schema_is_upgraded_and_verified(saved: Path, url: str, tmp_path: Path) -> None:
    older = tmp_path / "older.db"
    shutil.copy(saved, older)
    damage(
        older, "DROP TABLE repeats", "DROP TABLE api_keys", "UPDATE alembic_version SET version_num = '9db1f1779f9a'"
    )

    assert restore_database(url, older).records == 2
    migrate(url)


@pytest.mark.parametrize(
    ("statement", "row"),
    [
        ("UPDATE api_keys SET secret_hash = 'x'", "« 0a1b2c3d »"),
        ("UPDATE versions SET at = '' WHERE action = 2", "fiche numéro 2"),
        ("UPDATE changes SET action = 'x' WHERE number = 4", "numéro 4"),
        ("UPDATE repeats SET action = 'x'", "« une »"),
    ],
)
def test_a_row_in_fault_is_named_by_its_first_readable_identifier(saved: Path, statement: str, row: str) -> None:
    damage(saved, "PRAGMA foreign_keys = OFF", statement)

    with closing(sqlite3.connect(saved)) as connection:
        assert row in [fault.row for fault in data_faults(connection)]


@pytest.mark.parametrize(("versions", "listed"), [(5, "1, 2, 3, 4, 5"), (6, "1, 2, 3, 4, 5 …"), (7, "1, 2, 3, 4, 5 …")])
def test_the_first_five_versions_of_a_record_are_listed(
    store: Store, raw: sqlite3.Connection, versions: int, listed: str
) -> None:
    with store.write() as writer:
        number = writer.create(make_action(), author="test").number
        for text in range(1, versions):
            writer.update(number, make_action(resume=str(text)), author="test")
    raw.execute("UPDATE actions SET version = 9")

    reasons = [fault.reason for fault in data_faults(raw)]
    assert f"versions {listed} au lieu de 1 à 9" in reasons


def test_a_fault_is_a_sentence_with_its_location() -> None:
    assert str(Fault("actions", "« x »", "titre", "vide")) == "table « actions », « x », colonne « titre » : vide"
    assert str(Fault("", "« i »", "", "manque")) == "« i » : manque"


def test_each_fault_of_a_key_is_reported(saved: Path) -> None:
    damage(saved, "UPDATE api_keys SET scopes = '[\"tout\"]', secret_hash = 'x'")

    with closing(sqlite3.connect(saved)) as connection:
        assert list(map(str, data_faults(connection))) == [
            "table « api_keys », « 0a1b2c3d » : portées inconnues (scopes)",
            "table « api_keys », « 0a1b2c3d » : empreinte de secret illisible (secret_hash)",
        ]
