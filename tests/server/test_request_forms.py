"""Rare forms of requests: half-closed connections, packets with parts of two requests, absolute targets, HTTP/1.0."""

import socket
from collections.abc import AsyncIterator, Iterator

import pytest
import uvicorn
from fastapi import FastAPI, Request
from starlette.responses import JSONResponse, StreamingResponse

from app.server import connection_limits
from app.server.http_protocol import split_absolute_form
from tests.api.listening import TIMEOUT, connect, listening, problem_in, rest_of
from tests.in_process import base_of
from tests.server.test_requests import CLOSE, documents, echoing_app, exchange


@pytest.fixture(scope="module")
def server() -> Iterator[uvicorn.Server]:
    with listening(echoing_app(), client_timeout=TIMEOUT) as server:
        yield server


@pytest.mark.parametrize("count", [1, 3])
def test_a_client_that_ends_its_side_after_its_requests_gets_the_responses(server: uvicorn.Server, count: int) -> None:
    requests = [b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % number for number in range(count)]
    with connect(base_of(server)) as connection:
        connection.sendall(b"".join(requests) + b"POST /last HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nab")
        connection.shutdown(socket.SHUT_WR)
        answer = rest_of(connection)

    assert [document["path"] for document in documents(answer)] == [str(number) for number in range(count)]


def test_the_end_of_a_large_request_does_not_count_as_the_head_of_the_next_one(
    server: uvicorn.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_limits, "MAX_HEAD_SIZE", 500)
    head = b"POST /first HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"

    first, last = documents(exchange(server, head + b"a" * 1000 + CLOSE[:20], CLOSE[20:]))

    assert first["body"] == "a" * 1000
    assert last["path"] == "last"


def test_a_large_head_after_another_request_in_one_packet_is_refused(
    server: uvicorn.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_limits, "MAX_HEAD_SIZE", 500)
    large = b"GET /second HTTP/1.1\r\nHost: x\r\nX: %b" % (b"y" * 600)

    whole = exchange(server, b"GET /first HTTP/1.1\r\nHost: x\r\n\r\n" + large + b"\r\n\r\n")
    in_parts = exchange(server, b"GET /first HTTP/1.1\r\nHost: x\r\n\r\n" + large[:50], large[50:])

    for answer in (whole, in_parts):
        response, separator, refusal = answer.rpartition(b"HTTP/1.1 ")
        assert documents(response)[0]["path"] == "first"
        problem_in(separator + refusal, 431)


@pytest.mark.parametrize("target", [b"http://y/first", b"http://y:80/first?q=%2F", b"HTTP://y//first"])
def test_a_target_in_absolute_form_names_path_and_host(target: bytes) -> None:
    app = FastAPI()

    @app.get("/{path:path}")
    async def host(request: Request) -> JSONResponse:
        return JSONResponse({"url": str(request.url)})

    with listening(app) as server:
        [document] = documents(exchange(server, b"GET %b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" % target))

    assert document["url"] == target.decode().replace("HTTP:", "http:")


@pytest.mark.parametrize(
    ("target", "authority", "origin_form"),
    [
        (b"http://y", b"y", b"/"),
        (b"http://y/", b"y", b"/"),
        (b"http://y?q=http://z/", b"y", b"/?q=http://z/"),
        (b"http://y:8000/a?b", b"y:8000", b"/a?b"),
    ],
)
def test_a_target_in_absolute_form_is_split(target: bytes, authority: bytes, origin_form: bytes) -> None:
    assert split_absolute_form(target) == (authority, origin_form)


@pytest.mark.parametrize("target", [b"http://u@y/first", b"http:///first"])
def test_a_target_without_a_valid_host_is_refused(server: uvicorn.Server, target: bytes) -> None:
    problem_in(exchange(server, b"GET %b HTTP/1.1\r\nHost: x\r\n\r\n" % target), 400)


def test_http_1_0_gets_no_continue(server: uvicorn.Server) -> None:
    answer = exchange(server, b"POST /first HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n", b"ab")

    assert documents(answer)[0]["body"] == "ab"


def test_http_1_0_gets_no_chunks() -> None:
    app = FastAPI()

    @app.get("/")
    async def chunks() -> StreamingResponse:
        return StreamingResponse(iter([b"ab", b"", b"cd"]))

    with listening(app) as server:
        head, _, body = exchange(server, b"GET / HTTP/1.0\r\n\r\n").partition(b"\r\n\r\n")

    assert b"transfer-encoding" not in head
    assert body == b"abcd"


def test_a_response_to_http_1_0_that_breaks_off_does_not_look_whole() -> None:
    app = FastAPI()

    @app.get("/")
    async def broken() -> StreamingResponse:
        async def chunks() -> AsyncIterator[bytes]:
            yield b"half"
            raise ValueError("no")

        return StreamingResponse(chunks())

    with listening(app) as server, connect(base_of(server)) as connection:
        connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            read_to_end(connection)


def read_to_end(connection: socket.socket) -> None:
    """Read until the server closes; ConnectionResetError when it resets the connection."""
    while connection.recv(65536):
        pass
