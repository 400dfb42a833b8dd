"""Responses of the server match the OpenAPI document: status, headers, media type."""

import json
import re
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.api.path_parameters import EXAMPLE_ACTION_ID
from tests.api.editor import STRUCTURE, Editor
from tests.in_process import create_key_secret, running_server

# Headers of HTTP itself and for browsers, which the document does not list.
_OF_HTTP = {
    "cache-control",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "transfer-encoding",
    "vary",
}
_OF_BROWSERS = re.compile(r"access-control-|content-security-|cross-origin-|referrer-|x-content-type-|x-frame-")
_OCCASIONAL = {"search-status"}  # only sent when a write is not indexed yet
_LIMITS = {"ACTIONS_RATE_LIMIT": "1000", "ACTIONS_KEY_RATE_LIMIT": "20", "ACTIONS_CLIENT_TIMEOUT": "1"}


class Reader:
    """Compares responses with the document of the server that `editor` writes to."""

    def __init__(self, editor: Editor) -> None:
        self.editor = editor
        self.document: dict[str, Any] = editor.client.get("/openapi.json").json()
        self.seen: set[tuple[str, int]] = set()
        self.unlike: list[str] = []
        editor.client.event_hooks = {"response": [self.compare]}

    def operation(self, request: httpx.Request) -> dict[str, Any]:
        """Return the operation of a request; of two matching paths, the longer one."""
        fitting = [
            path
            for path in self.document["paths"]
            if re.fullmatch(re.escape(path).replace(r"\{id\}", "[^/]+"), request.url.path)
        ]
        operation: dict[str, Any] = self.document["paths"][max(fitting, key=len)][request.method.lower()]
        return operation

    def compare(self, answer: httpx.Response) -> None:
        """Record a response, and its differences from the document."""
        operation = self.operation(answer.request)
        name, status = operation["operationId"], answer.status_code
        self.seen.add((name, status))
        if not (described := operation["responses"].get(str(status))):
            self.unlike.append(f"{name} {status} is not described")
            return
        headers = {header.lower() for header in described.get("headers", {})}
        sent = {header for header in answer.headers if header not in _OF_HTTP and not _OF_BROWSERS.match(header)}
        if headers - _OCCASIONAL != sent - _OCCASIONAL:
            self.unlike.append(f"{name} {status}: {sorted(headers ^ sent)}")
        if answer.headers.get("content-type") not in self.media_types(described):
            self.unlike.append(f"{name} {status}: {answer.headers.get('content-type')}")

    @staticmethod
    def media_types(described: dict[str, Any]) -> set[str | None]:
        """Return the allowed values of Content-Type: the documented one, for text also with a charset."""
        types = described.get("content", {})
        return {*types, *(f"{name}; charset=utf-8" for name in types if name.startswith("text/"))} or {None}


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory, imported: Path) -> Path:
    """The data directory of a server with rate limits."""
    return shutil.copytree(imported, tmp_path_factory.mktemp("documented") / "var")


@pytest.fixture(scope="module")
def reader(directory: Path) -> Iterator[Reader]:
    """Compares the responses of that server with its document."""
    secret = create_key_secret(directory)
    with running_server(directory, settings=_LIMITS) as base, Editor(base, secret) as editor:
        yield Reader(editor)


def test_reading_is_answered_as_the_document_says(reader: Reader) -> None:
    client = reader.editor.client
    for path, methods in reader.document["paths"].items():
        if "get" not in methods:
            continue
        (place,) = [each["example"] for each in methods["get"].get("parameters", ()) if each["in"] == "path"] or [""]
        address = path.replace("{id}", place)
        first = client.get(address)
        client.get(address, headers={"If-None-Match": first.headers.get("etag", "*")})
        client.get(f"{address}?inconnu=1")
        client.get(path.replace("{id}", "nulle"))
        for each in methods["get"].get("parameters", ()):
            if each["schema"].get("type") == "integer":
                client.get(f"{address}?{each['name']}=mille")
        client.get(f"{address}?q={'x' * 8000}")
        client.get(address, headers={"X-Long": "x" * 33_000})
    client.get("/changes", params={"since": "WzEyLCJhYmMiXQ"})

    assert reader.unlike == []
    every = {200, 304, 400, 404, 410, 414, 422, 431}
    assert every <= {status for _, status in reader.seen}


