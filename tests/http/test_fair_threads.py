"""Threads shared between clients: one client cannot keep another one waiting for more than the work that runs."""

import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial, wraps

import anyio
import pytest

from app.http import fair_threads
from app.http.fair_threads import FairThreads, QueueFullError


def in_own_loop(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Run an asynchronous test in a thread of its own: browser tests leave a running event loop in theirs."""

    @wraps(test)
    def run(**fixtures: object) -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(anyio.run, partial(test, **fixtures)).result()

    return run


class Gate:
    """Work that runs until it is opened, and tells when it has begun."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self._opened = threading.Event()

    def __call__(self) -> None:
        self.begun.set()
        assert self._opened.wait(10)

    def open(self) -> None:
        self._opened.set()


def burn(seconds: float) -> Callable[[], None]:
    """Return work that uses that much CPU time."""

    def work() -> None:

        end = time.thread_time() + seconds
        while time.thread_time() < end:
            pass

    return work


async def until(condition: Callable[[], bool]) -> None:
    with anyio.fail_after(10):
        while not condition():
            await anyio.sleep(0.001)


@in_own_loop
async def test_work_returns_its_result() -> None:
    assert await FairThreads().run("one", lambda: "done") == "done"


@in_own_loop
async def test_a_client_whose_queue_is_too_long_is_refused_and_told_how_long() -> None:
    threads = FairThreads(2, per_client=1)
    for _ in range(20):
        await threads.run("costly", burn(0.02))
    gate = Gate()
    async with anyio.create_task_group() as group:
        for _ in range(6):
            group.start_soon(threads.run, "costly", gate)
        await until(lambda: threads.waiting == 5)

        with pytest.raises(QueueFullError) as refused:
            await threads.run("costly", burn(0.02), max_wait=0.05)

        assert 0.09 < refused.value.seconds < 0.3
        assert await threads.run("other", lambda: "answered", max_wait=0.05) == "answered"
        gate.open()


@in_own_loop
async def test_an_error_reaches_the_caller_and_frees_the_thread() -> None:
    threads = FairThreads(1, per_client=1)

    def fail() -> None:
        raise ValueError("no")

    for _ in range(3):
        with pytest.raises(ValueError, match="no"):
            await threads.run("one", fail)


@in_own_loop
async def test_one_client_leaves_a_thread_to_the_others() -> None:
    threads = FairThreads(2, per_client=1)
    gates = [Gate() for _ in range(5)]
    async with anyio.create_task_group() as group:
        for gate in gates:
            group.start_soon(threads.run, "greedy", gate)
        await until(gates[0].begun.is_set)
        await until(lambda: threads.waiting == 4)

        result = await threads.run("bystander", lambda: "answered")

        assert result == "answered"
        assert [gate.begun.is_set() for gate in gates] == [True, False, False, False, False]
        for gate in gates:
            gate.open()


@in_own_loop
async def test_the_client_with_the_least_cpu_time_comes_next() -> None:
    threads = FairThreads(1, per_client=1)
    await threads.run("costly", burn(0.05))
    await threads.run("cheap", burn(0.001))
    gate = Gate()
    order: list[str] = []
    async with anyio.create_task_group() as group:
        group.start_soon(threads.run, "other", gate)
        await until(gate.begun.is_set)
        for client in ("costly", "costly", "cheap", "new"):
            group.start_soon(threads.run, client, lambda name=client: order.append(name))
        await until(lambda: threads.waiting == 4)
        gate.open()

    assert order == ["new", "cheap", "costly", "costly"]


@in_own_loop
async def test_work_that_is_given_up_while_it_waits_never_runs() -> None:
    threads = FairThreads(1, per_client=1)
    gate = Gate()
    ran: list[str] = []
    async with anyio.create_task_group() as group:
        group.start_soon(threads.run, "one", gate)
        await until(gate.begun.is_set)
        with anyio.move_on_after(0.01):
            await threads.run("two", lambda: ran.append("two"))
        assert threads.waiting == 0
        gate.open()

    assert not ran
    assert await threads.run("two", lambda: "free again") == "free again"


@in_own_loop
async def test_work_that_hangs_keeps_its_thread_and_not_the_other_work_of_its_client(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fair_threads, "_HANG_SECONDS", 0.05)
    threads = FairThreads(2, per_client=1)
    gate = Gate()
    async with anyio.create_task_group() as group:
        group.start_soon(threads.run, "one", gate)
        await until(gate.begun.is_set)

        assert await threads.run("one", lambda: "answered") == "answered"
        gate.open()

    assert await threads.run("one", lambda: "again") == "again"


@in_own_loop
async def test_long_computations_of_one_client_leave_a_thread_to_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fair_threads, "_HANG_SECONDS", 0.25)
    threads = FairThreads(2, per_client=1)
    begun: list[int] = []

    def compute() -> None:
        begun.append(len(begun))
        burn(1.2)()

    async with anyio.create_task_group() as group:
        for _ in range(2):
            group.start_soon(threads.run, "greedy", compute)
        await until(lambda: bool(begun))
        await anyio.sleep(0.7)  # two checks

        assert await threads.run("bystander", lambda: len(begun)) == 1


@in_own_loop
async def test_one_client_cannot_fill_the_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fair_threads, "MAX_WAITING_PER_CLIENT", 3)
    threads = FairThreads(2, per_client=1)
    gate = Gate()
    async with anyio.create_task_group() as group:
        for _ in range(4):
            group.start_soon(threads.run, "greedy", gate)
        await until(lambda: threads.waiting == 3)

        with pytest.raises(QueueFullError):
            await threads.run("greedy", gate, max_wait=5)
        assert await threads.run("bystander", lambda: "answered", max_wait=5) == "answered"
        gate.open()

    assert await threads.run("greedy", lambda: "answered", max_wait=5) == "answered"


@in_own_loop
async def test_cancelled_work_leaves_every_thread_free() -> None:
    threads = FairThreads(3, per_client=1)

    async def give_up(number: int) -> None:
        with anyio.move_on_after(0.0005 * (number % 20)):
            await threads.run(f"client {number % 5}", lambda: time.sleep(0.0005))

    async with anyio.create_task_group() as group:
        for number in range(300):
            group.start_soon(give_up, number)
    assert threads.waiting == 0

    everybody = threading.Barrier(3, timeout=10)
    async with anyio.create_task_group() as group:
        for client in "abc":
            group.start_soon(threads.run, client, everybody.wait)
