"""Properties of all responses: problems, validators, compression, identifiers, health, metrics."""

import gzip
import json
import re
import socket
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.api.schemas import actions as schemas
from app.api.schemas.problems import Problem
from app.importing.text_format import render_export
from tests import processes
from tests.factories import make_action
from tests.in_process import run_actions, running_server


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    Problem.model_validate(document)
    assert document["status"] == status
    return document


def test_an_unknown_parameter_is_refused_and_names_the_nearest(client: httpx.Client) -> None:
    document = problem(client.get("/actions?dimenssion=x"), 400)

    assert document["errors"][0]["parameter"] == "dimenssion"
    assert "« dimension »" in document["detail"]
    assert document["instance"] == "/actions?dimenssion=x"


@pytest.mark.parametrize(
    "path",
    [
        "/facets",
        "/stats",
        "/structures",
        "/suggest",
        "/actions/x",
        "/actions/x.txt",
        "/actions/x/similar",
        "/structures/x",
    ],
)
def test_no_endpoint_takes_unknown_parameters(client: httpx.Client, path: str) -> None:
    problem(client.get(path, params={"couleur": "bleu"}), 400)


def test_a_refused_value_says_what_is_allowed(client: httpx.Client) -> None:
    document = problem(client.get("/actions", params={"facet": "couleur", "per_page": "1000"}), 422)

    assert {error["parameter"] for error in document["errors"]} == {"facet", "per_page"}
    assert "dimension" in document["errors"][0]["allowed"]


@pytest.mark.parametrize(
    "path", ["/actions/inconnue", "/actions/inconnue.txt", "/structures/inconnue", "/ailleurs", "/actions/"]
)
def test_what_is_not_there_is_not_found(client: httpx.Client, path: str) -> None:
    problem(client.get(path), 404)


def test_a_method_that_an_address_does_not_take_is_refused(client: httpx.Client) -> None:
    answer = client.post("/facets")

    problem(answer, 405)
    assert "GET" in answer.headers["allow"]


def test_the_instance_of_a_problem_is_an_address(client: httpx.Client) -> None:
    document = problem(client.get("/actions/%C3%A9t%C3%A9%20x%0Ay"), 404)

    assert document["instance"] == "/actions/%C3%A9t%C3%A9%20x%0Ay"


def test_an_address_that_is_too_long_is_refused(client: httpx.Client) -> None:
    problem(client.get("/actions", params={"_": "a" * 8000}), 414)


def test_links_are_left_out_of_the_headers_when_they_are_long(client: httpx.Client) -> None:
    answer = client.get("/actions", params={"q": "é" * 480})

    assert "link" not in answer.headers
    assert answer.json()["links"]["first"].endswith("page=1")


def test_what_other_tools_add_to_an_address_is_not_in_its_links(client: httpx.Client, server: str) -> None:
    document = client.get("/actions?utm_source=lettre&_=1&dimension=&q=jardin").json()

    assert document["links"]["first"] == f"{server}/actions?q=jardin&page=1"


def ask_raw(base: str, *parts: bytes) -> bytes:
    """Send `parts` unchanged over a connection; return the whole response."""
    host, _, port = base.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        for part in parts:
            connection.sendall(part)
            time.sleep(0.05)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    return answer


@pytest.mark.parametrize("cut", [1000, 30, 31])
def test_accents_in_an_address_need_not_be_encoded(server: str, cut: int) -> None:
    request = "GET /actions?dimension=Citoyenneté&per_page=1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
    answer = ask_raw(server, request[:cut], request[cut:])

    assert answer.startswith(b"HTTP/1.1 200")
    assert b'"total":16' in answer


def test_accents_are_read_in_each_request_of_a_connection(server: str) -> None:
    one = "GET /actions?dimension=Citoyenneté&fields=id HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    last = one.replace(b"Host: x", b"Host: x\r\nConnection: close")

    assert ask_raw(server, one, last).count(b'"total":16') == 2


def test_what_is_no_http_gets_a_problem(server: str) -> None:
    answer = ask_raw(server, b"BONJOUR\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 400")
    assert b"application/problem+json" in answer
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["title"] == "Demande illisible"


def test_a_list_is_not_sent_again_while_the_catalogue_stays_the_same(client: httpx.Client) -> None:
    answer = client.get("/actions")
    again = client.get("/actions", headers={"If-None-Match": f'"x", {answer.headers["etag"]}'})

    assert answer.headers["etag"].startswith('W/"')
    assert answer.headers["cache-control"] == "public, max-age=0, must-revalidate"
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == answer.headers["etag"]
    assert "accept-encoding" in again.headers["vary"].lower()
    assert client.get("/actions", headers={"If-None-Match": "*"}).status_code == 304
    assert client.get("/actions", headers={"If-None-Match": 'W/"0"'}).status_code == 200


def test_the_tag_of_a_record_is_strong_and_names_its_version(client: httpx.Client) -> None:
    path = client.get("/actions").json()["items"][0]["links"]["self"]
    answer = client.get(path)

    tag = answer.headers["etag"]
    assert re.fullmatch(rf'"{answer.json()["version"]}-[0-9a-f]+"', tag)
    assert client.get(path, headers={"If-None-Match": f"W/{tag}"}).status_code == 304
    assert client.get(path, headers=[("If-None-Match", '"x"'), ("If-None-Match", tag)]).status_code == 304


