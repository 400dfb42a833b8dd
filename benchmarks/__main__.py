"""`make bench`: how the costs of importing, indexing and searching grow with the catalogue."""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from app.catalogue.query import ActionQuery, FacetFilter
from app.importing.text_format import render
from app.service import Catalogue, import_files
from app.settings import Settings
from benchmarks.generator import actions, words

_FACETS = ("dimension", "statut", "public", "territoire", "mot_cle")
_ROUNDS = 9


def queries() -> dict[str, ActionQuery]:
    """Return the questions that are timed, by name; each counts five facets and asks for a page of 20."""
    rare = words()[900]
    asked = {
        "common word": ActionQuery(text="logement"),
        "rare word": ActionQuery(text=rare),
        "two words": ActionQuery(text="logement quartier"),
        "phrase": ActionQuery(text='"centre social"'),
        "prefix": ActionQuery(text="jar*"),
        "filter only": ActionQuery(filters=(FacetFilter("dimension", ("Services",)),)),
        "text and filter": ActionQuery(text="logement", filters=(FacetFilter("public", ("Jeunesse",)),)),
    }
    return {name: ActionQuery(text=query.text, filters=query.filters, facets=_FACETS) for name, query in asked.items()}


def seconds(work: Callable[[], object]) -> float:
    """Return how long `work` took."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def measure(size: int) -> dict[str, float]:
    """Return the seconds that each operation takes on a catalogue of `size` records: the median, for searches."""
    with tempfile.TemporaryDirectory() as directory:
        export = Path(directory) / "export.txt"
        with export.open("w", encoding="utf-8") as file:
            file.writelines(render(actions(size)))
        with Catalogue.open(Settings(data_dir=Path(directory) / "var")) as catalogue:
            figures = {
                "import": seconds(lambda: import_files(catalogue.store, [export])),
                "index": seconds(catalogue.catch_up),
            }
            for name, query in queries().items():
                catalogue.search(query)
                figures[name] = statistics.median(seconds(partial(catalogue.search, query)) for _ in range(_ROUNDS))
        return figures


def main() -> None:
    """Measure two sizes and print the ratio of their figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--small", type=int, default=500, help="records of the smaller catalogue")
    parser.add_argument("--large", type=int, default=5000, help="records of the larger one")
    sizes = parser.parse_args()
    small, large = measure(sizes.small), measure(sizes.large)
    print(f"{'seconds':<18}{f'{sizes.small:,} records':>16}{f'{sizes.large:,} records':>16}{'ratio':>10}")
    for name, value in small.items():
        print(f"{name:<18}{value:>16.4f}{large[name]:>16.4f}{large[name] / value:>10.1f}")
    print(f"\nA catalogue {sizes.large / sizes.small:.0f} times larger; a ratio below that grows more slowly than it.")


if __name__ == "__main__":
    main()
