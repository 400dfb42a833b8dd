"""The OpenAPI document: equal to its snapshot, valid, in French, complete."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from openapi_spec_validator import validate

from app import __version__
from app.api.openapi import problem_examples
from app.catalogue.request import LIST_PARAMETERS
from app.http import problems
from tests.in_process import run_actions
from tests.processes import ROOT

SNAPSHOT = Path(__file__).with_name("openapi.json")


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    done = run_actions(tmp_path_factory.mktemp("openapi"), "openapi")
    assert done.returncode == 0, done.stderr
    read: dict[str, Any] = json.loads(done.stdout)
    return read


def operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [operation for path in document["paths"].values() for operation in path.values()]


def example_of(parameter: dict[str, Any], document: dict[str, Any]) -> str:
    schema = parameter["schema"].get("items", parameter["schema"])
    if name := schema.get("$ref"):
        schema = document["components"]["schemas"][name.rpartition("/")[2]]
    return str(schema.get("examples", [""])[0]).replace("True", "true").replace("False", "false")


def test_the_document_is_the_reviewed_one(document: dict[str, Any]) -> None:
    # tests/clients/test_breaking.py reports changes that break clients.
    # After an intended change: .venv/bin/actions openapi > tests/api/openapi.json
    assert document == json.loads(SNAPSHOT.read_text(encoding="utf-8"))


def test_the_document_is_valid_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert document["info"]["version"] == __version__
    validate(document)


def test_the_server_gives_the_same_document(document: dict[str, Any], client: httpx.Client) -> None:
    assert client.get("/openapi.json").json() == document


def test_every_operation_is_named_described_and_says_its_errors(document: dict[str, Any]) -> None:
    identifiers = [operation["operationId"] for operation in operations(document)]

    assert len(set(identifiers)) == len(identifiers)
    for operation in operations(document):
        assert operation["summary"]
        assert operation["description"]
        assert operation["tags"]
        assert "500" in operation["responses"]
        for status, answer in operation["responses"].items():
            if int(status) >= 400:
                said = answer["content"]["application/problem+json"]
                assert said["schema"] == {"$ref": "#/components/schemas/Problem"}
                assert said["examples"].keys() <= document["components"]["examples"].keys()


def test_every_parameter_of_the_table_is_described_with_an_example(document: dict[str, Any]) -> None:
    given = document["paths"]["/actions"]["get"]["parameters"]
    described = {parameter["name"]: parameter for parameter in given if parameter["in"] == "query"}

    assert set(described) == set(LIST_PARAMETERS)
    for name, parameter in described.items():
        assert parameter["description"]
        # The example of a cursor is empty, see test_the_examples_of_a_page_and_a_cursor_are_accepted_together.
        assert example_of(parameter, document) or name == "cursor", name


def test_the_examples_of_parameters_are_accepted(document: dict[str, Any], client: httpx.Client) -> None:
    asked = 0
    for path, methods in document["paths"].items():
        given = methods.get("get", {}).get("parameters", ())
        places = {parameter["name"]: parameter["example"] for parameter in given if parameter["in"] == "path"}
        for parameter in given:
            if parameter["in"] == "query":
                asked += 1
                values = {parameter["name"]: example_of(parameter, document)}
                assert client.get(path.format(**places), params=values).status_code == 200, (path, parameter)
    assert asked > 80


def test_the_examples_of_a_page_and_a_cursor_are_accepted_together(
    document: dict[str, Any], client: httpx.Client
) -> None:
    described = document["paths"]["/actions"]["get"]["parameters"]
    examples = {
        parameter["name"]: parameter["schema"]["examples"][0]
        for parameter in described
        if parameter["name"] in {"page", "per_page", "cursor"}
    }

    assert len(examples) == 3
    assert client.get("/actions", params=examples).status_code == 200


def test_the_examples_in_addresses_are_in_the_catalogue_of_the_repository(
    document: dict[str, Any], client: httpx.Client
) -> None:
    asked = 0
    for path, methods in document["paths"].items():
        for parameter in methods.get("get", {}).get("parameters", ()):
            if parameter["in"] == "path":
                asked += 1
                address = path.format(**{parameter["name"]: parameter["example"]})
                assert client.get(address).status_code == 200, address
    assert asked >= 5


def test_every_kind_of_problem_has_an_example_of_its_own() -> None:
    assert problem_examples._EXAMPLES.keys() == set(problems.KINDS)


def test_the_readers_guide_names_every_parameter() -> None:
    guide = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")

    for name in LIST_PARAMETERS:
        assert f"`{name}`" in guide or f"`{name.partition('__')[0]}`" in guide, name


@pytest.mark.parametrize("page", ["/docs", "/redoc"])
def test_the_explorers_need_nothing_from_elsewhere(client: httpx.Client, page: str) -> None:
    answer = client.get(page)
    links = [part.split('"')[0] for mark in ('src="', 'href="') for part in answer.text.split(mark)[1:]]

    assert answer.headers["content-type"].startswith("text/html")
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert len(links) >= 3
    for link in links:
        assert link.startswith("data:") or client.get(f"/{link}").status_code == 200, link


def test_the_front_door_leads_to_the_explorer(client: httpx.Client) -> None:
    assert 'href="/docs"' in client.get("/").text
