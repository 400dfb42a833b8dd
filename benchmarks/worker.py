"""One measured thing in a process of its own, so that its memory is its own: `python -m benchmarks.worker WHAT …`.

Each prints one JSON object; `search` prints one for each line that it is sent.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path

from app.catalogue.record import Record
from benchmarks.engines import PEERS
from benchmarks.measuring import memory, peak_memory, seconds, size_of
from benchmarks.mix import distinct, mix
from benchmarks.records import read_records

_PATIENCE = 0.3  # seconds after which one visit to a question ends


def build(name: str, directory: str, records: str) -> None:
    """Build an index; what reading the records takes alone is taken off its time."""
    reading = seconds(lambda: sum(1 for _ in read_records(Path(records))))
    engine = PEERS[name].open(Path(directory))
    spent = seconds(lambda: engine.build(Path(records))) - reading
    _say({"seconds": spent, "peak": peak_memory(), "size": size_of(Path(directory))})


def search(name: str, directory: str) -> None:
    """Answer lines of the form `{"ask": NAME, "times": N}` with the answer's figures and how long each time took.

    `{"distinct": N, "seed": S}` has so many questions asked once each. The first line says what opening the index took;
    an empty line ends it all, and is answered with the memory.
    """
    engine = PEERS[name].open(Path(directory))
    before = memory()[1]
    _say({"open": seconds(engine.open)})
    questions = {asked.name: asked for asked in mix()}
    for line in sys.stdin:
        if not line.strip():
            break
        wanted = json.loads(line)
        if "distinct" in wanted:
            once = distinct(wanted["distinct"], wanted["seed"])
            _say({"spent": [seconds(lambda asked=asked: engine.search(asked)) for asked in once]})
            continue
        asked = questions[wanted["ask"]]
        spent: list[float] = []
        while not spent or (len(spent) < wanted["times"] and sum(spent) < _PATIENCE):
            spent.append(seconds(lambda asked=asked: engine.search(asked)))
        answer = engine.search(asked) if wanted.get("answer") else None
        _say({"spent": spent} | ({"ids": answer.ids, "total": answer.total, "facets": answer.facets} if answer else {}))
    peak, now = memory()
    _say({"before": before, "peak": peak, "after": now})


def load(export: str, data_dir: str) -> None:
    """Import an export into a new store."""
    from app.service import CatalogueService, import_files  # noqa: PLC0415 - no other worker needs the service
    from app.settings import Settings  # noqa: PLC0415

    with CatalogueService.open(Settings(data_dir=Path(data_dir))) as catalogue:
        reports = []
        spent = seconds(lambda: reports.append(import_files(catalogue.store, [Path(export)])))
        read = reports[0].read
    _say({"seconds": spent, "peak": peak_memory(), "records": read})


def reindex(data_dir: str) -> None:
    """Build the index of a store."""
    from app.service import CatalogueService  # noqa: PLC0415
    from app.settings import Settings  # noqa: PLC0415

    with CatalogueService.open(Settings(data_dir=Path(data_dir))) as catalogue:
        spent = seconds(catalogue.reindex)
        count = catalogue.count()
    _say({"seconds": spent, "peak": peak_memory(), "records": count, "size": size_of(Path(data_dir) / "index")})


def change(data_dir: str, records: str) -> None:
    """Change so many records one by one, and say how long each took until a search found the new text."""
    from app.catalogue.query import ActionQuery  # noqa: PLC0415
    from app.service import CatalogueService  # noqa: PLC0415
    from app.settings import Settings  # noqa: PLC0415

    with CatalogueService.open(Settings(data_dir=Path(data_dir))) as catalogue:
        catalogue.warm_up()
        spent = []
        for number, record in zip(range(int(records)), catalogue.store.records(), strict=False):
            word = f"xylophone{number}"

            def write(record: Record = record, word: str = word) -> None:
                with catalogue.store.write() as writer:
                    action = record.action.model_copy(update={"resume": word})
                    writer.update(record.number, action, author="benchmark")
                catalogue.catch_up()
                assert catalogue.engine.search(ActionQuery(text=word)).total == 1

            spent.append(seconds(write))
    _say({"spent": spent})


def _say(figures: dict[str, object]) -> None:
    print(json.dumps(figures), flush=True)


WORK: dict[str, Callable[..., None]] = {
    "build": build,
    "search": search,
    "import": load,
    "reindex": reindex,
    "change": change,
}

if __name__ == "__main__":
    WORK[sys.argv[1]](*sys.argv[2:])
