"""Our own engine, exactly as it serves: `WhooshEngine.search`, its index built by `WhooshEngine.rebuild`."""

from pathlib import Path

from app.search.whoosh_engine import WhooshEngine
from benchmarks.engines import Answer
from benchmarks.mix import Asked
from benchmarks.records import RecordFile


class Ours:
    """See `benchmarks.engines.Engine`."""

    def __init__(self, directory: Path) -> None:
        self._engine = WhooshEngine(directory)

    def build(self, records: Path) -> None:
        """Index the records."""
        self._engine.rebuild(RecordFile(records))

    def open(self) -> None:
        """Open the newest generation."""
        self._engine.health()

    def search(self, asked: Asked) -> Answer:
        """Answer one question; its result holds more: positions, marks, full matches."""
        found = self._engine.search(asked.query)
        return Answer(
            tuple(hit.id for hit in found.hits),
            found.total,
            {
                name: {count.value: count.count for count in counts.values if count.count}
                for name, counts in found.facets.items()
            },
        )

    def close(self) -> None:
        """Let go of the files."""
        self._engine.close()
