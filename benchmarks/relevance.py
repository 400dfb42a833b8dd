"""How well the engine ranks: runs a French retrieval collection through it and prints what the judges make of it.

    python benchmarks/relevance.py COLLECTION_DIR [--split test] [--run-dir DIR] [--sweep]

A collection is a directory of `corpus.jsonl` (id, title, text), `queries.jsonl` (id, text, perhaps split), `qrels.tsv`
(query, document, grade) and perhaps `variants/queries.NAME.jsonl`: the same queries typed otherwise. Titles become
`titre`, texts `description`; questions go through `WhooshEngine.search`, as a reader's would. `--sweep` measures the
constants of the score around those that were chosen, on the split that was asked for.
"""

import argparse
import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, product
from math import log2
from pathlib import Path
from statistics import mean, median

from app.catalogue.action import Action
from app.catalogue.query import ActionQuery
from app.catalogue.record import Change, Record
from app.search.columnar import matching, postings
from app.search.thesaurus import Thesaurus, default_path
from app.search.whoosh_engine import WhooshEngine

_DEPTH = 100  # documents of an answer that are looked at
_CUT = 10  # of them for nDCG and MRR
_SHORT_CUT = 20  # of them for the first recall
_LONGEST_QUERY = 500  # characters, as over HTTP
_K1S, _BS, _EXACTS = (1.2, 2.0, 2.5, 3.0), (0.75, 0.9, 0.95, 1.0), (0.0, 0.15, 0.3)

Judgements = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Measures:
    """Means over the queries of one file: nDCG@10, MRR@10, recall at 20 and 100; the median number of full matches."""

    ndcg: float
    mrr: float
    recall_short: float
    recall: float
    full_matches: float
    queries: int

    def __str__(self) -> str:
        return (
            f"{self.ndcg:8.4f}{self.mrr:8.4f}{self.recall_short:8.4f}{self.recall:8.4f}"
            f"{self.full_matches:9.0f}{self.queries:8d}"
        )


class Corpus:
    """A `RecordSource` over the documents of a collection."""

    def __init__(self, path: Path) -> None:
        self._documents = list(read_lines(path))

    def last_change(self) -> int:
        """Return the number of documents: each is one change."""
        return len(self._documents)

    def change_token(self, number: int) -> str:
        """Return the identifier of the document of that number."""
        return str(self._documents[number - 1]["id"]) if number else ""

    def changes_after(self, number: int) -> Iterator[Change]:
        """Yield nothing: a corpus does not change."""
        yield from ()

    def records(self) -> Iterator[Record]:
        """Yield each document as a record."""
        moment = datetime(2026, 1, 1, tzinfo=UTC)
        for number, document in enumerate(self._documents, 1):
            titre = document.get("title") or document["id"]
            action = Action(titre=titre, structure="…", description=document["text"])
            yield Record(number, document["id"], 1, action, cree_le=moment, modifie_le=moment)


def read_lines(path: Path) -> Iterator[dict[str, str]]:
    """Yield the objects of a file of JSON lines; unlike `str.splitlines`, a line ends with a line feed only."""
    with path.open(encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines if line.strip())


def read_queries(path: Path, split: str | None = None) -> dict[str, dict[str, str]]:
    """Return the texts of the queries by identifier, for each split that they name, or for that one alone."""
    found: dict[str, dict[str, str]] = {}
    for query in read_lines(path):
        named = query.get("split", "")
        if split in {None, named}:
            found.setdefault(named, {})[query["id"]] = query["text"]
    return found


