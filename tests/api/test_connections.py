"""Slow, endless and too many: what clients do to a connection, and how it ends in time."""

import json
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import anyio
import httpx
import pytest
import uvicorn
from fastapi import FastAPI, Request
from starlette.responses import Response, StreamingResponse

from app.api.protocol import AccentedHttp
from tests.api.listening import base_of, connect, listening, rest_of, until
from tests.processes import run, serving

_TIMEOUT = 1.0  # seconds that a client may take
_SOON = 5.0  # seconds within which a connection that is past it has to be closed, on a busy machine
_PIECE = b"x" * 65536


@pytest.fixture(scope="module")
def base(catalogue_dir: Path) -> Iterator[str]:
    settings = {"ACTIONS_CLIENT_TIMEOUT": str(_TIMEOUT), "ACTIONS_CONNECTIONS": "20"}
    with serving(catalogue_dir, settings=settings) as base:
        yield base


def small_app() -> FastAPI:
    """Return an application that reads what it is sent, that gives more than anybody takes, or that takes its time."""
    app = FastAPI()
    app.state.ended = 0

    @app.post("/read")
    async def read(request: Request) -> int:
        return len(await request.body())

    @app.get("/whole")
    async def whole() -> Response:
        return Response(_PIECE * 300)

    @app.get("/short")
    async def short() -> Response:
        return Response(_PIECE[:32_000])

    @app.get("/endless")
    async def endless(request: Request) -> StreamingResponse:
        async def pieces() -> AsyncIterator[bytes]:
            try:
                while not await request.is_disconnected():
                    yield _PIECE
            finally:
                app.state.ended += 1

        return StreamingResponse(pieces())

    @app.get("/wait")
    async def wait() -> str:
        await anyio.sleep(2)
        return "done"

    return app


@pytest.fixture
def server() -> Iterator[uvicorn.Server]:
    with listening(small_app(), client_timeout=_TIMEOUT, connections=4) as server:
        yield server


def drip(base: str, *parts: bytes, every: float = 0.2) -> tuple[bytes, float]:
    """Send `parts` slowly, the last again and again; return what came back and after how many seconds."""
    began = time.monotonic()
    with connect(base) as connection:
        for part in parts:
            connection.sendall(part)
        connection.settimeout(every)
        answer = b""
        while time.monotonic() - began < 3 * _SOON:
            try:
                piece = connection.recv(65536)
            except TimeoutError:
                connection.sendall(parts[-1])
                continue
            except ConnectionError:
                break
            if not piece:
                break
            answer += piece
        return answer, time.monotonic() - began


def problem_in(answer: bytes, status: int) -> dict[str, object]:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status), answer
    assert b"content-type: application/problem+json" in head
    assert b"access-control-allow-origin: *" in head
    assert b"X-Content-Type-Options: nosniff" in head
    document: dict[str, object] = json.loads(body)
    assert document["status"] == status
    return document


def test_headers_that_never_end_are_given_up(base: str) -> None:
    answer, seconds = drip(base, b"GET /actions HTTP/1.1\r\nHost: x\r\n", b"X: y\r\n")

    assert problem_in(answer, 408)["title"] == "Demande trop lente"
    assert _TIMEOUT <= seconds < _SOON


def test_headers_of_a_later_request_are_given_up_too(base: str) -> None:
    answer, seconds = drip(
        base, b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /health/live HTTP/1.1\r\nX: ", b"y"
    )

    assert answer.startswith(b"HTTP/1.1 200")
    assert b"HTTP/1.1 408" in answer
    assert seconds < _SOON


