"""Searches run in threads: the liveness probe answers meanwhile."""

import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from statistics import median
from threading import Event

import httpx

_SEARCHERS = 8
_SECONDS = 3.0
_LONGEST = 1.0  # seconds, of every other wait; a machine that runs other tests at the same time stays well within


def test_the_service_says_that_it_lives_while_many_search(server: str) -> None:
    done = Event()
    numbers = count()

    def search() -> int:
        answered = 0
        with httpx.Client(base_url=server, timeout=30) as client:
            while not done.is_set():
                question = {"q": f"jardin habitants {next(numbers)}", "facet": ["dimension", "mot_cle", "structure"]}
                answered += client.get("/actions", params=question).status_code == httpx.codes.OK
        return answered

    waits = []
    with ThreadPoolExecutor(_SEARCHERS) as pool, httpx.Client(base_url=server, timeout=30) as client:
        searchers = [pool.submit(search) for _ in range(_SEARCHERS)]
        until = time.monotonic() + _SECONDS
        try:
            while time.monotonic() < until:
                began = time.monotonic()
                assert client.get("/health/live").status_code == httpx.codes.OK
                waits.append(time.monotonic() - began)
                time.sleep(0.01)
        finally:
            done.set()
        answered = [searcher.result() for searcher in searchers]

    assert min(answered) > 0
    assert median(waits) < _LONGEST
