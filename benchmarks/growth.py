"""What importing and indexing cost, and how importing grows with the export."""

from pathlib import Path
from typing import Any

from benchmarks.comparison import run_worker, summed_up
from benchmarks.measuring import median
from benchmarks.records import write_export

TIMES = 50  # that the larger export is larger
_TRIES = 3
_CHANGES = 40  # records that are changed one by one

Figures = dict[str, Any]


def measure_imports(size: int, directory: Path) -> Figures:
    """Return time and peak memory of importing `size` records and a 50th of them, and of indexing them.

    With them comes how long single changes take until they are found.

    Each import is a process of its own; the small one is repeated, since it hardly lasts.
    """
    small_size = max(1, size // TIMES)
    small = _import(small_size, directory, _TRIES)
    large = _import(size, directory, 1)
    return {
        "records": size,
        "small": small,
        "large": large,
        "larger": size / small_size,
        "time ratio": large["seconds"] / small["seconds"],
        "memory ratio": large["peak"] / small["peak"],
        "index": run_worker("reindex", directory / f"var-{size}-0"),
        "changes": summed_up(run_worker("change", directory / f"var-{size}-0", str(_CHANGES))["spent"]),
    }


def _import(size: int, directory: Path, tries: int) -> Figures:
    export = directory / f"export-{size}.txt"
    write_export(export, size)
    done = [run_worker("import", export, directory / f"var-{size}-{number}") for number in range(tries)]
    return done[0] | {key: median([each[key] for each in done]) for key in ("seconds", "peak")}
