"""The OpenAPI document passes every rule of a linter, and rules of our own that a spoiled document does not pass."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from tests.clients.conftest import Service
from tests.clients.tools import HERE, node
from tests.in_process import run_actions

RULES = HERE / "spectral.yaml"
_PARTNERS_SEE = {"ACTIONS_PUBLIC_URL": "https://actions.example", "ACTIONS_CONTACT_EMAIL": "contact@actions.example"}
# Words of English that are none of French.
_ENGLISH = {"the", "of", "what", "with", "and", "return", "returns", "which", "this", "record", "happened"}


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The document as an operator publishes it."""
    return printed(tmp_path_factory.mktemp("published"), **_PARTNERS_SEE)


@pytest.fixture(scope="module")
def by_default(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The document of a service whose operator has set nothing."""
    return printed(tmp_path_factory.mktemp("default"))


def printed(directory: Path, **settings: str) -> dict[str, Any]:
    """Return the document of a service with those settings."""
    done = run_actions(directory, "openapi", **settings)
    read: dict[str, Any] = json.loads(done.stdout)
    return read


def spoiled(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document with one fault for each of our rules."""
    spoiled = copy.deepcopy(document)
    listing, shapes = spoiled["paths"]["/actions"]["get"], spoiled["components"]["schemas"]
    del spoiled["tags"][0]["description"], spoiled["info"]["contact"]["name"]
    del listing["summary"], listing["description"]
    for parameter in listing["parameters"]:
        parameter.get("schema", {}).pop("examples", None)
    del listing["responses"]["400"]["content"]["application/problem+json"]["examples"]
    listing["responses"]["422"]["content"] = {"text/plain": {"examples": {"a": {"value": "b"}}}}
    listing["responses"]["200"]["content"]["application/json"]["schema"] = {"type": "array"}
    listing["parameters"].append({"name": "n", "in": "query", "schema": {"type": "string", "enum": ["a"]}})
    listing["responses"]["200"]["headers"]["X-Autre"] = {"schema": {"type": "string"}}
    del spoiled["components"]["headers"]["Link"]["schema"]["examples"]
    del shapes["Structure"]["examples"]
    shapes["Structure"]["properties"] |= {
        "bare": {"type": "string"},
        "within": {"type": "object"},
        "either": {"anyOf": [{"type": "string"}, {"type": "null"}]},
    }
    return spoiled


def test_the_document_has_no_fault_whatever_is_set_and_a_spoiled_one_has_each(
    document: dict[str, Any], by_default: dict[str, Any], tmp_path: Path
) -> None:
    files = {"published": document, "default": by_default, "spoiled": spoiled(document)}
    paths = [tmp_path / f"{name}.json" for name in files]
    for path, content in zip(paths, files.values(), strict=True):
        path.write_text(json.dumps(content), encoding="utf-8")
    linted = node("spectral", "lint", *paths, "--ruleset", RULES, "--format", "json", "--fail-severity", "hint")
    assert linted.stdout.startswith("["), linted.stdout + linted.stderr

    found = json.loads(linted.stdout)
    assert [fault for fault in found if Path(fault["source"]).stem != "spoiled"] == []
    ours = {name for name, rule in yaml.safe_load(RULES.read_text(encoding="utf-8"))["rules"].items() if rule}
    assert ours <= {fault["code"] for fault in found}


def test_whom_to_ask_is_said_as_far_as_it_is_known(document: dict[str, Any], by_default: dict[str, Any]) -> None:
    name = "Exploitant du catalogue"

    assert document["info"]["contact"] == {
        "name": name,
        "url": _PARTNERS_SEE["ACTIONS_PUBLIC_URL"],
        "email": _PARTNERS_SEE["ACTIONS_CONTACT_EMAIL"],
    }
    assert by_default["info"]["contact"] == {"name": name}


def texts(value: Any, at: str = "") -> list[tuple[str, str]]:
    """Return each description and summary of a document, with its place."""
    if isinstance(value, list):
        return [found for number, inner in enumerate(value) for found in texts(inner, f"{at}/{number}")]
    if not isinstance(value, dict):
        return []
    own = [(f"{at}/{key}", value[key]) for key in ("description", "summary") if isinstance(value.get(key), str)]
    return [*own, *(found for key, inner in value.items() for found in texts(inner, f"{at}/{key}"))]


def test_what_it_says_is_french(document: dict[str, Any]) -> None:
    said = texts(document)

    assert len(said) > 400
    assert [(at, text) for at, text in said if _ENGLISH & set(text.lower().split())] == []


def test_every_example_is_of_its_schema(document: dict[str, Any]) -> None:
    address = "urn:document"
    registry: Registry[Any] = Registry().with_resource(address, Resource(document, DRAFT202012))

    def check(schema: dict[str, Any], place: str) -> int:
        validator = Draft202012Validator({"$ref": f"{address}#{place}"}, registry=registry)
        for example in schema.get("examples", ()):
            validator.validate(example)
        inner = schema.get("properties", {})
        return len(schema.get("examples", ())) + sum(check(inner[key], f"{place}/properties/{key}") for key in inner)

    checked = sum(
        check(schema, f"/components/schemas/{name}") for name, schema in document["components"]["schemas"].items()
    )
    problem = Draft202012Validator({"$ref": f"{address}#/components/schemas/Problem"}, registry=registry)
    for example in document["components"]["examples"].values():
        problem.validate(example["value"])
    assert checked > 150


def test_the_document_of_a_running_service_is_that_of_the_command(service: Service, document: dict[str, Any]) -> None:
    assert {**service.document, "servers": [], "info": {}} == {**document, "servers": [], "info": {}}
    assert service.document["info"]["version"] == document["info"]["version"]