@pytest.mark.parametrize("parts", [(b"\r\n",), (b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n", b"\r\n")])
def test_who_sends_nothing_but_blank_lines_is_let_go(base: str, parts: tuple[bytes, ...]) -> None:
    _, seconds = drip(base, *parts)

    assert seconds < _SOON


def test_who_connects_and_says_nothing_is_let_go(base: str) -> None:
    began = time.monotonic()
    with connect(base) as connection:
        assert rest_of(connection) == b""

    assert _TIMEOUT <= time.monotonic() - began < _SOON


def test_a_body_that_never_ends_is_given_up(server: uvicorn.Server) -> None:
    head = b"POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n"
    answer, seconds = drip(base_of(server), head, b"x")

    problem_in(answer, 408)
    assert _TIMEOUT <= seconds < _SOON
    assert until(lambda: not server.server_state.tasks)


def test_a_body_that_nobody_reads_does_not_keep_its_connection(base: str) -> None:
    head = b"POST /facets HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer, seconds = drip(base, head, b"1\r\nx\r\n")

    assert answer.startswith(b"HTTP/1.1 405")
    assert seconds < _SOON


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


@pytest.mark.parametrize("path", [b"/endless", b"/whole"])
def test_who_does_not_read_the_answer_is_let_go(server: uvicorn.Server, path: bytes) -> None:
    with connect(base_of(server)) as connection:
        connection.sendall(b"GET %b HTTP/1.1\r\nHost: x\r\n\r\n" % path)
        assert until(lambda: server.server_state.connections)

        assert until(lambda: not server.server_state.connections, _SOON)

    assert until(lambda: not server.server_state.tasks)


def test_the_end_of_an_answer_does_not_stay_in_memory_either(server: uvicorn.Server) -> None:
    with connect(base_of(server)) as connection:
        for number in range(2000):
            connection.sendall(b"GET /short HTTP/1.1\r\nHost: x\r\n\r\n")
            assert until(lambda wanted=number + 1: server.server_state.total_requests >= wanted)
            (held,) = server.server_state.connections
            assert isinstance(held, AccentedHttp)
            if held.transport.get_write_buffer_size():
                break
        assert 0 < held.transport.get_write_buffer_size() < len(_PIECE)

        assert until(lambda: not server.server_state.connections, _SOON)


def test_who_reads_slowly_but_steadily_gets_the_whole_answer(server: uvicorn.Server) -> None:
    size = 0
    with httpx.stream("GET", f"{base_of(server)}/whole") as answer:
        for number, piece in enumerate(answer.iter_raw()):
            size += len(piece)
            if not number % 100:
                time.sleep(_TIMEOUT / 10)

    assert size == 300 * len(_PIECE)


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


def test_requests_sent_ahead_are_bounded(server: uvicorn.Server) -> None:
    with connect(base_of(server)) as connection:
        connection.sendall(b"GET /wait HTTP/1.1\r\nHost: x\r\n\r\n" * 1000)
        answer = rest_of(connection)

    assert answer.count(b"HTTP/1.1") <= 1
    assert until(lambda: not server.server_state.connections)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_what_is_no_http_after_a_request_is_no_error_of_ours(base: str, catalogue_dir: Path, number: int) -> None:
    name = f"before-garbage-{number}"
    request = f"GET /facets?q=jardin HTTP/1.1\r\nHost: x\r\nX-Request-Id: {name}\r\nCache-Control: no-cache\r\n\r\n"
    with connect(base) as connection:
        connection.sendall(request.encode() * number + b"\0\0\0")
        answer = rest_of(connection)
    log = catalogue_dir / "server.log"
    assert until(lambda: name.encode() in log.read_bytes())

    assert number > 1 or problem_in(answer, 400)
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
        assert time.monotonic() - began < _TIMEOUT
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


def test_when_all_connections_are_at_work_the_next_is_refused(server: uvicorn.Server) -> None:
    with ExitStack() as stack:
        busy = [stack.enter_context(connect(base_of(server))) for _ in range(4)]
        for connection in busy:
            connection.sendall(b"GET /wait HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert until(lambda: len(server.server_state.tasks) == 4)
        with connect(base_of(server)) as another:
            another.sendall(b"GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
            answer = rest_of(another)

        assert "connexions" in str(problem_in(answer, 503)["detail"])
        assert b"retry-after: 5" in answer
        assert all(rest_of(connection).endswith(b'"done"') for connection in busy)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ACTIONS_CLIENT_TIMEOUT", "0"),
        ("ACTIONS_CONNECTIONS", "0"),
        ("ACTIONS_TIME_BUDGET", "-1"),
    ],
)
def test_bounds_that_would_let_nothing_through_are_refused(tmp_path: Path, name: str, value: str) -> None:
    done = run(tmp_path, "check", **{name: value})

    assert done.returncode == 2
    assert name in done.stderr
