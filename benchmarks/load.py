"""Loads a server: `wrk` when this machine has it, else a client of our own that says so.

A load asks each of its paths in turn, over connections that stay open.
"""

import asyncio
import itertools
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.measuring import median, p95

CONNECTIONS = 8

# One thread, so that each path is asked once until all have been.
_SCRIPT = """
local paths, headers, n = {}, {}, 0
function init(args)
    for line in io.lines(args[1]) do paths[#paths + 1] = line end
    for i = 2, #args, 2 do headers[args[i]] = args[i + 1] end
end
function request()
    n = n % #paths + 1
    return wrk.format("GET", paths[n], headers)
end
function done(summary, latency, requests)
    local e = summary.errors
    io.write(string.format('\\n{"requests": %d, "seconds": %f, "errors": %d, "median": %f, "p95": %f}\\n',
        summary.requests, summary.duration / 1e6, e.connect + e.read + e.write + e.status + e.timeout,
        latency:percentile(50) / 1e6, latency:percentile(95) / 1e6))
end
"""


@dataclass(frozen=True, slots=True)
class Load:
    """What a load came to: requests a second, latencies in seconds, and how many requests failed."""

    client: str
    requests: int
    rate: float
    median: float
    p95: float
    errors: int


def load(base: str, paths: Sequence[str], seconds: float, headers: Mapping[str, str] | None = None) -> Load:
    """Ask `base` for `paths` in turn for so long."""
    if shutil.which("wrk"):
        return _with_wrk(base, paths, seconds, headers or {})
    return asyncio.run(ask_in_turn(base, paths, seconds, headers or {}))


def _with_wrk(base: str, paths: Sequence[str], seconds: float, headers: Mapping[str, str]) -> Load:
    with tempfile.TemporaryDirectory() as directory:
        script, list_ = Path(directory) / "load.lua", Path(directory) / "paths"
        script.write_text(_SCRIPT, encoding="utf-8")
        list_.write_text("\n".join(paths) + "\n", encoding="utf-8")
        size = ["-t1", f"-c{CONNECTIONS}", f"-d{seconds:.0f}s", "--timeout", "30s"]
        command = ["wrk", *size, "-s", str(script), base, "--", str(list_), *itertools.chain(*headers.items())]
        done = subprocess.run(command, stdout=subprocess.PIPE, encoding="utf-8", check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    rate = found["requests"] / found["seconds"]
    return Load("wrk", found["requests"], rate, found["median"], found["p95"], found["errors"])


async def ask_in_turn(base: str, paths: Sequence[str], seconds: float, headers: Mapping[str, str]) -> Load:
    """Load a server with a client of our own, which takes more of the machine than `wrk` does."""
    turn = itertools.cycle(paths)
    latencies: list[float] = []
    failed: list[int] = []
    place = urlsplit(base)
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    began = time.perf_counter()

    async def ask() -> None:
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        while time.perf_counter() - began < seconds:
            sent = time.perf_counter()
            writer.write(f"GET {next(turn)} HTTP/1.1\r\nHost: {place.netloc}\r\n{lines}\r\n".encode())
            if await read_status(reader) >= 400:
                failed.append(1)
            latencies.append(time.perf_counter() - sent)
        writer.close()

    await asyncio.gather(*(ask() for _ in range(CONNECTIONS)))
    spent = time.perf_counter() - began
    return Load("asyncio", len(latencies), len(latencies) / spent, median(latencies), p95(latencies), len(failed))


async def read_status(reader: asyncio.StreamReader) -> int:
    """Read one answer whole and return its status."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower().split("\r\n")
    status = int(head[0].split()[1])
    headers = dict(line.split(": ", 1) for line in head[1:] if ": " in line)
    if "content-length" in headers:
        await reader.readexactly(int(headers["content-length"]))
    elif headers.get("transfer-encoding") == "chunked":
        while size := int(await reader.readline(), 16):
            await reader.readexactly(size + 2)
        await reader.readline()
    return status
