"""Fairness: the latency of one client's searches while another client sends the costliest requests it can.

python -m benchmarks.fairness            # 10,000 records, six seconds for each kind of request
"""

import http.client
import json
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from itertools import count
from multiprocessing import Queue, get_context
from multiprocessing.synchronize import Event
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

from benchmarks.measuring import median, p95
from benchmarks.mix import distinct
from benchmarks.records import write_export
from benchmarks.services import ACTIONS, import_export, our_address, served

ATTACKER, BYSTANDER = "127.0.0.2", "127.0.0.3"
CONNECTIONS = 40
SECONDS = 6.0
_PAUSE = 0.1  # seconds between two searches of the bystander, who reads the answers
_FRESH = {"Cache-Control": "no-cache", "Accept-Encoding": "br"}  # the attacker wants no cached response
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(slots=True)
class Attack:
    """What the bystander felt during one attack: seconds, and the ratio to the quiet p95; how the attacker fared."""

    median: float
    p95: float
    ratio: float
    statuses: dict[str, int] = field(default_factory=dict)


def attacks(record: str, structure: str) -> dict[str, str]:
    """Return the costliest requests by name, given identifiers of a record and a structure."""
    facets = [("facet", name) for name in ("structure", "mot_cle", "departement", "region", "public", "statut")]
    facets += [("facet", name) for name in ("dimension", "territoire", "initiative", "partenaire")]
    prefixes = " ".join(f"{letter}*" for letter in _LETTERS)
    everything = [("q", prefixes), *facets, ("facet_size", "1000"), ("per_page", "100"), ("full", "true")]
    return {
        "prefixes, facets, full records": f"/actions?{urlencode(everything)}",
        "prefixes with highlights": f"/actions?{urlencode([('q', prefixes), ('per_page', '100')])}",
        "misspelt words": f"/actions?{urlencode([('q', 'associasion cytoyenne jardain partajé quartié')])}",
        "facets of everything": f"/facets?{urlencode([*facets, ('facet_size', '1000')])}",
        "similar": f"/actions/{quote(record)}/similar?size=20",
        "suggest": f"/suggest?{urlencode([('q', 'asociatoin du quartier'), ('size', '20')])}",
        "statistics": "/stats",
        "statistics page": "/statistiques",
        "search page": f"/?{urlencode([('q', prefixes)])}",
        "structures": "/structures?per_page=100",
        "structure page": f"/structures/{quote(structure)}/fiche",
        "changes": "/changes?limit=500",
        "CSV": "/actions.csv",
        "JSON Lines": "/actions.jsonl",
        "XLSX": "/actions.xlsx",
        "Atom": "/actions.atom",
    }


def measure_fairness(size: int, directory: Path, seconds: float = SECONDS) -> dict[str, object]:
    """Return the bystander's quiet latency over `size` records, and that under each attack."""
    export = directory / "export.txt"
    write_export(export, size)
    environment = {"ACTIONS_DATA_DIR": str(directory / "var"), "ACTIONS_LOG_LEVEL": "WARNING"}
    import_export(export, environment)
    with served([*ACTIONS, "serve", "--port", "{port}"], "/health/ready", **environment) as server:
        questions = (our_address(asked) for asked in distinct(100_000, seed=1))
        quiet = _bystander(server.base, questions, seconds)
        items = _json(server.base, "/actions?per_page=1")["items"]
        results = {}
        for name, path in attacks(items[0]["id"], items[0]["structure"]["id"]).items():
            with _attack(server.base, path) as statuses:
                time.sleep(1.0)  # the queues of the attacker are full
                felt = _bystander(server.base, questions, seconds)
            results[name] = Attack(median(felt), p95(felt), p95(felt) / p95(quiet), dict(statuses))
        return {
            "records": size,
            "quiet": {"median": median(quiet), "p95": p95(quiet)},
            "attacks": {name: asdict(attack) for name, attack in results.items()},
        }


def _bystander(base: str, questions: Iterator[str], seconds: float) -> Sequence[float]:
    """Return the seconds of each search of a client that asks about ten times a second."""
    found = []
    connection = _connect(base, BYSTANDER)
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        began = time.perf_counter()
        connection.request("GET", next(questions))
        response = connection.getresponse()
        response.read()
        if response.status != http.HTTPStatus.OK:
            raise RuntimeError(f"a search of the bystander was answered {response.status}")
        found.append(time.perf_counter() - began)
        time.sleep(_PAUSE)
    connection.close()
    return found


@contextmanager
def _attack(base: str, path: str) -> Iterator[Counter[str]]:
    """Send `path` over many connections, again and again, as long as the block lasts; count statuses after it.

    The attacker is a process of its own: its threads would delay the measurements of this one.
    """
    processes = get_context("spawn")
    stopped, results = processes.Event(), processes.Queue()
    attacker = processes.Process(target=_send_over_connections, args=(base, path, stopped, results))
    attacker.start()
    statuses: Counter[str] = Counter()
    try:
        results.get()  # it has begun
        yield statuses
    finally:
        stopped.set()
        statuses.update(results.get())
        attacker.join()


def _send_over_connections(base: str, path: str, stopped: Event, results: "Queue[dict[str, int]]") -> None:
    statuses: Counter[str] = Counter()
    threads = [threading.Thread(target=_ask, args=(base, path, stopped, statuses)) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    results.put({})
    for thread in threads:
        thread.join()
    results.put(dict(statuses))


def _ask(base: str, path: str, stopped: Event, statuses: Counter[str]) -> None:
    while not stopped.is_set():
        connection = _connect(base, ATTACKER)
        try:
            for _ in count():
                connection.request("GET", path, headers=_FRESH)
                response = connection.getresponse()
                while response.read(65_536) and not stopped.is_set():
                    pass
                retry = response.headers.get("Retry-After", "")
                statuses[f"{response.status}{f' after {retry} s' if retry else ''}"] += 1
                if stopped.is_set():
                    break
        except (OSError, http.client.HTTPException):
            statuses["broken"] += 1
        finally:
            connection.close()


def _connect(base: str, source: str) -> http.client.HTTPConnection:
    address = urlsplit(base)
    return http.client.HTTPConnection(address.hostname or "", address.port, timeout=60, source_address=(source, 0))


def _json(base: str, path: str) -> dict[str, list[dict[str, dict[str, str]]]]:
    connection = _connect(base, BYSTANDER)
    connection.request("GET", path)
    document: dict[str, list[dict[str, dict[str, str]]]] = json.loads(connection.getresponse().read())
    connection.close()
    return document


def main() -> None:
    """Measure a server of a temporary catalogue, and print a row for each kind of request."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as directory:
        figures = measure_fairness(size, Path(directory))
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
