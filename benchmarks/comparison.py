"""Engines side by side: the same records, the same questions, each engine in its own process, asked in turn."""

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import mean
from typing import Any

from benchmarks.engines import PEERS
from benchmarks.measuring import median, p95
from benchmarks.mix import mix
from benchmarks.records import write_records

ROUNDS = 7
_ROOT = Path(__file__).parents[1]
_ONCE, _SEEDS = 56, 3  # questions that are asked once each, and how many times so many others
_TIMES = 5  # that a question is asked in one visit, unless it takes long

Figures = dict[str, Any]


def run_worker(*arguments: str | Path) -> Figures:
    """Return what a worker that needs no input prints."""
    command = [sys.executable, "-m", "benchmarks.worker", *map(str, arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, encoding="utf-8", check=True, cwd=_ROOT)
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures


class Answering:
    """A worker that answers questions from one index."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.opened = self._read()["open"]

    def ask(self, name: str, times: int, *, answer: bool = False) -> Figures:
        """Ask one question up to so many times."""
        return self._send(json.dumps({"ask": name, "times": times, "answer": answer}))

    def ask_once(self, count: int, seed: int) -> Figures:
        """Ask `count` questions of the kinds of the mix, no two alike."""
        return self._send(json.dumps({"distinct": count, "seed": seed}))

    def end(self) -> Figures:
        """End the worker and return its memory."""
        return self._send("")

    def _send(self, line: str) -> Figures:
        assert self._process.stdin
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> Figures:
        assert self._process.stdout
        figures: Figures = json.loads(self._process.stdout.readline())
        return figures


@contextmanager
def answering(name: str, directory: Path) -> Iterator[Answering]:
    """Give a worker over the index of that engine."""
    command = [sys.executable, "-m", "benchmarks.worker", "search", name, str(directory)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8", cwd=_ROOT
    ) as process:
        try:
            yield Answering(process)
        finally:
            process.terminate()


def compare(size: int, directory: Path, names: Iterable[str] = tuple(PEERS), rounds: int = ROUNDS) -> Figures:
    """Return the figures of each engine over `size` generated records; times in seconds, memory and sizes in MiB.

    An engine that cannot be had, or that would take too long at that size, is in `absent` with the reason.
    """
    records = directory / "records.jsonl"
    write_records(records, size)
    built: dict[str, Figures] = {}
    absent: dict[str, str] = {}
    for name in names:
        if size > PEERS[name].largest:
            absent[name] = f"only run up to {PEERS[name].largest:,} records, since it takes so long"
            continue
        try:
            PEERS[name].open(directory / name)
        except ImportError as error:
            absent[name] = f"not installed ({error.name})"
            continue
        built[name] = run_worker("build", name, directory / name, records)
    return {"records": size, "engines": _timed(built, directory, rounds), "absent": absent}


def _timed(built: dict[str, Figures], directory: Path, rounds: int) -> dict[str, Figures]:
    """Return the figures of each engine that was built: round by round, so that a busy machine hurts all alike."""
    with ExitStack() as stack:
        workers = {name: stack.enter_context(answering(name, directory / name)) for name in built}
        answers = _first_answers(workers)
        spent: dict[tuple[str, str], list[float]] = {}
        for _ in range(rounds):
            for asked in mix():
                for name, worker in workers.items():
                    spent.setdefault((name, asked.name), []).extend(worker.ask(asked.name, _TIMES)["spent"])
        once: dict[str, list[float]] = {}
        for seed in range(_SEEDS):
            for name, worker in workers.items():
                once.setdefault(name, []).extend(worker.ask_once(_ONCE, seed)["spent"])
        figures = {}
        for name, worker in workers.items():
            timed = {asked.name: answers[name][asked.name] | summed_up(spent[name, asked.name]) for asked in mix()}
            total = sum(each["median"] for each in timed.values())
            figures[name] = {"build": built[name], "open": worker.opened, "queries": timed, "mix": total}
            figures[name]["once"] = {"mean": mean(once[name])} | summed_up(once[name])
            figures[name]["memory"] = worker.end()
        return figures


def _first_answers(workers: dict[str, Answering]) -> dict[str, dict[str, Figures]]:
    """Ask each question once: how long that took, the total, and how much of the first engine's answer it gives."""
    found: dict[str, dict[str, Figures]] = {name: {} for name in workers}
    for asked in mix():
        first = None
        for name, worker in workers.items():
            answer = worker.ask(asked.name, 1, answer=True)
            first = first or answer
            found[name][asked.name] = {
                "first": answer["spent"][0],
                "total": answer["total"],
                "agrees": all(answer[key] == first[key] for key in ("total", "facets")),
                "shared": len(set(answer["ids"]) & set(first["ids"])),
            }
    return found


def summed_up(samples: list[float]) -> Figures:
    """Return the median and the 95th percentile of `samples`, and how many there are."""
    return {"median": median(samples), "p95": p95(samples), "samples": len(samples)}
