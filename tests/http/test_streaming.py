"""Streamed responses: slow clients, disconnects, errors, and their effect on other requests."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import Response

from app.catalogue.errors import StoreUnavailable
from app.http import problems
from app.http.context import AppContext, set_context
from app.http.fair_threads import THREADS_PER_CLIENT
from app.http.head_requests import HeadMiddleware
from app.http.internal_errors import InternalErrorMiddleware
from app.http.limiters import StreamLimiter
from app.http.streaming import ChunkedResponse
from app.http.timeout import TimeoutMiddleware
from tests.api.listening import connect, listening, rest_of, until
from tests.in_process import base_of
from tests.processes import default_settings

_BUDGET = 0.4  # seconds
_LARGE = b"x" * 100_000
_MOST = 3

Make = Callable[[], Iterator[bytes]]


class Making:
    """Counts the chunks of a response that were produced, and whether the iterator was closed."""

    def __init__(self, make: Make) -> None:
        self.made = self.closed = 0
        self._make = make

    def pieces(self) -> Iterator[bytes]:
        try:
            for piece in self._make():
                self.made += 1
                yield piece
        finally:
            self.closed += 1


@contextmanager
def served(make: Make) -> Iterator[tuple[str, Making]]:
    """Serve the chunks of `make` at /file, with a timeout and three concurrent streams at most."""
    app, making = FastAPI(), Making(make)
    context = AppContext.from_settings(default_settings(Path()))
    set_context(app, replace(context, stream_limiter=StreamLimiter(_MOST)))

    @app.get("/file")
    async def file() -> Response:
        return ChunkedResponse(making.pieces(), {"ETag": '"1"'}, "application/octet-stream")

    @app.get("/quick")
    def quick(request: Request) -> str:
        return request.url.path

    problems.install_problem_handlers(app)
    app.add_middleware(InternalErrorMiddleware)
    app.add_middleware(TimeoutMiddleware, seconds=_BUDGET, max_requests=1)
    app.add_middleware(HeadMiddleware)
    with listening(app) as server:
        yield base_of(server), making
        assert until(lambda: not server.server_state.tasks)


def endless() -> Iterator[bytes]:
    while True:
        yield _LARGE


def test_pieces_arrive_in_their_order_and_are_let_go_of() -> None:
    with served(lambda: iter([b"one, ", b"", b"two", b""])) as (base, making):
        answer = httpx.get(f"{base}/file")

    assert (answer.text, answer.headers["etag"]) == ("one, two", '"1"')
    assert answer.headers["transfer-encoding"] == "chunked"
    assert (making.made, making.closed) == (4, 1)


def test_an_answer_that_is_on_its_way_is_not_cut_by_the_time_budget() -> None:
    def slow() -> Iterator[bytes]:
        for _ in range(4):
            yield b"x"
            time.sleep(_BUDGET / 2)

    with served(slow) as (base, _):
        assert httpx.get(f"{base}/file").text == "xxxx"


def test_an_error_before_the_first_piece_is_a_problem() -> None:
    def failing() -> Iterator[bytes]:
        raise StoreUnavailable("La base est occupée.")
        yield b""

    with served(failing) as (base, making):
        answer = httpx.get(f"{base}/file")

    assert (answer.status_code, answer.json()["detail"]) == (503, "La base est occupée.")
    assert making.closed == 1


@pytest.mark.parametrize("error", [StoreUnavailable("La base est occupée."), OSError("disk"), ValueError("ours")])
def test_an_error_on_the_way_cuts_the_answer_off_where_the_client_sees_it(error: Exception) -> None:
    def failing() -> Iterator[bytes]:
        yield b"half"
        raise error

    with served(failing) as (base, making):
        with pytest.raises(httpx.RemoteProtocolError, match="incomplete chunked read"):
            httpx.get(f"{base}/file")
        assert httpx.get(f"{base}/quick").status_code == 200
    assert making.closed == 1


def test_a_client_that_leaves_ends_the_making() -> None:
    with served(endless) as (base, making):
        with httpx.stream("GET", f"{base}/file") as answer:
            next(answer.iter_raw())
        assert until(lambda: making.closed == 1)


def test_clients_that_do_not_read_hold_no_thread_and_are_few() -> None:
    with served(endless) as (base, making):
        slow = [connect(base) for _ in range(_MOST)]
        for each in slow:
            each.sendall(b"GET /file HTTP/1.1\r\nHost: x\r\n\r\n")
            assert each.recv(100).startswith(b"HTTP/1.1 200")
        assert THREADS_PER_CLIENT < _MOST
        before = -1
        while before != making.made:
            before = making.made
            time.sleep(0.3)
        # One request may be active; the three streams do not count once they have started.
        assert until(lambda: httpx.get(f"{base}/quick").status_code == 200)
        refused = httpx.get(f"{base}/file")
        for each in slow:
            each.close()
        assert until(lambda: making.closed >= _MOST)
        assert until(lambda: _first_bytes(base))

    assert making.made < 200, "pieces are made faster than they are read"
    assert refused.status_code == 503
    assert "exports" in refused.json()["detail"]
    assert refused.headers["retry-after"] == "5"


def _first_bytes(base: str) -> bool:
    with httpx.stream("GET", f"{base}/file") as answer:
        return answer.status_code == 200


def test_head_makes_no_piece() -> None:
    with served(endless) as (base, making):
        head = httpx.head(f"{base}/file")
        with connect(base) as connection:
            connection.sendall(b"HEAD /file HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            raw = rest_of(connection)

    assert (head.status_code, head.headers["etag"]) == (200, '"1"')
    assert raw.endswith(b"\r\n\r\n")
    assert making.made == 0


def test_a_client_that_leaves_while_a_piece_is_made_is_no_error(capfd: pytest.CaptureFixture[str]) -> None:
    entered, opened = threading.Event(), threading.Event()

    def waiting() -> Iterator[bytes]:
        entered.set()
        assert opened.wait(10)
        yield b"late"

    with served(waiting) as (base, making):
        with connect(base) as connection:
            connection.sendall(b"GET /file HTTP/1.1\r\nHost: x\r\n\r\n")
            assert entered.wait(10)
        opened.set()
        assert until(lambda: making.closed == 1)

    assert "internal_error" not in "".join(capfd.readouterr())
