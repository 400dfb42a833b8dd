"""How requests are read: declined upgrades, trailers, the Host header, pipelined requests."""

import fcntl
import json
import logging
import os
import select
import shutil
import socket
import struct
import subprocess
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI, Request
from starlette.responses import JSONResponse

from app.server import connection_limits
from tests.api.listening import TIMEOUT, connect, listening, problem_in, rest_of, until
from tests.in_process import base_of

CLOSE = b"GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
OFFERS = [
    b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAAB\r\n",
    b"Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n",
]


def echoing_app() -> FastAPI:
    """Return an application that echoes method, path, body and header names as JSON."""
    app = FastAPI()

    @app.api_route("/{path}", methods=["GET", "POST", "PUT", "PATCH"])
    async def echo(request: Request, path: str) -> JSONResponse:
        body = (await request.body()).decode()
        names = sorted(request.headers.keys())
        return JSONResponse({"method": request.method, "path": path, "body": body, "headers": names})

    return app


@pytest.fixture(scope="module")
def server() -> Iterator[uvicorn.Server]:
    with listening(echoing_app(), client_timeout=TIMEOUT) as server:
        yield server


def exchange(server: uvicorn.Server, *packets: bytes) -> bytes:
    """Send `packets`, have the server read each on its own, and return all responses."""
    with connect(base_of(server)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for number, packet in enumerate(packets):
            connection.sendall(packet)
            if number < len(packets) - 1:
                assert until(lambda: has_read_everything(server, connection))
        return rest_of(connection)


def has_read_everything(server: uvicorn.Server, connection: socket.socket) -> bool:
    """Tell whether the server has accepted a connection and read all that was sent on it."""
    protocols = [each for each in list(server.server_state.connections) if each.client == connection.getsockname()]
    sockets = [protocol.transport.get_extra_info("socket").fileno() for protocol in protocols]
    return bool(sockets) and not any(
        queued_bytes(descriptor, request)
        for descriptor, request in [
            (connection.fileno(), termios.TIOCOUTQ),
            *((each, termios.FIONREAD) for each in sockets),
        ]
    )


def queued_bytes(descriptor: int, request: int) -> int:
    """Return the bytes that a socket has sent without acknowledgement (TIOCOUTQ), or not read yet (FIONREAD)."""
    return int(struct.unpack("i", fcntl.ioctl(descriptor, request, b"\0" * 4))[0])


def requires(program: str) -> pytest.MarkDecorator:
    """Skip a test where `program` is not installed; CI installs it."""
    missing = shutil.which(program) is None and not os.environ.get("CI")
    return pytest.mark.skipif(missing, reason=f"{program} is not installed")


def documents(answer: bytes) -> list[dict[str, object]]:
    """Return the JSON documents of the responses on one connection."""
    bodies = []
    while answer:
        head, _, rest = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), answer
        [length] = [line for line in head.split(b"\r\n") if line.startswith(b"content-length: ")]
        size = int(length.removeprefix(b"content-length: "))
        bodies.append(json.loads(rest[:size]))
        answer = rest[size:]
    return bodies


BODIES = {
    "length": (b"Content-Length: 11\r\n", b'{"titre":1}'),
    "chunks": (b"Transfer-Encoding: chunked\r\n", b'4\r\n{"ti\r\n7;x=y\r\ntre":1}\r\n0\r\n\r\n'),
    "none": (b"Content-Length: 0\r\n", b""),
    "silent": (b"", b""),
}


