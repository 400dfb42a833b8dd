"""Services side by side over HTTP: ours with one worker, Datasette on the same records, and a bare FastAPI route."""

import http.client
import json
import os
import random
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from benchmarks import datasette_peer
from benchmarks.load import Load, load
from benchmarks.measuring import median, memory, p95
from benchmarks.mix import FACETS, PAGE, VALUES, Asked, distinct, mix
from benchmarks.records import write_export, write_records

SECONDS = 5.0  # that one load lasts
ROUNDS = 2
ROOT = Path(__file__).parents[1]
_BIN = Path(sys.executable).parent
ACTIONS = (sys.executable, "-c", "from app.cli import main; main()")
_DISTINCT = 4_000  # questions of a load, more than any server answers meanwhile
_LONGEST_START = 120.0  # seconds
_PAUSE = 0.01

Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Server:
    """A server that is ready: where, which process, and how many seconds it took."""

    base: str
    pid: int
    started: float


def our_address(asked: Asked, *, highlight: bool = True) -> str:
    """Return the address of a question to our own service."""
    pairs = [*asked.filters, *(("facet", name) for name in FACETS), ("facet_size", str(VALUES))]
    pairs += [("per_page", str(PAGE))] + [("q", asked.text)] * bool(asked.words)
    return f"/actions?{urlencode(pairs + [('highlight', 'false')] * (not highlight))}"


