"""Endurance: twice the rate that a server can sustain, for minutes; what it answers, and whether its memory grows.

The load is open: requests set off when they are due, whether or not the last ones have been answered, as those of many
people do. The service sheds what is too much (503), and has to answer the rest.
"""

import asyncio
import os
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.load import ask_in_turn, read_status
from benchmarks.measuring import median, memory, p95
from benchmarks.mix import distinct
from benchmarks.records import write_export
from benchmarks.services import ACTIONS, ROOT, Server, json_of, our_address, served

_TIMES = 2  # the rate that is sustained
_CONNECTIONS = 400  # at once, more than the service works on
_PATIENCE = 30.0  # seconds until a request counts as lost
_WARMING = 0.25  # of the time, in which memory may still fill with what is meant to be kept
_MIB_A_MINUTE = 60.0
_WATCHED = "/health/live"

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(slots=True)
class Endurance:
    """What a long load came to; rates are requests a second, memory is MiB and its slope MiB a minute."""

    records: int
    seconds: float
    sustained: float
    offered: float
    answered: float = 0.0
    statuses: dict[str, int] = field(default_factory=dict)
    lost: dict[str, int] = field(default_factory=dict)
    median: float = 0.0
    p95: float = 0.0
    alive: float = 0.0
    memory: list[float] = field(default_factory=list)
    slope: float = 0.0


