"""Results as tables in Markdown, for the terminal and for `docs/performance.md`."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from benchmarks.engines import PEERS
from benchmarks.targets import TARGETS

Results = Mapping[str, Any]


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table with its columns as wide as what is in them."""
    lines = [list(head), *map(list, rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    lines.insert(1, ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])])
    return "\n".join(
        f"| {first.ljust(widths[0])} | "
        + " | ".join(cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True))
        + " |"
        for first, *rest in lines
    )


def sections(results: Results) -> dict[str, str]:
    """Return each part of a report that `results` have something for, by the name of its markers."""
    engines = [_engines(each) for each in results.get("engines", [])]
    parts = {
        "targets": _targets(results),
        "machine": _machine(results),
        "engines": "\n\n".join(engines),
        "services": "\n\n".join(_services(each) for each in results.get("services", [])),
        "imports": "\n\n".join(_imports(each) for each in results.get("imports", [])),
    }
    return {name: text for name, text in parts.items() if text}


def written_into(page: str, parts: Mapping[str, str]) -> str:
    """Return `page` with what stands between the markers of each part replaced."""
    for name, text in parts.items():
        between = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        page = between.sub(lambda found, text=text: f"{found[1]}\n{text}\n\n{found[2]}", page)
    return page


def _targets(results: Results) -> str:
    rows = []
    for target in TARGETS:
        figure = target.measured(results)
        if figure is not None:
            bound = f"{'≥' if target.least else '≤'} {target.bound:g}{target.unit}"
            rows.append((target.name, bound, f"{figure:.3g}{target.unit}", _verdict(target.met_by(figure))))
    return table(("target", "wanted", "measured", "reached"), rows) if rows else ""


def _verdict(met: bool) -> str:  # noqa: FBT001 - the one thing that it is about
    return "yes" if met else "no"


def _machine(results: Results) -> str:
    return "\n".join(f"- {name}: {value}" for name, value in results.get("machine", {}).items())


def _engines(compared: Results) -> str:
    engines = compared["engines"]
    ours = next(iter(engines.values()))
    head = ("median (p95), ms", *(PEERS[name].title for name in engines))
    rows = []
    for question in ours["queries"]:
        found = [engine["queries"][question] for engine in engines.values()]
        rows.append((question, *(f"{each['median'] * 1e3:.2f} ({each['p95'] * 1e3:.2f})" for each in found)))
    rows.append(("**mix**, sum of medians", *(f"{engine['mix'] * 1e3:.2f}" for engine in engines.values())))
    rows.append(("ours beside it", *(f"{ours['mix'] / engine['mix']:.3g}×" for engine in engines.values())))
    once = {name: engine["once"] for name, engine in engines.items()}
    rows.append(("asked once, mean (p95)", *(f"{e['mean'] * 1e3:.2f} ({e['p95'] * 1e3:.2f})" for e in once.values())))
    rows.append(("ours beside it", *(f"{ours['once']['mean'] / e['mean']:.3g}×" for e in once.values())))
    absent = "".join(f"\n\n{PEERS[name].title}: {reason}." for name, reason in compared["absent"].items())
    title = f"### {compared['records']:,} records"
    return "\n\n".join((title, table(head, rows), _ratios(engines), _costs(compared))) + absent


def _ratios(engines: Results) -> str:
    ours = next(iter(engines.values()))
    others = {name: engine for name, engine in engines.items() if engine is not ours}
    rows = []
    for question, own in ours["queries"].items():
        cells = [f"{own['total']:,}"]
        for engine in others.values():
            found = engine["queries"][question]
            same = "=" if found["agrees"] else f"{found['total']:,}"
            cells.append(f"{own['median'] / found['median']:.3g}× ({same})")
        rows.append((question, *cells))
    return table(("ours beside it (its total)", "our total", *(PEERS[name].title for name in others)), rows)


def _costs(compared: Results) -> str:
    rows = [
        (
            PEERS[name].title,
            f"{engine['build']['seconds']:.1f}",
            f"{compared['records'] / engine['build']['seconds']:,.0f}",
            f"{engine['build']['peak']:.0f}",
            f"{engine['build']['size']:.1f}",
            f"{engine['memory']['before']:.0f}",
            f"{engine['memory']['peak']:.0f}",
        )
        for name, engine in compared["engines"].items()
    ]
    head = ("engine", "build s", "records/s", "build peak MiB", "index MiB", "before opening MiB", "searching peak MiB")
    return table(head, rows)


def _services(found: Results) -> str:
    bare = found["cases"]["bare route"]["rate"]
    peer = found["cases"].get("Datasette")
    rows = [
        (
            name,
            f"{case['rate']:,.0f}",
            f"{case['rate'] / bare:.3g}×",
            f"{case['rate'] / peer['rate']:.3g}×" if peer else "",
            f"{case['median'] * 1e3:.2f}",
            f"{case['p95'] * 1e3:.2f}",
            str(case["errors"]),
        )
        for name, case in found["cases"].items()
    ]
    head = ("service", "requests/s", "beside bare", "beside Datasette", "median ms", "p95 ms", "errors")
    health = ", ".join(
        f"{state} {each['median'] * 1e3:.1f} ms (p95 {each['p95'] * 1e3:.1f}, longest {each['longest'] * 1e3:.1f})"
        for state, each in found["health"].items()
    )
    memory = f"{found['memory']['after']:.0f} MiB after the mix (peak {found['memory']['peak']:.0f})"
    others = "".join(f"; {name} {each['memory']['after']:.0f} MiB" for name, each in found["peers"].items())
    client = found["cases"]["bare route"]["client"]
    return (
        f"### {found['records']:,} records (client: {client})\n\n{table(head, rows)}\n\n{_totals(found)}"
        f"- `/health/live`: {health}\n- resident memory: {memory}{others}\n"
        f"- start to ready: {found['started']:.2f} s"
    )


def _totals(found: Results) -> str:
    """Return how many records each service finds for the mix: what shows that both were asked the same."""
    columns = {"ours": found["totals"]} | {name: each["totals"] for name, each in found["peers"].items()}
    rows = [(name, *(f"{totals[name]:,}" for totals in columns.values())) for name in found["totals"]]
    return f"{table(('records found', *columns), rows)}\n\n"


def _imports(found: Results) -> str:
    rows = [
        (
            f"{work} {each['records']:,}",
            f"{each['seconds']:.2f}",
            f"{each['records'] / each['seconds']:,.0f}",
            f"{each['peak']:.0f}",
        )
        for work, each in (("import", found["small"]), ("import", found["large"]), ("index", found["index"]))
    ]
    changes = found["changes"]
    return (
        f"{table(('work', 'seconds', 'records/s', 'peak MiB of a process'), rows)}\n\n"
        f"An export {found['larger']:.0f} times larger takes {found['time ratio']:.1f} times as long and "
        f"{found['memory ratio']:.2f} times the memory. One changed record is found after "
        f"{changes['median'] * 1e3:.0f} ms (median of {changes['samples']}; p95 {changes['p95'] * 1e3:.0f} ms)."
    )
