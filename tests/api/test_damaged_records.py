"""One damaged record costs one record: lists, exports, feeds and pages serve the others, and say what is missing."""

import csv
import io
import sqlite3
from contextlib import closing
from pathlib import Path

import httpx
import openpyxl
import pytest

from app.service import CatalogueService
from tests.factories import make_action
from tests.in_process import run_actions, running_server
from tests.processes import default_settings
from tests.service.imports import import_file, update_record, write_export

NO_CACHE = {"ACTIONS_RECORD_CACHE": "0"}
UNDECODABLE = "CAST(x'c3ff' AS TEXT)"
DAMAGE = {
    "a title": f"titre = {UNDECODABLE}",
    "a long text": f"resume = {UNDECODABLE}",
    "a bytes value": "resume = x'41'",
    "a structure of bytes": "structure = x'41'",
    "a date": "modifie_le = 'hier'",
    "an undecodable date": f"cree_le = {UNDECODABLE}",
    "a number as a date": "modifie_le = 5",
    "a deletion": "supprime_le = 'hier'",
    "broken JSON": "mots_cles = '[\"a\"'",
    "undecodable JSON": f"mots_cles = {UNDECODABLE}",
    "JSON of another type": "mots_cles = '{\"a\": 1}'",
    "a list of numbers": "mots_cles = '[1]'",
    "a version": "version = 'une'",
}
LISTS = (
    "/actions?sort=titre&per_page=3",
    "/facets",
    "/stats",
    "/structures",
    "/structures/centre-social-des-tilleuls-nord",
    "/structures/centre-social-des-tilleuls-nord/fiche",
    "/sitemap.xml",
    "/sitemap/fiches-1.xml",
    "/sitemap/structures-1.xml",
    "/statistiques",
    "/health/live",
)


@pytest.fixture
def ids(tmp_path: Path) -> list[str]:
    """The identifiers of four records of one structure, the second of which has two versions."""
    actions = [make_action(f"Jardin {letter}", resume="Un potager.", mots_cles=["Nature"]) for letter in "ABCD"]
    with CatalogueService.open(default_settings(tmp_path)) as service:
        import_file(service, write_export(tmp_path / "a.txt", *actions))
        update_record(service, 2, make_action("Jardin B", resume="Un potager partagé."))
        service.catch_up()
        with service.store.read() as reader:
            return [record.id for record in reader.records()]


def damage(directory: Path, table: str, assignment: str, where: str = "number = 2") -> None:
    with closing(sqlite3.connect(directory / "actions.db", isolation_level=None)) as connection:
        connection.execute(f"UPDATE {table} SET {assignment} WHERE {where}")  # noqa: S608


def get(client: httpx.Client, path: str) -> httpx.Response:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.text)
    return answer


@pytest.mark.parametrize("assignment", DAMAGE.values(), ids=DAMAGE.keys())
def test_the_other_records_are_served(tmp_path: Path, ids: list[str], assignment: str) -> None:
    others = {ids[0], ids[2], ids[3]}
    damage(tmp_path, "actions", f"{assignment}")
    with running_server(tmp_path, settings=NO_CACHE) as base, httpx.Client(base_url=base) as client:
        for path in ("/actions", "/actions?q=jardin"):
            document = get(client, path).json()
            assert {item["id"] for item in document["items"]} == others
            assert document["total"] == 4
            message = f"1 fiche endommagée n'est pas montrée : « {ids[1]} »."
            assert [warning["message"] for warning in document["warnings"]] == [message]
            page = get(client, path.replace("/actions", "/"))
            assert message in page.text.replace("\xa0", " ").replace("&#39;", "'")
        similar = get(client, f"/actions/{ids[0]}/similar").json()
        assert {item["id"] for item in similar["items"]} <= others
        changes = get(client, "/changes").json()
        known = {change["id"] for change in changes["items"]}
        assert known - {ids[1]} == others
        assert get(client, f"/changes?since={changes['cursor']}").json()["items"] == []
        for path in LISTS:
            get(client, path)

        lines = get(client, "/actions.jsonl").text.splitlines()
        assert len(lines) == 3
        rows = list(csv.DictReader(io.StringIO(get(client, "/actions.csv").text.removeprefix("\ufeff"))))
        assert {row["id"] for row in rows} == others
        workbook = openpyxl.load_workbook(io.BytesIO(get(client, "/actions.xlsx").content))
        assert workbook.worksheets[0].max_row == 4
        assert get(client, "/actions.atom").text.count("<entry>") == 3

        assert get(client, "/health/ready").json()["damaged"] == 1
        assert "actions_damaged_records 1.0" in get(client, "/metrics").text


