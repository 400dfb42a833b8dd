"""Limits of a request: the size of its body, its time, and concurrent requests."""

import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, Request
from starlette.middleware.cors import CORSMiddleware

from app.http import problems
from app.http.context import app_context
from app.http.internal_errors import InternalErrorMiddleware
from app.http.size_limits import MAX_BODY_SIZE, BodySizeLimitMiddleware
from app.http.timeout import TimeoutMiddleware
from app.main import create_app
from tests.api.listening import CLOCK_TOLERANCE, connect, listening, rest_of, until
from tests.in_process import base_of, running_server
from tests.processes import default_settings

_BUDGET = 0.5  # seconds


class Gate:
    """Blocks the threads of an application until it is opened, and counts them."""

    def __init__(self) -> None:
        self.opened = threading.Event()
        self.entered = 0

    def wait(self) -> str:
        self.entered += 1
        assert self.opened.wait(30)
        return "late"


def bounded(gate: Gate, most: int) -> FastAPI:
    app = FastAPI()
    app.get("/slow")(gate.wait)

    @app.get("/quick")
    def quick() -> str:
        return "done"

    @app.get("/health/ready")
    def ready() -> str:
        return "ready"

    @app.post("/read")
    async def read(request: Request) -> int:
        return len(await request.body())

    problems.install_problem_handlers(app)
    app.add_middleware(InternalErrorMiddleware)
    app.add_middleware(TimeoutMiddleware, seconds=_BUDGET, max_requests=most)
    app.add_middleware(BodySizeLimitMiddleware)
    app.add_middleware(CORSMiddleware, allow_origins=["*"])
    return app


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.opened.set()


@contextmanager
def served(gate: Gate, most: int = 200) -> Iterator[str]:
    with listening(bounded(gate, most)) as server:
        try:
            yield base_of(server)
        finally:
            gate.opened.set()
            assert until(lambda: not server.server_state.tasks)


def unavailable(answer: httpx.Response) -> str:
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["retry-after"] == "5"
    assert answer.headers["access-control-allow-origin"] == "*"
    return str(answer.json()["detail"])


def test_a_request_is_answered_in_time_though_its_thread_goes_on(gate: Gate) -> None:
    with served(gate) as base, httpx.Client(base_url=base, headers={"Origin": "https://mairie.example"}) as client:
        began = time.monotonic()
        answer = client.get("/slow")
        seconds = time.monotonic() - began
        again = client.get("/quick")
        gate.opened.set()
        last = client.get("/quick")

    assert "dans le temps" in unavailable(answer)
    assert _BUDGET - CLOCK_TOLERANCE <= seconds < _BUDGET + 1.5
    assert (again.json(), last.json()) == ("done", "done")


def test_requests_whose_threads_go_on_do_not_pile_up(gate: Gate) -> None:
    with served(gate, most=3) as base, ThreadPoolExecutor(12) as pool:
        headers = {"Origin": "https://mairie.example"}
        answers = list(pool.map(lambda _: httpx.get(f"{base}/slow", headers=headers), range(12)))
        details = [unavailable(answer) for answer in answers]
        refused = httpx.get(f"{base}/quick", headers=headers)
        watched = httpx.get(f"{base}/health/ready")
        gate.opened.set()
        assert until(lambda: httpx.get(f"{base}/quick").status_code == 200)

    assert gate.entered == 3
    assert sum("trop de demandes" in detail for detail in details) == 9
    assert "trop de demandes" in unavailable(refused)
    assert watched.json() == "ready"


def test_who_waited_for_a_thread_in_vain_is_given_up(gate: Gate) -> None:
    threads = 40  # as many as the framework has
    with served(gate) as base, ThreadPoolExecutor(threads + 10) as pool:
        answers = list(pool.map(lambda _: httpx.get(f"{base}/slow", timeout=30), range(threads + 10)))
        gate.opened.set()
        assert httpx.get(f"{base}/quick").json() == "done"

    assert {answer.status_code for answer in answers} == {503}
    assert gate.entered == threads


