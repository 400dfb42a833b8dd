"""What a change of the OpenAPI document breaks for clients is told, and nothing else is."""

import copy
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from app.api.openapi.deprecations import mark_deprecated
from app.http.deprecation import Deprecation
from tests.clients.breaking import breaking, harmless
from tests.in_process import run_actions
from tests.processes import ROOT

Document = dict[str, Any]
SNAPSHOT = json.loads((ROOT / "tests" / "api" / "openapi.json").read_text(encoding="utf-8"))


def listing(document: Document) -> Document:
    operation: Document = document["paths"]["/actions"]["get"]
    return operation


def parameter(document: Document, name: str) -> Document:
    return next(given for given in listing(document)["parameters"] if given["name"] == name)


def shape(document: Document, name: str) -> Document:
    found: Document = document["components"]["schemas"][name]
    return found


def without_key(document: Document) -> None:
    del shape(document, "Structure")["properties"]["libelle"]
    shape(document, "Structure")["required"].remove("libelle")


def renamed_shape(document: Document) -> None:
    text = json.dumps(document).replace('schemas/Structure"', 'schemas/Organisateur"')
    document.update(json.loads(text))
    shapes = document["components"]["schemas"]
    shapes["Organisateur"] = shapes.pop("Structure")


def deprecated(document: Document) -> None:
    days = {"since": date(2025, 1, 1), "sunset": date(2026, 1, 1), "instead": "autrement."}
    one = Deprecation("listerActions", **days, parameter="full")
    mark_deprecated(document["paths"], [one, Deprecation("suggerer", **days)])


def optional_key(document: Document) -> None:
    """Leave out a key that an answer may lack."""
    error = shape(document, "ProblemError")
    assert "allowed" not in error["required"]
    del error["properties"]["allowed"]


BREAKING: dict[str, Callable[[Document], Any]] = {
    "an operation goes": lambda document: document["paths"].pop("/facets"),
    "a parameter goes": lambda document: listing(document)["parameters"].remove(parameter(document, "q")),
    "a parameter is required": lambda document: parameter(document, "q").update(required=True),
    "a parameter takes less": lambda document: parameter(document, "per_page")["schema"].update(maximum=50),
    "a choice goes": lambda document: shape(document, "FacetChoice")["enum"].pop(),
    "an answer lacks a key": without_key,
    "a key may be missing": lambda document: shape(document, "Structure")["required"].remove("libelle"),
    "a key may be null": lambda document: shape(document, "Structure")["properties"]["nom"].update(
        type=["string", "null"]
    ),
    "a key has another type": lambda document: shape(document, "Structure")["properties"]["nom"].update(type="integer"),
    "a body needs more": lambda document: shape(document, "ActionEcrite")["required"].append("resume"),
    "a body takes less": lambda document: shape(document, "ActionEcrite")["properties"].pop("resume"),
    "an answer goes": lambda document: listing(document)["responses"].pop("200"),
    "an error goes": lambda document: listing(document)["responses"].pop("422"),
    "a header goes": lambda document: listing(document)["responses"]["200"]["headers"].pop("Link"),
    "an answer lacks an optional key": optional_key,
    "an operation has another name": lambda document: listing(document).update(operationId="autre"),
    "an operation has another tag": lambda document: listing(document).update(tags=["Structures"]),
    "a shape has another name": renamed_shape,
    "a default is another one": lambda document: parameter(document, "per_page")["schema"].update(default=50),
    "a default goes": lambda document: parameter(document, "per_page")["schema"].pop("default"),
    "an answer may say another word": lambda document: shape(document, "ChangeKind")["enum"].append("autre"),
    "a reader needs a key": lambda document: listing(document).update(security=[{"cle": []}]),
}
HARMLESS: dict[str, Callable[[Document], Any]] = {
    "an operation is added": lambda document: document["paths"].update(
        {"/autres": {"get": {**listing(document), "operationId": "autre"}}}
    ),
    "a parameter is added": lambda document: listing(document)["parameters"].append(
        {"name": "n", "in": "query", "schema": {"type": "string"}}
    ),
    "an answer has one more key": lambda document: shape(document, "Structure")["properties"].update(
        autre={"type": "string"}
    ),
    "a body may say more": lambda document: shape(document, "ActionEcrite")["properties"].update(
        autre={"type": "string"}
    ),
    "an error is added": lambda document: listing(document)["responses"].update(
        {"409": listing(document)["responses"]["422"]}
    ),
    "a header is added": lambda document: listing(document)["responses"]["200"]["headers"].update(
        {"X-Autre": {"schema": {"type": "string"}}}
    ),
    "something is deprecated": deprecated,
    "a parameter takes more": lambda document: parameter(document, "per_page")["schema"].update(maximum=200),
}


def changed(change: Callable[[Document], Any]) -> Document:
    document = copy.deepcopy(SNAPSHOT)
    change(document)
    return document


@pytest.mark.parametrize("name", BREAKING)
def test_what_breaks_is_told(name: str, tmp_path: Path) -> None:
    assert breaking(SNAPSHOT, changed(BREAKING[name]), tmp_path) != []


def test_what_is_deprecated_breaks_a_client_once_it_is_gone(tmp_path: Path) -> None:
    before = changed(deprecated)
    after = copy.deepcopy(before)
    del after["paths"]["/suggest"]
    listing(after)["parameters"].remove(parameter(after, "full"))

    gone = breaking(before, after, tmp_path)
    assert [line for line in gone if "/suggest" in line] != []
    assert [line for line in gone if "full" in line] != []


@pytest.mark.parametrize("name", HARMLESS)
def test_what_only_adds_breaks_nothing(name: str, tmp_path: Path) -> None:
    document = changed(HARMLESS[name])

    assert breaking(SNAPSHOT, document, tmp_path) == []
    assert harmless(SNAPSHOT, document, tmp_path) != []


def test_words_alone_are_no_change(tmp_path: Path) -> None:
    document = changed(lambda document: listing(document).update(description="Autrement dit."))

    assert breaking(SNAPSHOT, document, tmp_path) == harmless(SNAPSHOT, document, tmp_path) == []


def test_the_document_breaks_nothing_that_its_snapshot_promises(tmp_path: Path) -> None:
    done = run_actions(tmp_path, "openapi")
    broken = breaking(SNAPSHOT, json.loads(done.stdout), tmp_path)

    # What is meant to break takes a new major version; `actions openapi > tests/api/openapi.json` then promises anew.
    assert broken == [], "\n".join(["This breaks for clients:", *broken])
