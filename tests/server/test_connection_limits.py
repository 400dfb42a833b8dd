"""Limits of a connection to the running service: slow requests, large heads, too many connections."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx
import pytest

from tests.api.listening import CLOCK_TOLERANCE, SOON, TIMEOUT, connect, drip, problem_in, rest_of, until
from tests.processes import run_actions, running_server


@pytest.fixture(scope="module")
def base(catalogue_dir: Path) -> Iterator[str]:
    settings = {"ACTIONS_CLIENT_TIMEOUT": str(TIMEOUT), "ACTIONS_CONNECTIONS": "20"}
    with running_server(catalogue_dir, settings=settings) as base:
        yield base


def test_a_slow_head_is_answered_408(base: str) -> None:
    answer, seconds = drip(base, b"GET /actions HTTP/1.1\r\nHost: x\r\n", b"X: y\r\n")

    assert problem_in(answer, 408)["title"] == "Demande trop lente"
    assert TIMEOUT - CLOCK_TOLERANCE <= seconds < SOON


def test_a_slow_head_of_a_later_request_is_answered_408(base: str) -> None:
    answer, seconds = drip(
        base, b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /health/live HTTP/1.1\r\nX: ", b"y"
    )

    assert answer.startswith(b"HTTP/1.1 200")
    assert b"HTTP/1.1 408" in answer
    assert seconds < SOON


@pytest.mark.parametrize("parts", [(b"\r\n",), (b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n", b"\r\n")])
def test_a_connection_with_blank_lines_alone_is_closed(base: str, parts: tuple[bytes, ...]) -> None:
    _, seconds = drip(base, *parts)

    assert seconds < SOON


def test_a_silent_connection_is_closed(base: str) -> None:
    start = time.monotonic()
    with connect(base) as connection:
        assert rest_of(connection) == b""

    assert TIMEOUT - CLOCK_TOLERANCE <= time.monotonic() - start < SOON


def test_a_slow_body_that_the_endpoint_does_not_read_is_cut_off(base: str) -> None:
    head = b"POST /facets HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer, seconds = drip(base, head, b"1\r\nx\r\n")

    assert answer.startswith(b"HTTP/1.1 405")
    assert seconds < SOON


@pytest.mark.parametrize(
    "head",
    [b"X: %b\r\n" % (b"x" * 40_000), b"x: y\r\n" * 101, b"X: %b\r\n" % (b"x" * 1_000_000)],
    ids=["one long", "many", "endless"],
)
def test_a_head_that_is_too_large_is_refused(base: str, head: bytes) -> None:
    with connect(base) as connection:
        connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: x\r\n")
        try:
            connection.sendall(head + b"\r\n")
            answer = rest_of(connection)
        except ConnectionError:
            answer = rest_of(connection)

    if len(head) < 100_000:  # a client that still sends when the server closes may only see a reset
        assert problem_in(answer, 431)["title"] == "En-têtes trop longs"
    else:
        assert b"200 OK" not in answer


def test_a_head_below_the_limit_is_accepted(base: str) -> None:
    assert httpx.get(f"{base}/health/live", headers={"Cookie": "x" * 30_000}).status_code == 200


def test_a_url_with_too_many_parameters_is_refused(base: str) -> None:
    assert httpx.get(f"{base}/actions?{'_&' * 1000}").status_code == 414
    assert httpx.get(f"{base}/actions?{'_&' * 900}").status_code == 200


@pytest.mark.parametrize("count", [1, 2, 3])
def test_bytes_that_are_not_http_after_a_request_log_no_error(base: str, catalogue_dir: Path, count: int) -> None:
    request_id = f"before-garbage-{count}"
    head = f"GET /facets?q=jardin HTTP/1.1\r\nHost: x\r\nX-Request-Id: {request_id}\r\nCache-Control: no-cache\r\n\r\n"
    with connect(base) as connection:
        connection.sendall(head.encode() * count + b"\0\0\0")
        answer = rest_of(connection)
    log = catalogue_dir / "server.log"
    assert until(lambda: request_id.encode() in log.read_bytes())

    responses, separator, refusal = answer.rpartition(b"HTTP/1.1 ")
    assert responses.count(b"HTTP/1.1 200") == count
    problem_in(separator + refusal, 400)
    lines = [line for line in log.read_text(encoding="utf-8").splitlines() if request_id in line]
    assert {json.loads(line)["event"] for line in lines} == {"request"}


def test_slow_connections_do_not_block_other_clients(base: str) -> None:
    with ExitStack() as stack:
        slow = [stack.enter_context(connect(base)) for _ in range(200)]
        for connection in slow:
            with suppress(ConnectionError):  # a newer connection may have replaced it
                connection.sendall(b"GET /actions HTTP/1.1\r\n")
        start = time.monotonic()
        assert httpx.get(f"{base}/actions").status_code == 200
        assert time.monotonic() - start < TIMEOUT
        assert sum(map(is_open, slow)) <= 20


def is_open(connection: socket.socket) -> bool:
    """Tell whether the server keeps a connection open, on which it has sent nothing."""
    connection.setblocking(False)
    try:
        return connection.recv(1) != b""
    except BlockingIOError:
        return True
    except ConnectionError:
        return False


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ACTIONS_CLIENT_TIMEOUT", "0"),
        ("ACTIONS_CONNECTIONS", "0"),
        ("ACTIONS_TIME_BUDGET", "-1"),
    ],
)
def test_limits_that_allow_nothing_are_rejected(tmp_path: Path, name: str, value: str) -> None:
    result = run_actions(tmp_path, "check", **{name: value})

    assert result.returncode == 2
    assert name in result.stderr