@contextmanager
def served(command: Sequence[str], ready: str, **environment: str) -> Iterator[Server]:
    """Run a server, `{port}` in its command being a free one, for as long as the block lasts."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    began = time.perf_counter()
    process = subprocess.Popen(
        [word.format(port=port) for word in command],
        env={**os.environ, **environment},
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not _answers(port, ready):
            if process.poll() is not None or time.perf_counter() - began > _LONGEST_START:
                raise RuntimeError(f"{command[0]} did not start")
            time.sleep(_PAUSE)
        yield Server(f"http://127.0.0.1:{port}", process.pid, time.perf_counter() - began)
    finally:
        process.terminate()
        process.wait()


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_LONGEST_START)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()


def import_export(export: Path, environment: Mapping[str, str]) -> None:
    """Import `export` by the command, which also brings the index up to date."""
    subprocess.run(
        [*ACTIONS, "import", str(export)],
        env={**os.environ, **environment},
        cwd=ROOT,
        check=True,
        stdout=subprocess.DEVNULL,
    )


def compare_services(size: int, directory: Path) -> Figures:
    """Return requests a second, latencies and memory of each service over `size` generated records."""
    records, export = directory / "records.jsonl", directory / "export.txt"
    write_records(records, size)
    write_export(export, size)
    environment = {
        "ACTIONS_DATA_DIR": str(directory / "var"),
        "ACTIONS_LOG_LEVEL": "WARNING",
        "ACTIONS_RATE_LIMIT": "0",
    }
    import_export(export, environment)
    bare = [sys.executable, "-m", "uvicorn", "benchmarks.bare:app", "--port", "{port}", "--no-access-log"]
    cases: dict[str, list[Load]] = {}
    with ExitStack() as stack:
        ours = stack.enter_context(served([*ACTIONS, "serve", "--port", "{port}"], "/health/ready", **environment))
        plain = stack.enter_context(served([*bare, "--no-server-header", "--log-level", "warning"], "/"))
        peers = {
            name: stack.enter_context(served(command, "/-/versions.json"))
            for name, command in _datasettes(directory, records).items()
        }
        for number in range(ROUNDS):
            for name, done in _round(ours.base, plain.base, peers, number).items():
                cases.setdefault(name, []).append(done)
        return {
            "records": size,
            "cases": {name: _middle(loads) for name, loads in cases.items()},
            "totals": {each.name: json_of(ours.base, our_address(each))["total"] for each in mix()},
            "health": _health(ours.base),
            "started": ours.started,
            "memory": _memory(ours),
            "peers": {
                name: {"memory": _memory(server), "started": server.started, "totals": _peer_totals(server)}
                for name, server in peers.items()
            },
        }


def _memory(server: Server) -> Figures:
    return dict(zip(("peak", "after"), memory(server.pid), strict=True))


def _peer_totals(server: Server) -> dict[str, int]:
    found = ((each.name, json_of(server.base, datasette_peer.address(each, "peer"))) for each in mix())
    return {name: answer["filtered_table_rows_count"] for name, answer in found}


def _round(ours: str, plain: str, peers: Mapping[str, Server], number: int) -> dict[str, Load]:
    """Load each service in turn; the slow ones for longer, so that they answer enough questions."""
    asked = next(each for each in mix() if each.name == "two words")
    repeated = our_address(asked)
    tag = _tag_of(ours, repeated)
    plainly, shown = _questions(2 * number), _questions(2 * number + 1)
    addresses = [datasette_peer.address(each, "peer") for each in plainly]
    loads = {
        "distinct": load(ours, [our_address(each) for each in shown], SECONDS),
        "distinct, no highlights": load(ours, [our_address(each, highlight=False) for each in plainly], SECONDS),
    } | {name: load(server.base, addresses, 2 * SECONDS) for name, server in peers.items()}
    if max(each.requests for each in loads.values()) > _DISTINCT:
        raise RuntimeError("some questions were asked twice: a load needs more of them")
    return {
        "bare route": load(plain, ["/"], SECONDS),
        "repeated": load(ours, [repeated], SECONDS),
        "not modified": load(ours, [repeated], SECONDS, {"If-None-Match": tag}),
    } | loads


def _questions(seed: int) -> list[Asked]:
    """Return distinct questions in no order, so that a slow server is asked the same kinds as one that gets further."""
    questions = list(distinct(_DISTINCT, seed))
    random.Random(seed).shuffle(questions)
    return questions


def _middle(loads: Sequence[Load]) -> Figures:
    """Return the load of the middle rate, and how many failed in all."""
    ordered = sorted(loads, key=lambda each: each.rate)
    rates = [each.rate for each in ordered]
    chosen = asdict(ordered[len(ordered) // 2])
    return chosen | {"rate": median(rates), "errors": sum(each.errors for each in loads)}


def _tag_of(base: str, path: str) -> str:
    with urllib.request.urlopen(base + path) as answer:  # noqa: S310 - a server of ours
        return str(answer.headers["ETag"])


def json_of(base: str, path: str) -> Any:
    """Return the answer of a server of ours."""
    with urllib.request.urlopen(base + path) as answer:  # noqa: S310
        return json.load(answer)


def _health(base: str) -> Figures:
    """Return the latencies of `/health/live` in seconds, at rest and while distinct questions keep the server busy."""
    rest = _latencies(base, 1.0)
    paths = [our_address(each) for each in _questions(99)]
    busy = threading.Thread(target=load, args=(base, paths, SECONDS))
    busy.start()
    time.sleep(0.5)
    under_load = _latencies(base, SECONDS - 1)
    busy.join()
    return {"rest": rest, "under load": under_load}


def _latencies(base: str, seconds: float) -> Figures:
    connection = http.client.HTTPConnection(base.removeprefix("http://"))
    samples = []
    began = time.perf_counter()
    while time.perf_counter() - began < seconds:
        sent = time.perf_counter()
        connection.request("GET", "/health/live")
        connection.getresponse().read()
        samples.append(time.perf_counter() - sent)
        time.sleep(_PAUSE)
    connection.close()
    return {"median": median(samples), "p95": p95(samples), "longest": max(samples), "samples": len(samples)}


def _datasettes(directory: Path, records: Path) -> dict[str, list[str]]:
    """Return the commands of Datasette over a database that may change, and over one that it is told never will."""
    if not (_BIN / "datasette").exists():
        return {}
    database = directory / "peer.db"
    datasette_peer.write_database(database, records)
    serve = [str(_BIN / "datasette"), "serve", str(database), "--port", "{port}"]
    serve += [word for name, value in datasette_peer.SETTINGS.items() for word in ("--setting", name, value)]
    return {"Datasette": serve, "Datasette, immutable": [*serve[:2], "--immutable", *serve[2:]]}