@pytest.mark.parametrize("method", [b"POST", b"PUT", b"PATCH", b"GET"])
@pytest.mark.parametrize("offer", OFFERS, ids=["h2c", "websocket"])
@pytest.mark.parametrize("body", BODIES.values(), ids=list(BODIES))
@pytest.mark.parametrize("cut", [None, "head", "middle", "bytes"])
def test_an_upgrade_is_declined_and_the_body_arrives(
    *, server: uvicorn.Server, method: bytes, offer: bytes, body: tuple[bytes, bytes], cut: str | None
) -> None:
    framing, content = body
    head = b"%b /first HTTP/1.1\r\nHost: x\r\n%b%b\r\n" % (method, offer, framing)
    whole = head + content + CLOSE
    packets = {
        None: [whole],
        "head": [head, content + CLOSE],
        "middle": [head[:40], head[40:] + content[:6], content[6:], CLOSE],
        "bytes": [head[:-1], head[-1:], *(bytes([byte]) for byte in content), CLOSE],
    }[cut]

    first, last = documents(exchange(server, *filter(None, packets)))

    assert first["method"] == method.decode()
    assert first["body"] == ('{"titre":1}' if content else "")
    assert last == {"method": "GET", "path": "last", "body": "", "headers": ["connection", "host"]}


def test_a_declined_upgrade_logs_no_warning(server: uvicorn.Server, caplog: pytest.LogCaptureFixture) -> None:
    exchange(server, b"GET /first HTTP/1.1\r\nHost: x\r\n%b\r\n%b" % (OFFERS[0], CLOSE))

    # The start of the server may log its own lines meanwhile.
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_a_declined_upgrade_with_connection_close_is_answered(server: uvicorn.Server) -> None:
    head = b"POST /first HTTP/1.1\r\nHost: x\r\nConnection: close, upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\n"

    [first] = documents(exchange(server, head, b"ab"))

    assert first["body"] == "ab"


@requires("java")
def test_the_default_http_client_of_java_is_answered(server: uvicorn.Server) -> None:
    source = Path(__file__).with_name("UpgradeClient.java")

    output = run_client("java", "-Xshare:auto", source, f"{base_of(server)}/first", '{"titre":1}')

    answers = [line.split(" ", 1) for line in output.splitlines()]
    assert [status for status, _ in answers] == ["200"] * 3
    echoes = [json.loads(body) for _, body in answers]
    assert [(echo["method"], echo["body"]) for echo in echoes] == [
        ("POST", '{"titre":1}'),
        ("PUT", '{"titre":1}'),
        ("PATCH", '{"titre":1}'),
    ]
    assert all("upgrade" in echo["headers"] for echo in echoes)


@requires("curl")
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_curl_that_offers_http_2_is_answered(server: uvicorn.Server, method: str) -> None:
    output = run_client("curl", "-sS", "--http2", "-X", method, "-d", '{"titre":1}', f"{base_of(server)}/first")

    echo = json.loads(output)
    assert (echo["method"], echo["body"]) == (method, '{"titre":1}')
    assert "upgrade" in echo["headers"]


def run_client(*command: str | Path) -> str:
    """Run a client program to its end and return its output."""
    result = subprocess.run(command, capture_output=True, encoding="utf-8", check=False, timeout=60)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_a_trailer_never_becomes_a_header(server: uvicorn.Server) -> None:
    head = b"POST /first HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTrailer: Authorization\r\n\r\n"
    body = b"2\r\nab\r\n0\r\nAuthorization: Bearer x\r\nX-Other: y\r\n\r\n"

    first, last = documents(exchange(server, head, body, CLOSE))

    assert first["body"] == "ab"
    assert first["headers"] == ["host", "trailer", "transfer-encoding"]
    assert last["path"] == "last"


@pytest.mark.parametrize(
    ("after", "part"),
    [
        (b"0\r\n", b"X: y\r\n"),
        (b"0\r\nX: ", b"yyyyyyyyyy"),
        (b"0;", b"xxxxxxxxxx"),
        (b"1;", b"name=value;"),
    ],
    ids=["trailers", "one trailer", "last extension", "extension"],
)
def test_chunk_extensions_and_trailers_are_bounded(
    server: uvicorn.Server, monkeypatch: pytest.MonkeyPatch, after: bytes, part: bytes
) -> None:
    monkeypatch.setattr(connection_limits, "MAX_HEAD_SIZE", 200)
    head = b"POST /first HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    with connect(base_of(server)) as connection:
        connection.sendall(head + b"2\r\nab\r\n" + after)
        sent = 0
        while sent < 2000 and not select.select([connection], [], [], 0.01)[0]:
            connection.sendall(part)
            sent += len(part)
        answer = rest_of(connection)

    assert sent < 2000
    assert problem_in(answer, 431)["title"] == "En-têtes trop longs"


