"""`make bench`: engines, services and imports beside their peers, in one run; prints tables and ratios.

Without `--engines`, `--services` or `--imports`, all three are measured; with `--endurance`, nothing but that.
`--write` also puts the run into `docs/performance.md`, `docs/performance.json` and `docs/performance.png`.
"""

import argparse
import json
import platform
import sys
import tempfile
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks.comparison import compare
from benchmarks.endurance import endure, told
from benchmarks.engines import PEERS
from benchmarks.growth import measure_imports
from benchmarks.measuring import processors
from benchmarks.mix import queries
from benchmarks.plot import draw
from benchmarks.report import sections, written_into
from benchmarks.services import compare_services

_DOCS = Path(__file__).parents[1] / "docs"
_SIZES = (1_000, 10_000)
_LARGE = 100_000
_LIBRARIES = ("numpy", "whoosh-reloaded", "fastapi", "uvicorn", "tantivy", "datasette")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--engines", action="store_true", help=f"the mix ({', '.join(queries())}), engine by engine")
    parser.add_argument("--services", action="store_true", help="over HTTP, at the largest of the usual sizes")
    parser.add_argument("--imports", action="store_true", help="importing and indexing, at that size")
    parser.add_argument("--endurance", type=float, metavar="MINUTES", help="instead: twice the sustained rate so long")
    parser.add_argument("--sizes", type=int, nargs="+", default=_SIZES, help="records of the catalogues")
    parser.add_argument("--large", action="store_true", help=f"{_LARGE:,} records, too")
    parser.add_argument("--only", nargs="+", choices=PEERS, default=list(PEERS), help="these engines")
    parser.add_argument("--write", action="store_true", help="put this run into docs/")
    parser.add_argument("--json", type=Path, help="write the figures there")
    return parser.parse_args()


def measure(asked: argparse.Namespace) -> dict[str, Any]:
    """Return the figures of everything that was asked for, each part in a directory of its own."""
    everything = not (asked.engines or asked.services or asked.imports)
    more = [_LARGE] if asked.large else []
    sizes, largest = [*asked.sizes, *more], [max(asked.sizes), *more]
    parts: dict[str, tuple[bool, list[int], Callable[[int, Path], dict[str, Any]]]] = {
        "engines": (asked.engines, sizes, lambda size, directory: compare(size, directory, asked.only)),
        "services": (asked.services, largest, compare_services),
        "imports": (asked.imports, largest, measure_imports),
    }
    results: dict[str, Any] = {"machine": _machine()}
    for name, (wanted, part_sizes, work) in parts.items():
        for size in part_sizes if wanted or everything else ():
            print(f"{name}, {size:,} records…", file=sys.stderr, flush=True)
            with tempfile.TemporaryDirectory() as directory:
                results.setdefault(name, []).append(work(size, Path(directory)))
    return results


def _machine() -> dict[str, str]:
    return {
        "machine": f"{platform.system()} {platform.machine()}, {processors()} processors",
        "Python": platform.python_version(),
        **{name: _version(name) for name in _LIBRARIES},
    }


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return "not installed"


def write(results: dict[str, Any]) -> None:
    """Put a run into the documents; a part that was not measured stays as it was."""
    page, kept = _DOCS / "performance.md", _DOCS / "performance.json"
    before = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {}
    known = before | _rounded(results)
    kept.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
    page.write_text(written_into(page.read_text(encoding="utf-8"), sections(known)), encoding="utf-8")
    if "engines" in results:
        draw(results, _DOCS / "performance.png")


def _rounded(value: Any) -> Any:
    """Return `value` with six digits to each figure, which is more than any of them is worth."""
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_rounded(each) for each in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value


def main() -> None:
    """Measure what the command line asks for."""
    asked = _arguments()
    if asked.endurance:
        with tempfile.TemporaryDirectory() as directory:
            found = endure(Path(directory), records=max(asked.sizes), seconds=60 * asked.endurance, measuring=20)
        print(told(found))
        return
    results = measure(asked)
    for name, text in sections(results).items():
        print(f"## {name}\n\n{text}\n")
    if asked.json:
        asked.json.write_text(json.dumps(_rounded(results), indent=1) + "\n", encoding="utf-8")
    if asked.write:
        write(results)


if __name__ == "__main__":
    main()