def read_variants(directory: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the name and the queries, whatever their split, of each file of variants."""
    for path in sorted(directory.glob("queries.*.jsonl")):
        yield path.name.split(".")[1], {query["id"]: query["text"] for query in read_lines(path)}


def read_judgements(path: Path) -> Judgements:
    """Return the grade of each judged document by query."""
    grades: dict[str, dict[str, int]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        query, document, grade = line.split("\t")[:3]
        grades.setdefault(query, {})[document] = int(grade)
    return grades


def judge(found: list[str], grades: Mapping[str, int]) -> tuple[float, float, float, float]:
    """Return nDCG@10 (linear gain), MRR@10, recall@20 and recall@100 of one answer."""
    relevant = {document for document, grade in grades.items() if grade > 0}
    best = _gain(sorted(grades.values(), reverse=True))
    gain = _gain([grades.get(document, 0) for document in found])
    first = next((rank for rank, document in enumerate(found[:_CUT], 1) if document in relevant), 0)
    recalls = [len(relevant.intersection(found[:cut])) / len(relevant) for cut in (_SHORT_CUT, _DEPTH)]
    return gain / best, 1 / first if first else 0.0, recalls[0], recalls[1]


def _gain(grades: Iterable[int]) -> float:
    return sum(grade / log2(rank + 1) for rank, grade in enumerate(list(grades)[:_CUT], 1))


def measure(engine: WhooshEngine, queries: Mapping[str, str], grades: Judgements) -> tuple[Measures, list[str]]:
    """Return the measures over those `queries` that have a relevant document, and the lines of the run (TREC-like)."""
    judged = {
        query: text for query, text in queries.items() if any(grade > 0 for grade in grades.get(query, {}).values())
    }
    scored, full, lines = [], [], []
    for query, text in judged.items():
        result = engine.search(ActionQuery(text=text[:_LONGEST_QUERY], limit=_DEPTH, highlight=False))
        found = [hit.id for hit in result.hits]
        lines += [f"{query}\t{document}\t{_DEPTH - rank}" for rank, document in enumerate(found)]
        scored.append(judge(found, grades[query]))
        full.append(result.full_matches)
    ndcg, mrr, recall_short, recall = (mean(column) for column in zip(*scored, strict=True))
    return Measures(ndcg, mrr, recall_short, recall, median(full), len(judged)), lines


def sweep(engine: WhooshEngine, queries: Mapping[str, str], grades: Judgements) -> Iterator[tuple[str, Measures]]:
    """Yield what other constants of the score would make of `queries`; those of the program are put back."""
    chosen = postings.K1, postings.B, matching.EXACT_FORM_WEIGHT
    try:
        for k1, b, exact in product(_K1S, _BS, _EXACTS):
            postings.K1, postings.B, matching.EXACT_FORM_WEIGHT = k1, b, exact
            yield f"{k1:g} {b:g} {exact:g}", measure(engine, queries, grades)[0]
    finally:
        postings.K1, postings.B, matching.EXACT_FORM_WEIGHT = chosen


def main(arguments: list[str] | None = None) -> None:
    """Run the collection of the command line and print one line a query file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("collection", type=Path)
    parser.add_argument("--split", help="only the queries of that split; variants are run whole")
    parser.add_argument("--run-dir", type=Path, help="write there what was found, one file a query file")
    parser.add_argument("--sweep", action="store_true", help="other k1, b and lift of exact forms, instead of variants")
    asked = parser.parse_args(arguments)
    grades = read_judgements(asked.collection / "qrels.tsv")
    splits = read_queries(asked.collection / "queries.jsonl", asked.split)
    files = [(" ".join(["clean", split]).strip(), queries) for split, queries in splits.items()]
    print(f"{'':16}{'nDCG@10':>8}{'MRR@10':>8}{'R@20':>8}{'R@100':>8}{'matches':>9}{'queries':>8}")
    with tempfile.TemporaryDirectory() as directory:
        engine = WhooshEngine(Path(directory), thesaurus=Thesaurus.read(default_path()))
        engine.rebuild(Corpus(asked.collection / "corpus.jsonl"))
        if asked.sweep:
            for _, queries in files:
                for name, measures in sweep(engine, queries, grades):
                    print(f"{name:16}{measures}", flush=True)
            return
        for name, queries in chain(files, read_variants(asked.collection / "variants")):
            measures, lines = measure(engine, queries, grades)
            print(f"{name:16}{measures}", flush=True)
            if asked.run_dir:
                asked.run_dir.mkdir(parents=True, exist_ok=True)
                (asked.run_dir / f"{name.replace(' ', '-')}.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        engine.close()


if __name__ == "__main__":
    main()
