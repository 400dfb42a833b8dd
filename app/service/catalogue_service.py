"""`CatalogueService`, the use cases that read the catalogue: searches by the index, records from the store."""

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

_BATCH_SIZE = 100  # records that one transaction reads when many are iterated over
_WARM_UP_TEXT = "centre xxxxxx"  # a frequent word, and a non-word that loads the spelling data
_SYNCED_SECONDS = 0.5  # until a synced index is examined again: it may have been rebuilt


@dataclass(frozen=True, slots=True)
class _SyncedState:
    """A state in which the index had every change of the store: its token, and when it expires (monotonic seconds)."""

    change: int
    token: str
    expires_at: float


class CatalogueService:
    """A catalogue: its store, its search index, and the queries that combine both."""

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
        """Open the catalogue of `settings` after migrating its tables. Raises StoreUnavailable."""
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
        """Close the database and the index."""
        self.engine.close()
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def catch_up(self) -> int:
        """Apply the changes of the store to the index, and return the number of the last change applied."""
        return self.engine.catch_up(self.store)

    def repair_index(self) -> None:
        """Catch up; when that means a rebuild, log its reason and its duration."""
        reason = self.engine.unusable_reason(self.store)
        if reason is None or not self.store.last_change():
            self.catch_up()
            return
        logger.warning("index_unusable", reason=reason)
        started = monotonic()
        change = self.catch_up()
        logger.warning("index_rebuilt", change=change, seconds=round(monotonic() - started, 2))

    def warm_up(self) -> None:
        """Load what the first requests would otherwise wait for: postings, spelling data, facets, completions."""
        self.engine.search(ActionQuery(text=_WARM_UP_TEXT, facets=tuple(FACETS), limit=1, highlight=False))
        self.engine.suggest(_WARM_UP_TEXT, 1)

    def fill_record_cache(self, should_continue: Callable[[], bool]) -> None:
        """Load records into the record cache until it is full, all are loaded, or `should_continue` returns False."""
        index = self.engine.health().name
        self._record_cache.get_many(index, ())
        for record in self.store.records():
            if not should_continue() or not self._record_cache.has_room_for(record):
                return
            self._record_cache.put_many(index, [record])

    def reindex(self, progress: Callable[[int], None] | None = None) -> int:
        """Build a new index beside the live one, then switch to it; `progress` gets the number of records indexed."""
        return self.engine.rebuild(self.store, progress)

    def search(self, query: ActionQuery, *, typeahead: bool = False) -> ResultPage:
        """Return the page of results that `query` asks for.

        A text search without a full match goes into the zero-result log, unless it is a `typeahead` request.
        """
        result = self.engine.search(query)
        has_no_match = result.has_words and not result.full_matches and _is_new_search(query)
        if self.zero_result_log and has_no_match and not typeahead:
            self.zero_result_log.add(query.text, result.total)
        records, damaged = self._records_of(result)
        # A record that was deleted after the index was read is missing from the page rather than shown.
        items = (
            ResultItem(
                record, hit.score, highlights_for_hit(hit, record, result.highlight_terms) if query.highlight else {}
            )
            for hit in result.hits
            if (record := records.get(hit.id))
        )
        return ResultPage(tuple(items), result, has_no_match=has_no_match, damaged=damaged)

    def _records_of(self, result: SearchResult) -> tuple[dict[str, Record], tuple[str, ...]]:
        """Return the records of the hits by identifier, without deleted ones, and the identifiers of damaged ones."""
        # Each request looks up the last change of the store first. If the index had it, its versions are the newest.
        synced = self._synced
        current = synced is not None and synced.change == result.change
        records = (
            self._record_cache.get_many(result.index, ((hit.id, hit.version) for hit in result.hits)) if current else {}
        )
        if missing := [hit.id for hit in result.hits if hit.id not in records]:
            with self.store.read() as reader:
                loaded = reader.records_by_id(missing)
                absent = tuple(id_ for id_ in missing if id_ not in loaded)
                # In the state that was indexed, nothing else makes a record absent: its identifier may be damaged.
                damaged = absent if absent and reader.last_change() == result.change else tuple(reader.damaged)
            self._record_cache.put_many(result.index, loaded.values())
            return records | loaded, damaged
        return records, ()

    def statistics(self, query: ActionQuery) -> Aggregation:
        """Return the statistics of the matches of `query`, from the index alone."""
        return self.engine.aggregate(query)

    def suggest(self, text: str, size: int) -> tuple[Suggestion, ...]:
        """Return up to `size` completions of `text`, best first; none for less than two letters."""
        return self.engine.suggest(text, size)

    def similar(self, identifier: str, size: int) -> tuple[SimilarRecord, ...]:
        """Return up to `size` records similar to one record, most similar first. Raises NotFound or Gone."""
        hits = self.engine.similar(self.record(identifier), size)
        with self.store.read() as reader:
            records = reader.records_by_id([hit.id for hit in hits])
        return tuple(
            SimilarRecord(record, hit.score, hit.shared) for hit in hits if (record := records.get(hit.id)) is not None
        )

    def record(self, identifier: str) -> Record:
        """Return one record. Raises NotFound, or Gone when it has been deleted."""
        with self.store.read() as reader:
            return reader.record(identifier)

    def structures(
        self, departements: Collection[str] | None, *, offset: int = 0, limit: int | None = None
    ) -> tuple[list[StructureSummary], int]:
        """Return a page of the structures in these départements (INSEE codes; None: all), by name, and their total."""
        with self.store.read() as reader:
            return reader.structures(departements, offset=offset, limit=limit)

    def structure(self, identifier: str) -> StructureSummary:
        """Return one structure. Raises NotFound when it has no action."""
        with self.store.read() as reader:
            return reader.structure(identifier)

    def iter_records(self, query: ActionQuery | None) -> Iterator[Record]:
        """Return all matches of `query` (None: all records) in its order, by default the order of their creation.

        The search runs before this returns. Records are then read in batches as the caller iterates, each batch as it
        is in the store at that time.
        """
        if query is None:
            return self.store.records()
        identifiers = self.engine.match_ids(query)
        if query.sort:
            return self._records_in_order(identifiers)
        matches = frozenset(identifiers)
        return (record for record in self.store.records() if record.id in matches)

    def _records_in_order(self, identifiers: Sequence[str]) -> Iterator[Record]:
        # A slow client may take hours: no transaction stays open between two batches.
        for start in range(0, len(identifiers), _BATCH_SIZE):
            with self.store.read() as reader:
                records = reader.records_by_id(identifiers[start : start + _BATCH_SIZE])
            yield from records.values()

    def changed_at(self) -> datetime | None:
        """Return the time of the last change, None without any."""
        with self.store.read() as reader:
            return reader.changed_at()

    def count(self) -> int:
        """Return the number of records."""
        with self.store.read() as reader:
            return reader.count()

    def unknown_values(self, query: ActionQuery) -> tuple[UnknownValue, ...]:
        """Return the filter values of `query` that no record has."""
        return self.engine.search(replace(query, limit=0, highlight=False)).unknown

    def state_token(self) -> str:
        """Return a token of the state of store and index: the same token means the same response to every request.

        The first call after a commit returns another token, whichever process committed.
        """
        if (token := self.state_token_nowait()) is None:
            self.store.open_probe()
            token = self._make_token(self.store.last_change())
        return token

    def state_token_nowait(self) -> str | None:
        """Return `state_token()`, or None instead of waiting for the store; reading the index may take a while."""
        if (token := self.cached_state_token()) is not None:
            return token
        change = self.store.probe_last_change()
        return None if change is None else self._make_token(change)

    def cached_state_token(self) -> str | None:
        """Return `state_token()` if that takes microseconds, so that an event loop can call it, else None.

        An index that had every change stays the same until the store has another one, except for a rebuild, which
        makes an index of the same records. Only the rebuild needs the expiry.
        """
        synced = self._synced
        if synced and synced.change == self.store.probe_last_change() and monotonic() < synced.expires_at:
            return synced.token
        return None

    def _make_token(self, change: int) -> str:
        """Return the token of the state in which the last change of the store is `change`."""
        index = self.engine.health()
        token = f"{change}.{index.change}.{index.name}.{self.thesaurus.digest}"
        self._synced = _SyncedState(change, token, monotonic() + _SYNCED_SECONDS) if index.change == change else None
        return token

    def health(self) -> Health:
        """Return the last change and record count of store and index. Raises StoreUnavailable or IndexUnavailable."""
        with self.store.read() as reader:
            store_change, store_records = reader.last_change(), reader.count()
        index = self.engine.health()
        return Health(store_change, store_records, index.change, index.records, self.damaged_records())

    def damaged_records(self) -> int:
        """Return the number of damaged rows that this process has met."""
        return len(self.store.damaged)


def _is_new_search(query: ActionQuery) -> bool:
    """Tell whether `query` is a search as typed, rather than a further page, a refinement, counts or an export."""
    return bool(query.limit) and not query.filters and not query.offset and query.after is None
