"""Migrations: upgrade, downgrade, two processes at once, and newer databases."""

import sqlite3
import sys
from contextlib import ExitStack
from pathlib import Path
from subprocess import PIPE, Popen, run

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from app.catalogue.errors import StoreUnavailable
from app.store.database import create_database, write_engine
from app.store.migrations import configuration, migrate
from app.store.repository import Store
from app.store.tables import METADATA
from tests.conftest import ROOT
from tests.factories import make_action


def differences(url: str) -> list[object]:
    engine = create_database(url)
    with engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), METADATA)
    engine.dispose()
    return list(found)


def tables(path: Path) -> set[str]:
    connection = sqlite3.connect(path)
    found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    names = {name for (name,) in found}
    connection.close()
    return names


def downgrade(url: str) -> None:
    engine = create_database(url, foreign_keys=False)
    config = configuration()
    with write_engine(engine).begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    engine.dispose()


def test_an_empty_database_gets_exactly_the_tables_of_the_models(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "actions.db"
    migrate(f"sqlite:///{path}")
    assert tables(path) == {*METADATA.tables, "alembic_version"}
    assert differences(f"sqlite:///{path}") == []


def test_tables_can_be_taken_down_and_built_again(url: str, path: Path) -> None:
    downgrade(url)
    assert tables(path) == {"alembic_version"}
    migrate(url)
    assert differences(url) == []


def test_migrating_again_keeps_the_records(url: str, store: Store) -> None:
    with store.write() as writer:
        created = writer.create(make_action(), author="test")
    migrate(url)
    assert list(store.records()) == [created]


def test_a_current_database_can_be_migrated_while_another_program_writes(url: str, raw: sqlite3.Connection) -> None:
    raw.execute("BEGIN IMMEDIATE")
    migrate(url, busy_timeout=0.1)


def test_numbers_are_never_reused(raw: sqlite3.Connection) -> None:
    definitions = dict(raw.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall())
    assert all("AUTOINCREMENT" in definitions[table] for table in ("actions", "changes"))


def test_programs_that_start_at_once_all_find_the_tables_ready(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'actions.db'}"
    script = """
import sys
from app.store.migrations import migrate
print("ready", flush=True)
sys.stdin.read()
migrate(sys.argv[1])
"""
    with ExitStack() as stack:
        programs = [
            stack.enter_context(Popen([sys.executable, "-c", script, url], stdin=PIPE, stdout=PIPE, cwd=ROOT))
            for _ in range(3)
        ]
        pipes = [(program.stdin, program.stdout) for program in programs if program.stdin and program.stdout]
        assert [output.readline() for _, output in pipes] == [b"ready\n"] * 3
        for waiting, _ in pipes:
            waiting.close()
        assert [program.wait(timeout=30) for program in programs] == [0, 0, 0]
    assert differences(url) == []


def test_a_database_of_a_newer_program_is_left_alone(url: str, raw: sqlite3.Connection) -> None:
    raw.execute("UPDATE alembic_version SET version_num = 'fromthefuture'")
    with pytest.raises(StoreUnavailable, match="plus récente que le programme"):
        migrate(url)
    assert raw.execute("SELECT version_num FROM alembic_version").fetchall() == [("fromthefuture",)]


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("Ceci n'est pas une base de données.\n" * 100)
    with pytest.raises(StoreUnavailable, match="n'est pas une base de données SQLite"):
        migrate(f"sqlite:///{path}")
    assert path.read_text().startswith("Ceci")


def test_a_migration_that_fails_leaves_no_table(tmp_path: Path) -> None:
    path = tmp_path / "actions.db"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE versions (theirs TEXT)")
    other.close()
    with pytest.raises(StoreUnavailable, match="n'est pas celle que ce programme attend"):
        migrate(f"sqlite:///{path}")
    assert tables(path) == {"versions"}


def test_migrating_prints_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    migrate(f"sqlite:///{tmp_path / 'actions.db'}")
    assert capfd.readouterr() == ("", "")


def test_the_alembic_command_needs_a_url_and_finds_no_difference_to_the_models(url: str) -> None:
    alembic = [sys.executable, "-m", "alembic"]
    without = run([*alembic, "check"], capture_output=True, text=True, cwd=ROOT, check=False)
    assert (without.returncode, "-x url=" in without.stderr) == (1, True)
    found = run([*alembic, "-x", f"url={url}", "check"], capture_output=True, text=True, cwd=ROOT, check=False)
    assert (found.returncode, "No new upgrade operations" in found.stdout) == (0, True)
