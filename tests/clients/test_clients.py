"""Clients that generators make from the document, each used by a partner's program against a running service."""

import json
import shutil
from pathlib import Path

import httpx

from tests.clients.conftest import Service
from tests.clients.tools import BIN, HERE, finished, node

_STRICT = ["--strict", "--noUncheckedIndexedAccess", "--exactOptionalPropertyTypes", "--skipLibCheck"]
_MODERN = ["--target", "es2022", "--module", "nodenext", "--lib", "es2022,dom,dom.iterable"]


def check(service: Service, printed: str, title: str) -> None:
    """Hold what a partner's program printed to what the service says."""
    answers = json.loads(printed)
    assert answers["found"] == service.get("/actions", q="jardin", departement="59")["total"] > 0
    everything = [item["id"] for item in service.get("/actions", per_page=100)["items"]]
    assert set(everything) >= set(answers["walked"])
    assert len(answers["walked"]) == len(set(answers["walked"])) >= 24
    assert answers["read"] == service.get(f"/actions/{answers['walked'][0]}")["structure"]["nom"]
    assert answers["problem"] == [404, "urn:actions-centres-sociaux:probleme:introuvable"]
    identifier, written = answers["written"]
    assert written == title
    assert answers["changed"] == ["En cours", 412]
    assert answers["deleted"] == [204, 410]
    assert set(answers["followed"]) >= {*answers["walked"], identifier}
    history = httpx.get(f"{service.base}/actions/{identifier}/history").json()
    assert [version["kind"] for version in history["items"]] == ["suppression", "modification", "creation"]


def test_a_python_client_is_generated_checked_and_used(service: Service, tmp_path: Path) -> None:
    client = tmp_path / "catalogue_client"
    generator = [BIN / "openapi-python-client", "generate", "--url", f"{service.base}/openapi.json"]
    generator += ["--meta", "none", "--config", HERE / "generator.yaml"]
    generated = finished([*generator, "--fail-on-warning", "--output-path", client], cwd=tmp_path)
    assert generated.returncode == 0, generated.stdout + generated.stderr
    shutil.copy(HERE / "partner.py", tmp_path)

    # What the generator writes for every service is its own affair.
    checker = [BIN / "mypy", "--strict", "--follow-imports", "silent", "--cache-dir", tmp_path / "cache"]
    typed = finished([*checker, "partner.py"], cwd=tmp_path)
    assert typed.returncode == 0, typed.stdout
    done = finished([BIN / "python", "partner.py", service.base, service.key], cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    check(service, done.stdout, "Atelier d'un client Python")


def test_typescript_types_are_generated_compiled_and_used(service: Service, tmp_path: Path) -> None:
    generated = node("openapi-typescript", service.file, "--output", tmp_path / "schema.d.ts")
    assert generated.returncode == 0, generated.stderr
    for name in ("partner.ts", "package.json"):
        shutil.copy(HERE / name, tmp_path)
    (tmp_path / "node_modules").symlink_to(HERE / "node_modules")

    compiled = node("tsc", *_STRICT, *_MODERN, "partner.ts", cwd=tmp_path)
    assert compiled.returncode == 0, compiled.stdout
    done = node("node", "partner.js", service.base, service.key, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    check(service, done.stdout, "Atelier d'un client TypeScript")
