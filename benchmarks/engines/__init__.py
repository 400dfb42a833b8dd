"""The engines that are compared: each indexes the same records and answers the same questions from its index.

Every answer is whole: the identifiers of a page in their order, the exact total, and the counts of five facets, each
with the facet's own filter left aside.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Protocol

from app.catalogue.action import field_values
from app.catalogue.facets import FACETS as DECLARED
from app.catalogue.fields import FIELDS
from app.catalogue.sorting import SORTS, TITLE_SORT
from benchmarks.mix import FACETS, Asked
from benchmarks.records import read_records

SEARCHED = {field.key: field.weight for field in FIELDS if field.searched}
"""The searched fields by key, with the weights that every engine gives them."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The identifiers of a page, how many records match, and how many of them have each value of each facet."""

    ids: tuple[str, ...]
    total: int
    facets: Mapping[str, Mapping[str, int]]


class Engine(Protocol):
    """An engine over an index of its own, in `directory`."""

    def __init__(self, directory: Path) -> None: ...

    def build(self, records: Path) -> None:
        """Index the records of a file of `write_records`."""
        ...

    def open(self) -> None:
        """Open the index that was built, perhaps by another process."""
        ...

    def search(self, asked: Asked) -> Answer:
        """Answer one question."""
        ...

    def close(self) -> None:
        """Let go of the index that was opened."""
        ...


@dataclass(frozen=True, slots=True)
class Peer:
    """An engine that can be measured: what it is called, where it is, and up to which size it is worth the wait."""

    title: str
    place: str
    largest: int = 10**9

    def open(self, directory: Path) -> Engine:
        """Return the engine over `directory`; ImportError when its library is not installed."""
        module, name = self.place.split(":")
        engine: Engine = getattr(import_module(f"benchmarks.engines.{module}"), name)(directory)
        return engine


PEERS = {
    "ours": Peer("ours", "ours:Ours"),
    "tantivy": Peer("Tantivy, weighted fields", "tantivy_index:WeightedFields"),
    "tantivy-one": Peer("Tantivy, one field", "tantivy_index:OneField"),
    "fts5": Peer("FTS5, raw", "fts5:Raw"),
    "fts5-stems": Peer("FTS5, stems", "fts5:Stems"),
    "whoosh": Peer("Whoosh's searcher", "whoosh_searcher:Searcher", largest=20_000),
}
"""Every engine by name; the first is the one that the others are compared with."""


@dataclass(frozen=True, slots=True)
class Source:
    """A record as the peers index it: the text of each searched field, the facet values, the title as it is ordered."""

    id: str
    title: str
    texts: Mapping[str, str]
    facets: Mapping[str, tuple[str, ...]]


def sources(records: Path) -> Iterator[Source]:
    """Yield the records of a file of `write_records` as the peers index them."""
    for record in read_records(records):
        values = field_values(record.action)
        texts = {key: values[key] or "" for key in SEARCHED}
        yield Source(
            record.id,
            SORTS[TITLE_SORT](record),
            {key: "\n".join(text) if isinstance(text, list) else text for key, text in texts.items()},
            {name: tuple(value.value for value in DECLARED[name].values(record.action)) for name in FACETS},
        )


def besides(asked: Asked, facet: str) -> tuple[tuple[str, str], ...]:
    """Return the filters of a question without that on `facet`: those under which it is counted."""
    return tuple(each for each in asked.filters if each[0] != facet)
