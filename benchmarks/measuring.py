"""Times, memory and sizes, and how they are summed up."""

import os
import re
import resource
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

_STATUS = re.compile(r"^Vm(HWM|RSS):\s+(\d+) kB$", re.MULTILINE)
_MIB = 2**20


def seconds(work: Callable[[], object]) -> float:
    """Return how long `work` took."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def median(samples: Sequence[float]) -> float:
    """Return the middle of `samples`."""
    return statistics.median(samples)


def p95(samples: Sequence[float]) -> float:
    """Return what 95 % of `samples` do not exceed."""
    return sorted(samples)[min(len(samples) - 1, int(len(samples) * 0.95))]


def memory(process: int | str = "self") -> tuple[float, float]:
    """Return the resident memory of a process in MiB: its peak, and now.

    The kernel's own account of this very program is read, since `getrusage` starts at the peak of its parent.
    """
    status = Path(f"/proc/{process}/status")
    if not status.exists():
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / _MIB
        return peak, peak
    found = {name: int(kilobytes) * 1024 / _MIB for name, kilobytes in _STATUS.findall(status.read_text())}
    return found["HWM"], found["RSS"]


def peak_memory() -> float:
    """Return the peak resident memory in MiB of this process or of the largest child that it has waited for."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / _MIB
    return max(memory()[0], children)


def size_of(directory: Path) -> float:
    """Return how many MiB the files under `directory` hold."""
    return sum(file.stat().st_size for file in directory.rglob("*") if file.is_file()) / _MIB


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
