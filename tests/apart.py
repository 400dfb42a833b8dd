"""Runs a coroutine in a thread of its own: the browser keeps an event loop running in the thread of the tests."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def run_apart(work: Coroutine[Any, Any, T]) -> T:
    """Return what `work` comes to, whether or not a loop runs here."""
    with ThreadPoolExecutor(1) as apart:
        return apart.submit(asyncio.run, work).result()