def test_completions_and_similar_actions_that_wait_for_the_index_keep_nobody_from_reading(filled: Path) -> None:
    app = create_app(default_settings(filled))
    record, threads = "/actions/jardin-partage-1e0605", 40  # as many as the framework has
    with listening(app) as server, ThreadPoolExecutor(threads) as pool:
        base = base_of(server)
        # Opening a large index holds this lock for as long.
        with app_context(app).service.engine._lock:
            paths = [f"{base}/suggest?q=jar&size={size}" for size in range(1, 21)]
            paths += [f"{base}{record}/similar?size={size}" for size in range(1, 21)]
            waiting = [pool.submit(httpx.get, path, timeout=30) for path in paths]
            time.sleep(1)
            read = [httpx.get(base + path, timeout=5).status_code for path in (record, "/structures", "/health/ready")]
        answers = {answer.result().status_code for answer in waiting}

    assert read == [200] * 3
    assert answers == {200}


def test_a_client_that_leaves_in_mid_body_is_no_error_of_ours(gate: Gate, capfd: pytest.CaptureFixture[str]) -> None:
    with served(gate) as base:
        with connect(base) as connection:
            connection.sendall(b"POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
            time.sleep(0.2)
        assert httpx.get(f"{base}/quick").json() == "done"

    assert "internal_error" not in "".join(capfd.readouterr())


@pytest.mark.parametrize("size", [0, 1, MAX_BODY_SIZE])
def test_bodies_up_to_a_megabyte_are_read(gate: Gate, size: int) -> None:
    with served(gate) as base:
        assert httpx.post(f"{base}/read", content=b"x" * size).json() == size
        assert httpx.post(f"{base}/read", content=iter([b"x" * size])).json() == size


@pytest.mark.parametrize("size", [MAX_BODY_SIZE + 1, 3 * MAX_BODY_SIZE])
def test_larger_ones_are_refused_whether_they_say_so_or_not(gate: Gate, size: int) -> None:
    pieces = [b"x" * 50_000] * (size // 50_000) + [b"x" * (size % 50_000)]
    with served(gate) as base, httpx.Client(base_url=base, headers={"Origin": "https://mairie.example"}) as client:
        answers = [client.post("/read", content=b"x" * size), client.post("/read", content=iter(pieces))]
        after = client.get("/quick")

    for answer in answers:
        assert answer.status_code == 413
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.json()["type"].endswith(":corps-trop-grand")
    assert after.json() == "done"


def test_a_body_that_is_announced_too_large_is_refused_before_it_is_sent(server: str) -> None:
    with connect(server) as connection:
        connection.sendall(b"POST /actions HTTP/1.1\r\nHost: x\r\nContent-Length: 1000001\r\nConnection: close\r\n\r\n")
        assert rest_of(connection).startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize(
    "length",
    [
        b"Content-Length: 3\r\n",
        b"Content-Length: -1\r\n",
        b"Content-Length: 1e3\r\n",
        b"Content-Length: 99999999999999999999999\r\n",
        b"Content-Length: 5\r\nContent-Length: 6\r\n",
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
    ],
)
def test_a_length_that_lies_does_no_harm(server: str, length: bytes) -> None:
    with connect(server) as connection:
        connection.sendall(b"POST /facets HTTP/1.1\r\nHost: x\r\n" + length + b"\r\n" + b"\x00smuggled" * 10)
        answer = rest_of(connection)

    assert b"HTTP/1.1 400" in answer
    assert httpx.get(f"{server}/health/live").status_code == 200


def test_a_disk_that_hangs_costs_a_thread_and_not_the_service(filled: Path) -> None:
    noted = filled / "recherches-sans-resultat.jsonl"
    os.mkfifo(noted)  # whoever notes a search there waits until somebody reads
    with running_server(filled, settings={"ACTIONS_TIME_BUDGET": "1"}) as base:
        answer = httpx.get(f"{base}/actions?q=zzzyx", headers={"Origin": "https://mairie.example"}, timeout=30)
        others = [httpx.get(f"{base}{path}").status_code for path in ("/actions?q=jardin", "/facets", "/health/ready")]
        with noted.open("rb") as reader:
            assert b"zzzyx" in reader.readline()

    unavailable(answer)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert others == [200] * 3
