"""Draws how long the mix takes each engine as the catalogue grows."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.engines import PEERS


def draw(results: Mapping[str, Any], path: Path) -> None:
    """Write a PNG of the mean latency of the mix against the number of records; ImportError without matplotlib."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - only who draws needs it

    figure = Figure(figsize=(7, 4.2), layout="constrained")
    axes = figure.subplots()
    lines: dict[str, list[tuple[int, float]]] = {}
    for compared in results["engines"]:
        for name, engine in compared["engines"].items():
            mean = engine["mix"] / len(engine["queries"]) * 1e3
            lines.setdefault(name, []).append((compared["records"], mean))
    for name, points in lines.items():
        axes.plot(*zip(*points, strict=True), marker="o", label=PEERS[name].title, lw=2.5 if name == "ours" else 1.2)
    axes.set(xscale="log", yscale="log", xlabel="records", ylabel="mean of the medians of the mix, ms")
    axes.grid(which="both", alpha=0.25)
    axes.legend(fontsize="small")
    figure.savefig(path, dpi=110, metadata={"Software": None})