def test_a_hit_with_a_damaged_identifier_is_missed(tmp_path: Path, ids: list[str]) -> None:
    damage(tmp_path, "actions", f"id = {UNDECODABLE}", "number = 3")
    with running_server(tmp_path, settings=NO_CACHE) as base, httpx.Client(base_url=base) as client:
        document = get(client, "/actions").json()
        for path in ("/", "/changes", "/actions.csv", *LISTS):
            get(client, path)
        assert get(client, "/health/ready").json()["damaged"] == 1
    done = run_actions(tmp_path, "check")

    assert [warning["message"] for warning in document["warnings"]] == [
        f"1 fiche endommagée n'est pas montrée : « {ids[2]} »."
    ]
    assert done.returncode == 1
    assert "numéro 3, colonne « id »" in done.stdout


def test_reading_a_damaged_record_names_it_its_column_and_its_history(tmp_path: Path, ids: list[str]) -> None:
    damage(tmp_path, "actions", f"resume = {UNDECODABLE}")
    with running_server(tmp_path, settings=NO_CACHE) as base, httpx.Client(base_url=base) as client:
        answers = [client.get(f"/actions/{ids[1]}{suffix}") for suffix in ("", ".txt", "/similar")]
        page = client.get(f"/fiches/{ids[1]}", headers={"Accept": "text/html"})
        history = get(client, f"/actions/{ids[1]}/history").json()

    for answer in answers:
        assert answer.status_code == 503
        assert "Retry-After" not in answer.headers
        detail = answer.json()["detail"]
        assert detail.startswith(f"La fiche « {ids[1]} » est endommagée (« resume » : octet illisible")
        assert detail.endswith(f"/actions/{ids[1]}/history")
    assert page.status_code == 503
    assert "endommagée" in page.text
    assert [event["number"] for event in history["items"]] == [2, 1]
    assert {"key": "resume", "before": "Un potager.", "after": "Un potager partagé."} in history["items"][0]["changed"]


@pytest.mark.parametrize(
    ("table", "assignment"),
    [
        ("versions", "content = '{'"),
        ("versions", "content = '[]'"),
        ("versions", 'content = \'{"titre": 1, "structure": "S"}\''),
        ("versions", f"content = {UNDECODABLE}"),
        ("changes", "at = 'hier'"),
        ("changes", f"author = {UNDECODABLE}"),
        ("changes", "kind = 'autre'"),
        ("changes", "kind = x'41'"),
    ],
)
def test_a_damaged_event_leaves_the_rest_of_the_history(
    tmp_path: Path, ids: list[str], table: str, assignment: str
) -> None:
    where = "number = 2" if table == "changes" else "action = 2 AND version = 1"
    damage(tmp_path, table, assignment, where)
    with running_server(tmp_path, settings=NO_CACHE) as base, httpx.Client(base_url=base) as client:
        history = get(client, f"/actions/{ids[1]}/history").json()

    assert [event["number"] for event in history["items"]] == [2]


@pytest.mark.parametrize(
    "assignment", ["at = 'hier'", f"at = {UNDECODABLE}", "kind = 'autre'", f"kind = {UNDECODABLE}"]
)
def test_a_damaged_change_is_told_by_its_record(tmp_path: Path, ids: list[str], assignment: str) -> None:
    damage(tmp_path, "changes", assignment, "number = 5")  # the last one: the update of the second record
    with running_server(tmp_path, settings=NO_CACHE) as base, httpx.Client(base_url=base) as client:
        items = get(client, "/changes").json()["items"]
        get(client, "/actions")
        get(client, "/actions.csv")

    assert [item["id"] for item in items] == [ids[0], ids[2], ids[3], ids[1]]
    assert items[3]["kind"] == "modification"
    assert items[3]["action"]["id"] == ids[1]