def endure(directory: Path, *, records: int, seconds: float, measuring: float) -> Endurance:
    """Load a server of `records` generated records for so many `seconds`, after `measuring` what it sustains."""
    export = directory / "export.txt"
    write_export(export, records)
    environment = {
        "ACTIONS_DATA_DIR": str(directory / "var"),
        "ACTIONS_LOG_LEVEL": "WARNING",
        "ACTIONS_RATE_LIMIT": "0",  # the load comes from one address
        # Memory that is meant to fill does so while it warms up.
        "ACTIONS_ANSWER_CACHE": "8",
        "ACTIONS_POSTINGS_CACHE": "16",
    }
    subprocess.run(
        [*ACTIONS, "import", str(export)],
        env={**os.environ, **environment},
        cwd=ROOT,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    with served([*ACTIONS, "serve", "--port", "{port}"], "/health/ready", **environment) as server:
        paths = _paths(server)
        few = [next(paths) for _ in range(2000)]
        sustained = asyncio.run(ask_in_turn(server.base, few, measuring, {})).rate
        found = Endurance(records, seconds, sustained, _TIMES * sustained)
        asyncio.run(_Load(server, found).run(paths))
    return found


def _paths(server: Server) -> Iterator[str]:
    """Yield addresses without end: questions that are all different at first, and a record after every fourth."""
    asked = cycle([our_address(each) for each in distinct(20_000, 0)])
    ids = cycle(_ids(server))
    while True:
        for _ in range(4):
            yield next(asked)
        yield f"/actions/{next(ids)}"


def _ids(server: Server) -> Sequence[str]:
    return [item["id"] for item in json_of(server.base, "/actions?per_page=100&fields=id")["items"]]


class _Load:
    """One load of one server; what comes of it goes into `found`."""

    def __init__(self, server: Server, found: Endurance) -> None:
        self._server = server
        self._found = found
        self._place = urlsplit(server.base)
        self._free: list[Connection] = []
        self._statuses: Counter[str] = Counter()
        self._lost: Counter[str] = Counter()
        self._latencies: list[float] = []
        self._alive: list[float] = []
        self._memory: list[tuple[float, float]] = []
        self._began = 0.0

    async def run(self, paths: Iterator[str]) -> None:
        """Ask for `paths` at the rate that is to be offered, and watch the server meanwhile."""
        self._began = time.perf_counter()
        watching = asyncio.create_task(self._watch())
        room = asyncio.Semaphore(_CONNECTIONS)
        asking: set[asyncio.Task[None]] = set()
        number = 0
        while (now := time.perf_counter() - self._began) < self._found.seconds:
            while number < now * self._found.offered:
                number += 1
                await room.acquire()
                task = asyncio.create_task(self._ask(next(paths), room))
                asking.add(task)
                task.add_done_callback(asking.discard)
            await asyncio.sleep(0.005)
        await asyncio.gather(*asking)
        watching.cancel()
        for error in await asyncio.gather(watching, return_exceptions=True):
            if not isinstance(error, asyncio.CancelledError):
                self._lost[f"{_WATCHED} {error!r}"] += 1
        await asyncio.gather(*(_close(writer) for _, writer in self._free))
        self._sum_up(time.perf_counter() - self._began)

    async def _ask(self, path: str, room: asyncio.Semaphore) -> None:
        began = time.perf_counter()
        try:
            async with asyncio.timeout(_PATIENCE):
                status = await self._status(path)
            self._statuses[str(status)] += 1
            if status < 400:
                self._latencies.append(time.perf_counter() - began)
        except (OSError, EOFError, TimeoutError) as error:
            self._lost[type(error).__name__] += 1
        finally:
            room.release()

    async def _status(self, path: str) -> int:
        """Ask over a connection that is free, or a new one."""
        while self._free:
            connection = self._free.pop()
            # The service closes what nobody has used for some seconds; every client has to expect that.
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                return await self._exchange(path, connection)
        return await self._exchange(path, await asyncio.open_connection(self._place.hostname, self._place.port))

    async def _exchange(self, path: str, connection: Connection) -> int:
        reader, writer = connection
        try:
            writer.write(f"GET {path} HTTP/1.1\r\nHost: {self._place.netloc}\r\n\r\n".encode())
            status = await read_status(reader)
        except BaseException:
            await _close(writer)
            raise
        self._free.append(connection)
        return status

    async def _watch(self) -> None:
        """Once a second, ask whether the service lives and note its memory."""
        while True:
            began = time.perf_counter()
            async with asyncio.timeout(_PATIENCE):
                status = await self._status(_WATCHED)
            if status != 200:
                self._lost[f"{_WATCHED} {status}"] += 1
            self._alive.append(time.perf_counter() - began)
            with suppress(OSError):
                self._memory.append((began - self._began, memory(self._server.pid)[1]))
            await asyncio.sleep(1.0)

    def _sum_up(self, seconds: float) -> None:
        found = self._found
        warm = [(at, held) for at, held in self._memory if at >= _WARMING * found.seconds]
        found.answered = len(self._latencies) / seconds
        found.statuses, found.lost = dict(self._statuses), dict(self._lost)
        found.median, found.p95 = median(self._latencies), p95(self._latencies)
        found.alive = max(self._alive)
        found.memory = [warm[0][1], warm[-1][1], max(held for _, held in self._memory)]
        found.slope = slope(warm) * _MIB_A_MINUTE


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Return how much the second value grows with the first, by least squares."""
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread


def told(found: Endurance) -> str:
    """Say in a few lines what a long load came to."""
    values: dict[str, Any] = asdict(found)
    warm, end, peak = found.memory
    return "\n".join(
        (
            f"{values['records']:,} records, {found.seconds:.0f} s at {_TIMES} times what is sustained",
            f"sustained {found.sustained:.0f}/s, offered {found.offered:.0f}/s, answered {found.answered:.0f}/s",
            f"statuses {found.statuses}, lost {found.lost or 'none'}",
            (
                f"answered in {found.median * 1e3:.0f} ms, 95 % in {found.p95 * 1e3:.0f} ms; "
                f"alive within {found.alive * 1e3:.0f} ms"
            ),
            (
                f"memory {warm:.0f} MiB warm, {end:.0f} MiB at the end, {peak:.0f} MiB at most: "
                f"{found.slope:+.2f} MiB a minute"
            ),
        )
    )