def test_a_body_that_does_not_arrive_is_answered_as_the_document_says(reader: Reader) -> None:
    base = reader.editor.client.base_url
    head_sent = "POST /actions HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n"
    key = reader.editor.client.headers["authorization"]
    with socket.create_connection((base.host, base.port or 80)) as connection:
        connection.sendall(f"{head_sent}Authorization: {key}\r\n\r\n{{".encode())
        connection.settimeout(30)
        head, _, body = connection.recv(4096).partition(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 408 ")
    assert json.loads(body) == reader.document["components"]["examples"]["trop-lente"]["value"]
    assert all("408" in way["responses"] for ways in reader.document["paths"].values() for way in ways.values())


def test_writing_is_answered_as_the_document_says(reader: Reader) -> None:
    editor, client = reader.editor, reader.editor.client
    content = {"titre": "Atelier vélo", "structure": STRUCTURE}
    as_json = {"Content-Type": "application/json"}
    path, tag = editor.created("Atelier vélo")
    ways = [("POST", "/actions"), ("PUT", path), ("PATCH", path)]
    for method, address in [*ways, ("DELETE", path)]:
        client.request(method, address, headers={"Authorization": ""})
        client.request(method, address, params={"inconnu": "1"}, json=content, headers={"If-Match": tag})
    for method, address in ways:
        client.request(method, address, content=b"{", headers={**as_json, "If-Match": tag})
        client.request(method, address, content=b"{}", headers={"Content-Type": "text/csv", "If-Match": tag})
        client.request(method, address, content=b"x" * 1_000_001, headers=as_json)
        client.request(method, address, json={"inconnue": 1}, headers={"If-Match": tag})
    editor.create("Atelier vélo")
    editor.put(path, '"1-passee"', content)
    client.put(path, json=content)
    tag = editor.put(path, tag, content).headers["etag"]
    tag = editor.patch(path, tag, statut="En cours").headers["etag"]
    editor.delete(path, tag)
    for late in (path, "/actions/nulle"):
        editor.put(late, tag, content)
        editor.patch(late, tag, statut="Terminée")
        editor.delete(late, tag)
        client.get(late)
    assert any(editor.patch(path, tag).status_code == 429 for _ in range(500))

    assert reader.unlike == []
    every = {200, 201, 204, 400, 401, 404, 409, 410, 412, 413, 415, 422, 428, 429}
    assert every <= {status for _, status in reader.seen}


def provoked_problems(editor: Editor, other: Editor, record: dict[str, Any], base: str) -> list[httpx.Response]:
    """Return the responses to requests on `record` that provoke the documented problems; `other` may only read."""
    client, path = editor.client, f"/actions/{record['id']}"
    content = {"titre": record["titre"], "structure": {"nom": record["structure"]["nom"], "departement": "59"}}
    first, second = ({**content, "titre": titre} for titre in ("Fête du quartier", "Fête des voisins"))
    headers = {"Idempotency-Key": "fete"}
    return [
        httpx.delete(f"{base}{path}"),
        other.delete(path, "*"),
        client.get("/actions?dimention=Citoyennet%C3%A9"),
        client.get("/actions?per_page=mille"),
        client.get("/actions/jardin"),
        client.get("/changes?since=WzEyLCJhYmMiXQ"),
        client.get(f"/actions?q={'x' * 8000}"),
        client.get("/", headers={"X-Long": "x" * 33_000}),
        client.post("/actions", content=b"{", headers={"Content-Type": "application/json"}),
        client.post("/actions", content=b"{}", headers={"Content-Type": "text/csv"}),
        client.post("/actions", content=b"x" * 1_000_001),
        client.post("/actions", json={"titre": "Atelier vélo", "structure": {}}),
        client.post("/actions", json=content),
        client.post("/actions", json=first, headers=headers),
        client.post("/actions", json=second, headers=headers),
        client.patch(path, json={}),
        editor.patch(path, '"0-passee"', statut="Terminée"),
        editor.delete(path, "*"),
        client.get(path),
    ]


def test_each_example_of_an_error_is_what_the_service_answers(reader: Reader, directory: Path) -> None:
    base = str(reader.editor.client.base_url).rstrip("/")
    with (
        Editor(base, create_key_secret(directory)) as editor,
        Editor(base, create_key_secret(directory, "Lecture", scope=None)) as other,
    ):
        record = editor.client.get(f"/actions/{EXAMPLE_ACTION_ID}").json()
        responses = provoked_problems(editor, other, record, base)
    documents = [
        json.loads(response.text.replace(base, "https://actions.example"))
        for response in responses
        if response.is_error
    ]
    problems = {document["type"]: document for document in documents}

    # Responses that a test cannot provoke, and those that other tests of this module cover.
    omitted = {"erreur-interne", "indisponible", "trop-de-demandes", "trop-lente"}
    for name, example in reader.document["components"]["examples"].items():
        if name not in omitted:
            expected = example["value"]
            problem = problems[expected["type"]]
            # The problem truncates a URL that is too long.
            instance = problem["instance"] if name != "adresse-trop-longue" else expected["instance"]
            assert {**problem, "instance": instance} == expected, name