def test_a_damaged_structure_is_left_out(tmp_path: Path, ids: list[str]) -> None:
    damage(tmp_path, "structures", f"nom = {UNDECODABLE}", "true")
    with running_server(tmp_path, settings=NO_CACHE) as base, httpx.Client(base_url=base) as client:
        assert get(client, "/structures").json()["items"] == []
        answer = client.get("/structures/centre-social-des-tilleuls-nord")
        assert len(get(client, "/actions").json()["items"]) == len(ids)

    assert answer.status_code == 503
    assert "est endommagée" in answer.json()["detail"]


def test_the_index_is_rebuilt_without_the_damaged_record(tmp_path: Path, ids: list[str]) -> None:
    damage(tmp_path, "actions", f"titre = {UNDECODABLE}")
    done = run_actions(tmp_path, "reindex")
    with running_server(tmp_path) as base, httpx.Client(base_url=base) as client:
        document = get(client, "/actions?q=jardin").json()

    assert (done.returncode, done.stdout) == (0, "3 fiches indexées.\n")
    assert (document["total"], len(document["items"]), document["warnings"]) == (3, 3, [])


def test_the_index_takes_in_the_changes_around_a_damaged_record(tmp_path: Path, ids: list[str]) -> None:
    with CatalogueService.open(default_settings(tmp_path)) as service:
        for number in (1, 2):
            update_record(service, number, make_action("Verger"))
    damage(tmp_path, "actions", f"titre = {UNDECODABLE}")
    with running_server(tmp_path) as base, httpx.Client(base_url=base) as client:
        document = get(client, "/actions?q=verger").json()
        assert get(client, "/health/ready").json()["lag"] == 0

    assert [item["id"] for item in document["items"]] == [ids[0]]


def test_check_names_each_damaged_value_and_goes_on(tmp_path: Path, ids: list[str]) -> None:
    damage(tmp_path, "actions", f"resume = {UNDECODABLE}")
    damage(tmp_path, "actions", "modifie_le = 'hier'", "number = 4")
    damage(tmp_path, "versions", "content = '{'", "action = 3")
    done = run_actions(tmp_path, "check")

    assert done.returncode == 1
    assert f"« {ids[1]} », colonne « resume » : octet illisible (UTF-8) à la position 0" in done.stdout
    assert f"« {ids[3]} », colonne « modifie_le » : date illisible : « hier »" in done.stdout
    assert "table « versions », fiche numéro 3, colonne « content » : JSON illisible" in done.stdout
    assert "restaurer une sauvegarde" in done.stdout
    assert "/history" in done.stdout
    assert done.stdout.endswith("2 fiches vérifiées : à réparer.\n")
    assert "Différences" not in done.stdout


@pytest.mark.parametrize("name", ["texte", "jsonl", "csv", "xlsx"])
def test_the_command_exports_the_others_and_says_so(tmp_path: Path, ids: list[str], name: str) -> None:
    output = tmp_path / "export"
    damage(tmp_path, "actions", "resume = x'41'")
    done = run_actions(tmp_path, "export", "--format", name, "--output", output)

    assert done.returncode == 1
    assert "1 enregistrement(s) endommagé(s)" in done.stderr
    assert output.stat().st_size > 0
    if name == "texte":
        assert output.read_text(encoding="utf-8").count("Jardin") == len(ids) - 1


def test_a_repaired_record_is_no_longer_counted(tmp_path: Path, ids: list[str]) -> None:
    damage(tmp_path, "actions", "resume = x'41'")
    with running_server(tmp_path, settings=NO_CACHE) as base, httpx.Client(base_url=base) as client:
        get(client, "/actions")
        assert get(client, "/health/ready").json()["damaged"] == 1
        damage(tmp_path, "actions", "resume = 'A'")
        assert get(client, f"/actions/{ids[1]}").json()["resume"] == "A"
        assert get(client, "/health/ready").json()["damaged"] == 0