def test_the_tag_of_lists_changes_when_the_catalogue_does(filled: Path, sample_export: Path) -> None:
    more = filled / "more.txt"
    more.write_text(
        sample_export.read_text(encoding="utf-8").replace("Jardin partagé\n", "Jardin commun\n", 1), "utf-8"
    )
    with running_server(filled) as base:
        before = httpx.get(f"{base}/actions")
        assert run_actions(filled, "import", more).returncode == 0
        after = httpx.get(f"{base}/actions", headers={"If-None-Match": before.headers["etag"]})

    assert after.status_code == 200
    assert (before.json()["total"], after.json()["total"]) == (24, 25)


def test_another_catalogue_has_other_tags(tmp_path: Path) -> None:
    def tags(resume: str) -> tuple[str, ...]:
        data_dir = tmp_path / resume
        data_dir.mkdir()
        export = data_dir / "export.txt"
        export.write_text("".join(render_export([make_action(resume=resume)])), encoding="utf-8")
        run_actions(data_dir, "import", export)
        with running_server(data_dir) as base:
            answer = httpx.get(f"{base}/actions")
            path = answer.json()["items"][0]["links"]["self"]
            return answer.headers["etag"], httpx.get(path).headers["etag"], httpx.get(f"{path}.txt").headers["etag"]

    assert not set(tags("un")) & set(tags("deux"))


def test_head_answers_as_get_without_a_body(client: httpx.Client) -> None:
    head, get = client.head("/actions"), client.get("/actions")

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == get.headers["etag"]


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip"])
def test_answers_are_compressed_on_request(client: httpx.Client, encoding: str) -> None:
    with client.stream("GET", "/actions", headers={"Accept-Encoding": encoding}) as answer:
        raw = b"".join(answer.iter_raw())

    assert answer.headers["content-encoding"] == encoding
    assert "accept-encoding" in answer.headers["vary"].lower()
    if encoding == "gzip":
        assert json.loads(gzip.decompress(raw))["total"] == 24


def test_long_problems_are_compressed(client: httpx.Client) -> None:
    answer = client.get("/actions", params={"fields": "x" * 900}, headers={"Accept-Encoding": "gzip"})

    assert answer.headers["content-encoding"] == "gzip"
    problem(answer, 422)


def test_small_answers_are_not_compressed(client: httpx.Client) -> None:
    assert "content-encoding" not in client.get("/health/live", headers={"Accept-Encoding": "gzip"}).headers


def test_every_answer_carries_the_identifier_of_its_request(client: httpx.Client) -> None:
    assert client.get("/actions", headers={"X-Request-Id": "abc-1"}).headers["x-request-id"] == "abc-1"
    for odd in ("", "a b", "x" * 65, "é"):
        made = client.get("/ailleurs", headers={"X-Request-Id": odd.encode()}).headers["x-request-id"]
        assert len(made) == 32


def logged(log: Path, request_id: str) -> list[dict[str, object]]:
    """Return the log entry of a request; the server may write it after the client has the response."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        whole, _, _ = log.read_text().rpartition("\n")
        lines = [json.loads(line) for line in whole.splitlines() if line.startswith("{")]
        if noted := [line for line in lines if line.get("request_id") == request_id]:
            return noted
        time.sleep(0.05)
    return []


def test_logs_are_json_lines_that_name_the_request(filled: Path) -> None:
    with processes.running_server(filled) as base:
        httpx.get(f"{base}/actions?q=secret", headers={"X-Request-Id": "log-me"})
        noted = logged(filled / "server.log", "log-me")

    assert [(line["event"], line["path"], line["status"]) for line in noted] == [("request", "/actions", 200)]


def test_health_says_what_store_and_index_hold(client: httpx.Client) -> None:
    schemas.Live.model_validate(client.get("/health/live").json())
    ready = client.get("/health/ready").json()
    schemas.Ready.model_validate(ready)

    assert ready["store"] == ready["index"] == {"change": 24, "records": 24}
    assert ready["lag"] == 0


def test_metrics_count_requests_by_route(client: httpx.Client) -> None:
    client.get("/actions/inconnue")
    client.request("BREW", "/n-importe-quoi")
    text = client.get("/metrics").text

    assert 'actions_requests_total{method="GET",route="/actions/{id}",status="404"}' in text
    assert "n-importe-quoi" not in text
    assert "BREW" not in text
    assert "actions_records 24.0" in text


def test_links_are_under_the_public_address(filled: Path) -> None:
    with running_server(filled, settings={"ACTIONS_PUBLIC_URL": "https://actions.example/catalogue/"}) as base:
        document = httpx.get(f"{base}/actions").json()

    assert document["links"]["first"] == "https://actions.example/catalogue/actions?page=1"
    assert document["items"][0]["links"]["self"].startswith("https://actions.example/catalogue/actions/")
