"""Serves an application of a test's own through the service's own HTTP protocol, over a real socket."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from app.http.context import AppContext, app_context, set_context
from app.server.http_protocol import HttpProtocol
from tests.in_process import server_thread
from tests.processes import default_settings

TIMEOUT = 1.0
"""Seconds that a client may take where tests let it be late."""
CLOCK_TOLERANCE = 0.01
"""Seconds by which a timer may fire early: the resolution of the clock of the event loop."""
SOON = 5.0
"""Seconds within which a connection that is past it has to be closed, on a busy machine."""


@contextmanager
def listening(app: FastAPI, **changes: object) -> Iterator[uvicorn.Server]:
    """Serve `app` with the default settings but for `changes`; `base_of` returns its address."""
    context = app_context(app) if hasattr(app.state, "context") else AppContext.from_settings(default_settings(Path()))
    set_context(app, replace(context, settings=context.settings.model_copy(update=changes)))
    config = uvicorn.Config(app, port=0, http=HttpProtocol, log_config=None, access_log=False, proxy_headers=False)
    with server_thread(config) as server:
        yield server


def connect(base: str, timeout: float = 10) -> socket.socket:
    """Return a bare connection to the server at `base`."""
    host, _, port = base.removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), timeout=timeout)


def rest_of(connection: socket.socket) -> bytes:
    """Return all that comes until the server closes; nothing more when it resets the connection."""
    answer = b""
    try:
        while piece := connection.recv(65536):
            answer += piece
    except ConnectionError:
        pass
    return answer


def until(true: Callable[[], object], seconds: float = 10) -> bool:
    """Wait until `true` says so, for so many seconds at most; tell whether it did."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def drip(base: str, *parts: bytes, every: float = 0.2) -> tuple[bytes, float]:
    """Send `parts` slowly, the last again and again; return what came back and after how many seconds."""
    began = time.monotonic()
    with connect(base) as connection:
        for part in parts:
            connection.sendall(part)
        connection.settimeout(every)
        answer = b""
        while time.monotonic() - began < 3 * SOON:
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
    """Return the problem document of an answer that has that status and the headers of every refusal."""
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status), answer
    assert b"content-type: application/problem+json" in head
    assert b"access-control-allow-origin: *" in head
    assert b"X-Content-Type-Options: nosniff" in head
    document: dict[str, object] = json.loads(body)
    assert document["status"] == status
    return document