def test_trailer_lines_are_counted(server: uvicorn.Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_limits, "MAX_HEADERS", 5)
    head = b"POST /first HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"

    assert documents(exchange(server, head + b"X: y\r\n" * 5 + b"\r\n", CLOSE))
    problem_in(exchange(server, head + b"X: y\r\n" * 6 + b"\r\n"), 431)


@pytest.mark.parametrize(
    "hosts",
    [
        b"",
        b"Host: x\r\nHost: x\r\n",
        b"Host: x\r\nhost: y\r\n",
        b"Host:\r\n",
        b"Host: a b\r\n",
        b"Host: x/y\r\n",
        b"Host: u@x\r\n",
        b"Host: x:80a\r\n",
        b"Host: [::1\r\n",
        b"Host: caf\xc3\xa9\r\n",
    ],
)
def test_a_request_without_one_valid_host_is_refused(server: uvicorn.Server, hosts: bytes) -> None:
    answer = exchange(server, b"GET /first HTTP/1.1\r\n%b\r\n" % hosts)

    assert "Host" in str(problem_in(answer, 400)["detail"])


@pytest.mark.parametrize("host", [b"x", b"x:8000", b"127.0.0.1:8000", b"[::1]:8000", b"a-b_c.example", b"X."])
def test_a_valid_host_is_accepted(server: uvicorn.Server, host: bytes) -> None:
    answer = exchange(server, b"GET /first HTTP/1.1\r\nHost: %b\r\nConnection: close\r\n\r\n" % host)

    assert answer.startswith(b"HTTP/1.1 200")


def test_http_1_0_needs_no_host(server: uvicorn.Server) -> None:
    assert exchange(server, b"GET /first HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 200")
    problem_in(exchange(server, b"GET /first HTTP/1.0\r\nHost: x\r\nHost: y\r\n\r\n"), 400)


def test_pipelined_requests_are_answered_up_to_the_limit(
    server: uvicorn.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_limits, "MAX_PIPELINED", 3)
    requests = [b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % number for number in range(40)]

    answer = exchange(server, b"".join(requests))

    answered = documents(answer)
    assert [document["path"] for document in answered] == ["0", "1", "2", "3"]
    assert answer.count(b"connection: close") == 1


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(
    ("refused", "status"),
    [
        (b"\0\0\0", 400),
        (b"GET /second HTTP/1.1\r\n\r\n", 400),
        (b"GET /second HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 101 + b"\r\n", 431),
        (b"POST /second HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nno size\r\n", 400),
    ],
    ids=["not HTTP", "no Host", "large head", "bad chunk"],
)
def test_a_refused_request_does_not_replace_the_responses_before_it(
    server: uvicorn.Server, refused: bytes, status: int, count: int
) -> None:
    answer = exchange(server, b"POST /first HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab" * count + refused)

    responses, separator, refusal = answer.rpartition(b"HTTP/1.1 ")
    assert [document["body"] for document in documents(responses)] == ["ab"] * count
    problem_in(separator + refusal, status)


def test_the_body_of_a_pipelined_request_is_read_unchanged(server: uvicorn.Server) -> None:
    body = '{"titre":"café"}'.encode()
    head = b"GET /first HTTP/1.1\r\nHost: x\r\n\r\nPOST /second HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"

    _, second, last = documents(exchange(server, head % len(body) + body[:5], body[5:] + CLOSE))

    assert second["body"] == '{"titre":"café"}'
    assert last["path"] == "last"
