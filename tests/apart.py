"""Runs work in a thread of its own: the browser keeps an event loop running in the thread of the tests."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def call_apart(work: Callable[[], T]) -> T:
    """Return what `work`, which runs event loops of its own, comes to, whether or not a loop runs here."""
    with ThreadPoolExecutor(1) as apart:
        return apart.submit(work).result()


def run_apart(work: Coroutine[Any, Any, T]) -> T:
    """Return what the coroutine `work` comes to, whether or not a loop runs here."""
    return call_apart(lambda: asyncio.run(work))
