"""What the project wants of its speed, as ratios in one run on two processors, and what a run came to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Results = Mapping[str, Any]
_USUAL, _LARGE = 10_000, 100_000  # records


@dataclass(frozen=True, slots=True)
class Target:
    """One figure: what it is, the bound, whether it is a least or a most, its unit, and how a run gives it."""

    name: str
    bound: float
    measure: Callable[[Results], float]
    least: bool = False
    unit: str = ""

    def measured(self, results: Results) -> float | None:
        """Return the figure of a run, None when it did not measure that."""
        try:
            return self.measure(results)
        except (KeyError, StopIteration):
            return None

    def met_by(self, figure: float) -> bool:
        """Tell whether `figure` is within the bound."""
        return figure >= self.bound if self.least else figure <= self.bound


def _at(results: Results, part: str, size: int) -> Any:
    return next(each for each in results.get(part, []) if each["records"] == size)


def _engine(results: Results, size: int, name: str) -> Any:
    return _at(results, "engines", size)["engines"][name]


def _against(name: str) -> Callable[[Results], float]:
    return lambda results: _engine(results, _USUAL, "ours")["mix"] / _engine(results, _USUAL, name)["mix"]


def _slowest(size: int) -> Callable[[Results], float]:
    return lambda results: max(each["median"] for each in _engine(results, size, "ours")["queries"].values()) * 1e3


def _growth(results: Results) -> float:
    return float(_engine(results, _LARGE, "ours")["mix"] / _engine(results, _USUAL, "ours")["mix"])


def _rates(case: str, beside: str) -> Callable[[Results], float]:
    def ratio(results: Results) -> float:
        cases = _at(results, "services", _USUAL)["cases"]
        return float(cases[case]["rate"] / cases[beside]["rate"])

    return ratio


def _held(size: int) -> Callable[[Results], float]:
    return lambda results: _at(results, "services", size)["memory"]["after"]


def _once(name: str) -> Callable[[Results], float]:
    return lambda r: _engine(r, _USUAL, "ours")["once"]["mean"] / _engine(r, _USUAL, name)["once"]["mean"]


TARGETS = (
    Target("mix beside Tantivy's, weighted fields, 10,000 records", 2, _against("tantivy"), unit="×"),
    Target("mix beside Tantivy's, one field (not asked for)", 2, _against("tantivy-one"), unit="×"),
    Target("mix beside FTS5's, raw", 0.1, _against("fts5"), unit="×"),
    Target("mix beside FTS5's, stems", 0.1, _against("fts5-stems"), unit="×"),
    Target("questions asked once beside Tantivy's (not asked for)", 2, _once("tantivy"), unit="×"),
    Target("questions asked once beside FTS5's, stems (not asked for)", 0.1, _once("fts5-stems"), unit="×"),
    Target("slowest query of the mix, 10,000 records", 10, _slowest(_USUAL), unit=" ms"),
    Target("slowest query of the mix, 100,000 records", 60, _slowest(_LARGE), unit=" ms"),
    Target("mix at 100,000 records beside 10,000", 12, _growth, unit="×"),
    Target("repeated query beside the bare route", 1, _rates("repeated", "bare route"), least=True, unit="×"),
    Target("304 beside the bare route", 1.2, _rates("not modified", "bare route"), least=True, unit="×"),
    *(
        Target(f"{case} beside {peer}{note}", bound, _rates(case, peer), least=True, unit="×")
        for peer, note in (("Datasette", ""), ("Datasette, immutable", " (not asked for)"))
        for case, bound in (("distinct, no highlights", 20), ("distinct", 8))
    ),
    Target(
        "records indexed a second, 10,000 records",
        300,
        lambda results: _USUAL / _at(results, "imports", _USUAL)["index"]["seconds"],
        least=True,
    ),
    Target(
        "peak memory of a process that indexes 100,000 records",
        1229,
        lambda results: _at(results, "imports", _LARGE)["index"]["peak"],
        unit=" MiB",
    ),
    Target("server's memory after the mix, 10,000 records", 400, _held(_USUAL), unit=" MiB"),
    Target("server's memory after the mix, 100,000 records", 1536, _held(_LARGE), unit=" MiB"),
    Target("start to ready, 10,000 records", 3, lambda results: _at(results, "services", _USUAL)["started"], unit=" s"),
    Target(
        "one changed record until it is found, 10,000 records",
        300,
        lambda results: _at(results, "imports", _USUAL)["changes"]["median"] * 1e3,
        unit=" ms",
    ),
    Target("time of an import 50 times larger", 60, lambda r: _at(r, "imports", _USUAL)["time ratio"], unit="×"),
    Target("memory of an import 50 times larger", 1.5, lambda r: _at(r, "imports", _USUAL)["memory ratio"], unit="×"),
)
