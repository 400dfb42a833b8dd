"""The catalogue as its callers see it: one store, one index that follows it, and the questions put to both."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Self

import structlog

from app.catalogue.facets import FACETS
from app.catalogue.query import ActionQuery
from app.catalogue.record import Record, StructureSummary
from app.search.engine import Aggregation, SearchEngine, SearchResult, Suggestion, UnknownValue
from app.search.highlighting import highlights_for_hit
from app.search.thesaurus import EMPTY_THESAURUS, Thesaurus, default_path
from app.search.whoosh_engine import WhooshEngine
from app.service.record_cache import RecordCache
from app.service.results import Health, ResultItem, ResultPage, SimilarRecord
from app.service.zero_result_log import ZeroResultLog
from app.settings import MEGABYTE, Settings
from app.store.migrations import migrate
from app.store.repository import Store

logger = structlog.get_logger(__name__)

_BATCH = 100  # records read from the store at once when many are wanted, and held in memory by whoever takes them
_ANY_WORDS = "centre xxxxxx"  # one that many records hold and one that is no word
_LOOK_AGAIN = 0.5  # seconds until an index that has everything is looked at again: it may have been rebuilt


@dataclass(frozen=True, slots=True)
class _SyncedState:
    """A state in which the index had every change of the store, and until when (monotonic seconds) that is believed."""

    change: int
    name: str
    until: float


class CatalogueService:
    """The store of record and the index that follows it."""

    def __init__(
        self,
        store: Store,
        engine: SearchEngine,
        *,
        thesaurus: Thesaurus = EMPTY_THESAURUS,
        zero_result_log: ZeroResultLog | None = None,
        record_cache: RecordCache | None = None,
    ) -> None:
        self.store = store
        self.engine = engine
        self.thesaurus = thesaurus
        self.zero_result_log = zero_result_log
        self._record_cache = record_cache or RecordCache(0)
        self._synced: _SyncedState | None = None

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """Open the catalogue of `settings`, its tables brought up to date; StoreUnavailable when that fails."""
        migrate(settings.store_url)
        thesaurus = Thesaurus.read(Path(settings.thesaurus) if settings.thesaurus else default_path())
        if thesaurus.invalid_lines:
            logger.warning("thesaurus_lines_left_out", lines=len(thesaurus.invalid_lines))
        engine = WhooshEngine(settings.index_dir, thesaurus=thesaurus, memory=settings.postings_cache * MEGABYTE)
        return cls(
            Store(settings.store_url),
            engine,
            thesaurus=thesaurus,
            zero_result_log=ZeroResultLog(settings.zero_result_file),
            record_cache=RecordCache(settings.record_cache * MEGABYTE),
        )

    def close(self) -> None:
        """Let go of the database and the index."""
        self.engine.close()
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def catch_up(self) -> int:
        """Bring the index up to the store and return the last change that it then holds."""
        return self.engine.catch_up(self.store)

    def repair_index(self) -> None:
        """Catch up, and log why and when it had to be by building an index anew."""
        fault = self.engine.unusable_reason(self.store)
        if fault is None or not self.store.last_change():
            self.catch_up()
            return
        logger.warning("index_unusable", reason=fault)
        began = monotonic()
        change = self.catch_up()
        logger.warning("index_rebuilt", change=change, seconds=round(monotonic() - began, 2))

    def warm_up(self) -> None:
        """Read what the first questions would otherwise wait for: words, their near ones, facets, completions."""
        self.engine.search(ActionQuery(text=_ANY_WORDS, facets=tuple(FACETS), limit=1, highlight=False))
        self.engine.suggest(_ANY_WORDS, 1)

    def fill_record_cache(self, should_continue: Callable[[], bool]) -> None:
        """Read records into the memory for them until it is full, all are there, or it need not go on."""
        index = self.engine.health().name
        self._record_cache.get_many(index, ())
        for record in self.store.records():
            if not should_continue() or not self._record_cache.has_room_for(record):
                return
            self._record_cache.put_many(index, [record])

    def reindex(self, progress: Callable[[int], None] | None = None) -> int:
        """Build the index anew beside the live one and switch to it."""
        return self.engine.rebuild(self.store, progress)

    def search(self, query: ActionQuery, *, typeahead: bool = False) -> ResultPage:
        """Answer `query` with the records of the page that it asks for.

        A search without result is noted, unless it is of what is only being `typed`.
        """
        result = self.engine.search(query)
        unanswered = result.has_words and not result.full_matches and _is_first_page(query)
        if self.zero_result_log and unanswered and not typeahead:
            self.zero_result_log.add(query.text, result.total)
        records = self._records_of(result)
        # A record deleted since the index was read is left out of the page rather than shown as it was.
        items = (
            ResultItem(
                record, hit.score, highlights_for_hit(hit, record, result.highlight_terms) if query.highlight else {}
            )
            for hit in result.hits
            if (record := records.get(hit.id))
        )
        return ResultPage(tuple(items), result, has_no_match=unanswered)

    def _records_of(self, result: SearchResult) -> dict[str, Record]:
        """Return the records of the hits of `result` by identifier, deleted ones left out."""
        # Where the store had come no further than this index when it was last looked at, which each request does, the
        # versions that the index holds were the newest ones.
        seen = self._synced
        current = seen is not None and seen.change == result.change
        known = (
            self._record_cache.get_many(result.index, ((hit.id, hit.version) for hit in result.hits)) if current else {}
        )
        if missing := [hit.id for hit in result.hits if hit.id not in known]:
            with self.store.read() as reader:
                read = reader.records_by_id(missing)
            self._record_cache.put_many(result.index, read.values())
            known |= read
        return known

    def statistics(self, query: ActionQuery) -> Aggregation:
        """Count what the records of the answer to `query` hold; the store is not asked."""
        return self.engine.aggregate(query)

    def suggest(self, text: str, size: int) -> tuple[Suggestion, ...]:
        """Return up to `size` completions of `text`, the most useful first; none for less than two letters."""
        return self.engine.suggest(text, size)

    def similar(self, identifier: str, size: int) -> tuple[SimilarRecord, ...]:
        """Return up to `size` records that are nearest to the one of that identifier; NotFound or Gone without it."""
        near = self.engine.similar(self.record(identifier), size)
        with self.store.read() as reader:
            records = reader.records_by_id([hit.id for hit in near])
        return tuple(
            SimilarRecord(record, hit.score, hit.shared) for hit in near if (record := records.get(hit.id)) is not None
        )

    def record(self, identifier: str) -> Record:
        """Return the record of that identifier; NotFound, or Gone once it has been deleted."""
        with self.store.read() as reader:
            return reader.record(identifier)

    def structures(
        self, places: Collection[str] | None, *, offset: int = 0, limit: int | None = None
    ) -> tuple[list[StructureSummary], int]:
        """Return the organisers in the départements of those codes (None: all), by name, and how many there are."""
        with self.store.read() as reader:
            return reader.structures(places, offset=offset, limit=limit)

    def structure(self, identifier: str) -> StructureSummary:
        """Return the organiser of that identifier; NotFound when it has no action."""
        with self.store.read() as reader:
            return reader.structure(identifier)

    def iter_records(self, query: ActionQuery | None) -> Iterator[Record]:
        """Return every match of `query` in its order, or without a `query` the whole catalogue as it came in.

        A question without an order of its own keeps the order in which the records came in, too. The search is made
        before this returns; the records are read as they are taken, some at a time, each time as they are then.
        """
        if query is None:
            return self.store.records()
        matching = self.engine.match_ids(query)
        if query.sort:
            return self._records_in_order(matching)
        chosen = frozenset(matching)
        return (record for record in self.store.records() if record.id in chosen)

    def _records_in_order(self, identifiers: Sequence[str]) -> Iterator[Record]:
        # Whoever takes them may take all day: no transaction is open while they are given out.
        for start in range(0, len(identifiers), _BATCH):
            with self.store.read() as reader:
                records = reader.records_by_id(identifiers[start : start + _BATCH])
            yield from records.values()

    def changed_at(self) -> datetime | None:
        """Return when the catalogue last changed, None when it never did."""
        with self.store.read() as reader:
            return reader.changed_at()

    def count(self) -> int:
        """Return how many records there are."""
        with self.store.read() as reader:
            return reader.count()

    def unknown_values(self, query: ActionQuery) -> tuple[UnknownValue, ...]:
        """Return the filter values of `query` that no record holds."""
        return self.engine.search(replace(query, limit=0, highlight=False)).unknown

    def state_token(self) -> str:
        """Name the state of store and index: while the name stays the same, so does every answer.

        A change is seen by the first call after its commit, whichever process made it.
        """
        if (name := self.state_token_nowait()) is None:
            self.store.open_probe()
            name = self._name(self.store.last_change())
        return name

    def state_token_nowait(self) -> str | None:
        """Return `state()`, or None rather than wait for the store; the index may take its time."""
        if (name := self.cached_state_token()) is not None:
            return name
        change = self.store.probe_last_change()
        return None if change is None else self._name(change)

    def cached_state_token(self) -> str | None:
        """Return `state()` if that takes a few microseconds, as an event loop has them, else None.

        An index takes in what the store has and nothing else. So one that had every change is still the same while
        the store has no other: only a rebuild replaces it then, by one of the same records, and there is no hurry to
        see that.
        """
        seen = self._synced
        if seen and seen.change == self.store.probe_last_change() and monotonic() < seen.until:
            return seen.name
        return None

    def _name(self, change: int) -> str:
        """Return the name of the state in which the store has come to `change`."""
        index = self.engine.health()
        name = f"{change}.{index.change}.{index.name}.{self.thesaurus.digest}"
        self._synced = _SyncedState(change, name, monotonic() + _LOOK_AGAIN) if index.change == change else None
        return name

    def health(self) -> Health:
        """Say what store and index hold; StoreUnavailable or IndexUnavailable when one cannot answer."""
        with self.store.read() as reader:
            store_change, store_records = reader.last_change(), reader.count()
        index = self.engine.health()
        return Health(store_change, store_records, index.change, index.records)


def _is_first_page(query: ActionQuery) -> bool:
    """Tell whether `query` is what someone typed, rather than more of the same answer, its counts or an export."""
    return bool(query.limit) and not query.filters and not query.offset and query.after is None
