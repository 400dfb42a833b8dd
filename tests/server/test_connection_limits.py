"""Slow, endless and too many: what clients do to a connection of the service, and how it ends in time."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx
import pytest

from tests.api.listening import SOON, TIMEOUT, connect, drip, problem_in, rest_of, until
from tests.processes import run_actions, running_server

_PIECE = b"x" * 65536


@pytest.fixture(scope="module")
def base(catalogue_dir: Path) -> Iterator[str]:
    settings = {"ACTIONS_CLIENT_TIMEOUT": str(TIMEOUT), "ACTIONS_CONNECTIONS": "20"}
    with running_server(catalogue_dir, settings=settings) as base:
        yield base


def test_headers_that_never_end_are_given_up(base: str) -> None:
    answer, seconds = drip(base, b"GET /actions HTTP/1.1\r\nHost: x\r\n", b"X: y\r\n")

    assert problem_in(answer, 408)["title"] == "Demande trop lente"
    assert TIMEOUT <= seconds < SOON


def test_headers_of_a_later_request_are_given_up_too(base: str) -> None:
    answer, seconds = drip(
        base, b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /health/live HTTP/1.1\r\nX: ", b"y"
    )

    assert answer.startswith(b"HTTP/1.1 200")
    assert b"HTTP/1.1 408" in answer
    assert seconds < SOON


@pytest.mark.parametrize("parts", [(b"\r\n",), (b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n", b"\r\n")])
def test_who_sends_nothing_but_blank_lines_is_let_go(base: str, parts: tuple[bytes, ...]) -> None:
    _, seconds = drip(base, *parts)

    assert seconds < SOON


def test_who_connects_and_says_nothing_is_let_go(base: str) -> None:
    began = time.monotonic()
    with connect(base) as connection:
        assert rest_of(connection) == b""

    assert TIMEOUT <= time.monotonic() - began < SOON


def test_a_body_that_nobody_reads_does_not_keep_its_connection(base: str) -> None:
    head = b"POST /facets HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer, seconds = drip(base, head, b"1\r\nx\r\n")

    assert answer.startswith(b"HTTP/1.1 405")
    assert seconds < SOON


def test_a_body_without_end_is_cut_off(base: str) -> None:
    sent = 0

    def send() -> None:
        nonlocal sent
        connection.sendall(b"POST /facets HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        while sent < 2_000_000_000:
            connection.sendall(b"10000\r\n" + _PIECE + b"\r\n")
            sent += len(_PIECE)

    with connect(base) as connection, pytest.raises(ConnectionError):
        send()
    assert sent < 50_000_000


@pytest.mark.parametrize(
    "head",
    [b"X: %b\r\n" % (b"x" * 40_000), b"x: y\r\n" * 101, b"X: %b\r\n" % (b"x" * 1_000_000)],
    ids=["one long", "many", "endless"],
)
def test_headers_that_are_too_large_are_refused(base: str, head: bytes) -> None:
    with connect(base) as connection:
        connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: x\r\n")
        try:
            connection.sendall(head + b"\r\n")
            answer = rest_of(connection)
        except ConnectionError:
            answer = rest_of(connection)

    if len(head) < 100_000:  # whoever is still sending when the server closes may only see that
        assert problem_in(answer, 431)["title"] == "En-têtes trop longs"
    else:
        assert b"200 OK" not in answer


def test_headers_of_a_usual_size_are_read(base: str) -> None:
    assert httpx.get(f"{base}/health/live", headers={"Cookie": "x" * 30_000}).status_code == 200


def test_an_address_with_too_many_parameters_is_refused(base: str) -> None:
    answer = httpx.get(f"{base}/actions?{'_&' * 1000}")

    assert answer.status_code == 414
    assert httpx.get(f"{base}/actions?{'_&' * 900}").status_code == 200


@pytest.mark.parametrize("number", [1, 2, 3])
def test_what_is_no_http_after_a_request_is_no_error_of_ours(base: str, catalogue_dir: Path, number: int) -> None:
    name = f"before-garbage-{number}"
    request = f"GET /facets?q=jardin HTTP/1.1\r\nHost: x\r\nX-Request-Id: {name}\r\nCache-Control: no-cache\r\n\r\n"
    with connect(base) as connection:
        connection.sendall(request.encode() * number + b"\0\0\0")
        answer = rest_of(connection)
    log = catalogue_dir / "server.log"
    assert until(lambda: name.encode() in log.read_bytes())

    responses, separator, refusal = answer.rpartition(b"HTTP/1.1 ")
    assert responses.count(b"HTTP/1.1 200") == number
    problem_in(separator + refusal, 400)
    about = [line for line in log.read_text(encoding="utf-8").splitlines() if name in line]
    assert {json.loads(line)["event"] for line in about} == {"request"}


def test_slow_connections_do_not_keep_others_out(base: str) -> None:
    with ExitStack() as stack:
        slow = [stack.enter_context(connect(base)) for _ in range(200)]
        for connection in slow:
            with suppress(ConnectionError):  # another one may have its place already
                connection.sendall(b"GET /actions HTTP/1.1\r\n")
        began = time.monotonic()
        assert httpx.get(f"{base}/actions").status_code == 200
        assert time.monotonic() - began < TIMEOUT
        assert sum(map(is_open, slow)) <= 20


def is_open(connection: socket.socket) -> bool:
    """Tell whether the server has kept a connection; nothing has been sent on it."""
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
def test_bounds_that_would_let_nothing_through_are_refused(tmp_path: Path, name: str, value: str) -> None:
    done = run_actions(tmp_path, "check", **{name: value})

    assert done.returncode == 2
    assert name in done.stderr
