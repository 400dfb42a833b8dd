"""The HTTP protocol of the server with a small application: slow clients, unread bodies and responses, pipelines."""

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from typing import cast

import anyio
import httpx
import pytest
import uvicorn
from fastapi import FastAPI, Request
from starlette.responses import Response, StreamingResponse

from app.server import connection_limits
from app.server.http_protocol import HttpProtocol
from tests.api.listening import CLOCK_TOLERANCE, SOON, TIMEOUT, connect, drip, listening, problem_in, rest_of, until
from tests.in_process import base_of

_CHUNK = b"x" * 65536


def small_app() -> FastAPI:
    """Return an application that reads or ignores bodies, sends large or endless responses, or waits."""
    app = FastAPI()
    app.state.ended = 0

    @app.post("/read")
    async def read(request: Request) -> int:
        return len(await request.body())

    @app.post("/ignore")
    async def ignore() -> str:
        return "done"

    @app.get("/whole")
    async def whole() -> Response:
        return Response(_CHUNK * 300)

    @app.get("/short")
    async def short() -> Response:
        return Response(_CHUNK[:32_000])

    @app.get("/endless")
    async def endless(request: Request) -> StreamingResponse:
        async def chunks() -> AsyncIterator[bytes]:
            try:
                while not await request.is_disconnected():
                    yield _CHUNK
            finally:
                app.state.ended += 1

        return StreamingResponse(chunks())

    @app.get("/wait")
    async def wait() -> str:
        await anyio.sleep(2)
        return "done"

    return app


@pytest.fixture
def server() -> Iterator[uvicorn.Server]:
    with listening(small_app(), client_timeout=TIMEOUT, connections=4) as server:
        yield server


def test_a_slow_body_is_answered_408(server: uvicorn.Server) -> None:
    head = b"POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n"
    answer, seconds = drip(base_of(server), head, b"x")

    problem_in(answer, 408)
    assert TIMEOUT - CLOCK_TOLERANCE <= seconds < SOON
    assert until(lambda: not server.server_state.tasks)


def test_a_large_body_that_the_endpoint_does_not_read_is_cut_off(
    server: uvicorn.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_limits, "MAX_DROPPED", 200_000)
    sent = 0

    def send() -> None:
        nonlocal sent
        connection.sendall(b"POST /ignore HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        while sent < 50_000_000:  # the buffers of both sockets hold some megabytes
            connection.sendall(b"10000\r\n" + _CHUNK + b"\r\n")
            sent += len(_CHUNK)

    with connect(base_of(server)) as connection, pytest.raises(ConnectionError):
        send()
    assert sent < 50_000_000


@pytest.mark.parametrize("path", [b"/endless", b"/whole"])
def test_a_client_that_does_not_read_is_disconnected(server: uvicorn.Server, path: bytes) -> None:
    with connect(base_of(server)) as connection:
        connection.sendall(b"GET %b HTTP/1.1\r\nHost: x\r\n\r\n" % path)
        assert until(lambda: server.server_state.connections)

        assert until(lambda: not server.server_state.connections, SOON)

    assert until(lambda: not server.server_state.tasks)


def test_a_client_that_does_not_read_the_end_of_a_response_is_disconnected(server: uvicorn.Server) -> None:
    with connect(base_of(server)) as connection:
        for number in range(2000):
            connection.sendall(b"GET /short HTTP/1.1\r\nHost: x\r\n\r\n")
            assert until(lambda count=number + 1: server.server_state.total_requests >= count)
            (protocol,) = server.server_state.connections
            assert isinstance(protocol, HttpProtocol)
            if protocol.transport.get_write_buffer_size():
                break
        assert 0 < protocol.transport.get_write_buffer_size() < len(_CHUNK)

        assert until(lambda: not server.server_state.connections, SOON)


def test_a_slow_but_steady_reader_gets_the_whole_response(server: uvicorn.Server) -> None:
    size = 0
    with httpx.stream("GET", f"{base_of(server)}/whole") as answer:
        for number, chunk in enumerate(answer.iter_raw()):
            size += len(chunk)
            if not number % 100:
                time.sleep(TIMEOUT / 10)

    assert size == 300 * len(_CHUNK)


def test_pipelined_requests_up_to_the_limit_are_answered_however_long_they_take(
    server: uvicorn.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_limits, "MAX_PIPELINED", 1)
    with connect(base_of(server)) as connection:
        connection.sendall(b"GET /wait HTTP/1.1\r\nHost: x\r\n\r\n" * 1000)
        answer = rest_of(connection)

    assert answer.count(b"HTTP/1.1 200") == answer.count(b'"done"') == 2
    assert answer.endswith(b'"done"')
    assert until(lambda: not server.server_state.connections)


def test_a_slow_head_does_not_replace_the_response_to_the_request_before_it(server: uvicorn.Server) -> None:
    with connect(base_of(server)) as connection:
        connection.sendall(b"GET /wait HTTP/1.1\r\nHost: x\r\n\r\nGET /wait HTTP/1.1\r\nX: ")
        answer = rest_of(connection)

    first, separator, refusal = answer.rpartition(b"HTTP/1.1 ")
    assert first.startswith(b"HTTP/1.1 200")
    assert first.endswith(b'"done"')
    problem_in(separator + refusal, 408)


def test_a_connection_is_refused_while_all_others_are_busy(server: uvicorn.Server) -> None:
    with ExitStack() as stack:
        busy = [stack.enter_context(connect(base_of(server))) for _ in range(4)]
        for connection in busy:
            connection.sendall(b"GET /wait HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert until(lambda: len(server.server_state.tasks) == 4)
        with connect(base_of(server)) as refused:
            refused.sendall(b"GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
            answer = rest_of(refused)

        assert "connexions" in str(problem_in(answer, 503)["detail"])
        assert b"retry-after: 5" in answer
        assert all(rest_of(connection).endswith(b'"done"') for connection in busy)


def test_a_request_that_was_answered_early_gets_no_second_response(server: uvicorn.Server) -> None:
    with connect(base_of(server)) as connection:
        connection.sendall(b"POST /ignore HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n")
        answer = connection.recv(65536)
        connection.sendall(b"no size\r\n")
        answer += rest_of(connection)

    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.count(b"HTTP/1.1") == 1


def test_a_body_that_waits_behind_a_slow_response_is_not_late(server: uvicorn.Server) -> None:
    with connect(base_of(server)) as connection:
        connection.sendall(
            b"GET /wait HTTP/1.1\r\nHost: x\r\n\r\nPOST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n"
        )
        assert until(lambda: any(each.pipeline for each in list(server.server_state.connections)))
        connection.sendall(b"abcdeGET /short HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = rest_of(connection)

    assert answer.count(b"HTTP/1.1 200") == 3
    assert b"408" not in answer.split(b"x" * 100)[0]


def test_a_client_that_leaves_ends_the_response_before_a_pipelined_request(server: uvicorn.Server) -> None:
    with connect(base_of(server)) as connection:
        connection.sendall(b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\nGET /short HTTP/1.1\r\nHost: x\r\n\r\n")
        connection.recv(65536)

    assert until(lambda: cast("FastAPI", server.config.loaded_app).state.ended == 1)
