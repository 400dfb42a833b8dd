"""`SearchEngine` on a Whoosh index: commits the catalogue's changes and passes queries to a `ColumnarSearcher`."""

import pickle
import struct
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import rmtree
from threading import Lock

import structlog
from whoosh.index import EmptyIndexError
from whoosh.index import IndexError as WhooshError
from whoosh.writing import IndexingError

from app.catalogue.errors import CatalogueError, IndexUnavailable, system_error_message
from app.catalogue.fields import FIELDS, Field
from app.catalogue.query import ActionQuery
from app.catalogue.record import Record
from app.search.columnar.array_file import CorruptArrayFile
from app.search.columnar.documents import IndexSchema
from app.search.columnar.postings_cache import PostingsCache
from app.search.columnar.searcher import ColumnarSearcher
from app.search.completion import Completions
from app.search.engine import Aggregation, EngineHealth, RecordSource, SearchResult, SimilarHit, Suggestion
from app.search.thesaurus import EMPTY_THESAURUS, Thesaurus
from app.search.whoosh_engine import writer
from app.search.whoosh_engine.directory import CorruptIndexFile, IndexDirectory, LastChange
from app.search.whoosh_engine.reader import CommittedIndex, newest_generation, open_index
from app.search.whoosh_engine.schema import index_fingerprint
from app.settings import MEGABYTE

logger = structlog.get_logger(__name__)

_WRITE_LOCK = "write"  # held while the live index changes
_REBUILD_LOCK = "rebuild"  # held while a new index is built; always taken before the write lock
_OPEN_ATTEMPTS = 6
_RETRY_DELAY = 0.02  # seconds; multiplied by the number of the attempt
_CACHE_SIZE = 32 * MEGABYTE
_DAMAGED = "L'index de recherche est endommagé ; il faut le reconstruire."
_READ_ERRORS = (
    OSError,
    EOFError,
    struct.error,
    zlib.error,
    pickle.UnpicklingError,
    CorruptArrayFile,
    CorruptIndexFile,
    WhooshError,
    IndexingError,
)


class WhooshEngine:
    """A `SearchEngine` in the directory `path`, which the first `catch_up` creates.

    `memory` limits the postings cache, in bytes. Searches hold a lock of the engine, since the postings cache is not
    thread-safe and pure Python gains nothing from threads. Writers hold file locks of the directory instead, so that
    searches continue meanwhile.
    """

    def __init__(
        self,
        path: Path,
        fields: Iterable[Field] = FIELDS,
        thesaurus: Thesaurus = EMPTY_THESAURUS,
        memory: int = _CACHE_SIZE,
    ) -> None:
        self._schema = IndexSchema.of(fields)
        self._thesaurus = thesaurus
        self._directory = IndexDirectory(path, index_fingerprint(self._schema))
        self._postings_cache = PostingsCache(memory)
        self._lock = Lock()  # guards the three attributes below and the postings cache
        self._committed: CommittedIndex | None = None
        self._searcher: ColumnarSearcher | None = None
        self._damaged: Path | None = None  # a directory that could not be read
        self._swept = False
        self._completions_lock = Lock()  # taken before `_lock`
        self._completions: tuple[ColumnarSearcher | None, Completions] = (None, Completions(()))

    def catch_up(self, source: RecordSource) -> int:
        """Apply every change after the last one indexed; see `SearchEngine.catch_up`."""
        self._sweep_once()
        with _index_errors("L'index de recherche n'a pas pu être mis à jour"):
            change = self._usable_change(source)
            if change is None:
                with self._directory.lock(_REBUILD_LOCK):
                    # Another writer may have rebuilt the index while this one waited.
                    change = self._usable_change(source)
                    if change is None:
                        return self._build(source, None)
            if change == source.last_change():
                return change
            try:
                with self._directory.lock(_WRITE_LOCK):
                    committed = self._newest()
                    return writer.apply_changes(committed.directory, self._schema, source, committed.last_change.change)
            except CatalogueError:
                raise
            except Exception as error:
                if isinstance(error, OSError) and not isinstance(error, FileNotFoundError):
                    raise  # a full or read-only disk would refuse a new index too
                logger.warning("index_damaged", error=repr(error))
                with self._directory.lock(_REBUILD_LOCK):
                    # Another writer may have rebuilt the index while this one waited.
                    change = self._usable_change(source)
                    return change if change == source.last_change() else self._build(source, None)

    def unusable_reason(self, source: RecordSource) -> str | None:
        """Return in French why the next `catch_up` will rebuild the index; None when it is usable."""
        return self._check(source)[1]

    def rebuild(self, source: RecordSource, progress: Callable[[int], None] | None = None) -> int:
        """Build a new index beside the live one and switch to it; see `SearchEngine.rebuild`."""
        with _index_errors("L'index de recherche n'a pas pu être reconstruit"), self._directory.lock(_REBUILD_LOCK):
            return self._build(source, progress)

    def search(self, query: ActionQuery) -> SearchResult:
        """Answer `query` from the newest commit."""
        with self._searching() as searcher:
            return searcher.search(query)

    def match_ids(self, query: ActionQuery) -> Sequence[str]:
        """Return the identifiers of every match; see `SearchEngine.match_ids`."""
        with self._searching() as searcher:
            return searcher.match_ids(query)

    def aggregate(self, query: ActionQuery) -> Aggregation:
        """Return the statistics of every match; see `SearchEngine.aggregate`."""
        with self._searching() as searcher:
            return searcher.aggregate(query)

    def suggest(self, text: str, size: int) -> tuple[Suggestion, ...]:
        """Return completions of `text`; see `SearchEngine.suggest`."""
        # Sorting thousands of titles takes 0.3 s: it happens outside the lock that searches need.
        with self._completions_lock:
            with self._searching() as searcher:
                completed, completions = self._completions
                entries = None if completed is searcher else searcher.completion_entries()
            if entries is not None:
                completions = Completions(entries)
                self._completions = searcher, completions
        return completions.complete(text, size)

    def similar(self, record: Record, size: int) -> tuple[SimilarHit, ...]:
        """Return the records nearest to `record`; see `SearchEngine.similar`."""
        with self._searching() as searcher:
            return searcher.similar(record, size)

    def versions(self) -> Mapping[str, int]:
        """Return the indexed version of each record, by identifier."""
        return self._newest().snapshot.versions()

    def health(self) -> EngineHealth:
        """Return the state of the newest commit; waits for a running search only when there is a newer commit."""
        committed = self._committed
        if committed is None or not self._is_newest(committed):
            committed = self._newest()
        return committed.snapshot.health()

    def close(self) -> None:
        """Close the files of the index."""
        with self._lock:
            if self._committed:
                self._committed.snapshot.close()
            self._committed = self._searcher = None

    def _sweep_once(self) -> None:
        """Delete what an interrupted rebuild left, before the first write; not while another process builds."""
        if self._swept:
            return
        self._swept = True
        with suppress(OSError):  # the lock is held, or the disk is read-only
            if self._directory.leftovers():
                with self._directory.lock(_REBUILD_LOCK, wait=False):
                    self._directory.sweep()

    def _build(self, source: RecordSource, progress: Callable[[int], None] | None) -> int:
        """Build a new index and switch to it; the caller holds the rebuild lock.

        The live index accepts changes until the switch.
        """
        self._directory.sweep()
        directory = self._directory.create()
        try:
            # A change made while the records are read is in them, or has a number above this one, or both.
            change = source.last_change()
            writer.build_index(
                directory, self._schema, source.records(), LastChange(change, source.change_token(change)), progress
            )
            with self._directory.lock(_WRITE_LOCK):
                change = writer.apply_changes(directory, self._schema, source, change)
                self._directory.switch(directory)
        except BaseException:
            if self._directory.live() != directory:
                rmtree(directory, ignore_errors=True)
            raise
        self._directory.sweep()
        return change

    def _usable_change(self, source: RecordSource) -> int | None:
        """Return the last change of the index, None when it has to be rebuilt from `source`."""
        return self._check(source)[0]

    def _check(self, source: RecordSource) -> tuple[int | None, str | None]:
        """Return the last change of the index and None, or None and the reason to rebuild it from `source`.

        The token of the last change differs when the index belongs to another catalogue, or to one restored since.
        """
        try:
            committed = self._newest()
        except IndexUnavailable as error:
            return None, str(error)
        last_change = committed.last_change
        if committed.directory == self._damaged:
            return None, _DAMAGED
        if last_change.token != source.change_token(last_change.change):
            return None, "L'index de recherche est celui d'un autre catalogue, ou d'un autre moment de celui-ci."
        return last_change.change, None

    def _newest(self) -> CommittedIndex:
        with self._lock:
            return self._newest_locked()

    @contextmanager
    def _searching(self) -> Iterator[ColumnarSearcher]:
        """Yield the searcher of the newest commit under the engine's lock; turn read errors into IndexUnavailable."""
        with self._lock:
            committed = self._newest_locked()
            if self._searcher is None or self._searcher.snapshot is not committed.snapshot:
                self._searcher = ColumnarSearcher(committed.snapshot, self._thesaurus)
            try:
                yield self._searcher
            except CatalogueError:
                raise
            except Exception as error:
                logger.exception("index_not_readable")
                self._damaged = committed.directory
                raise IndexUnavailable(_DAMAGED) from error

    def _newest_locked(self) -> CommittedIndex:
        """Return the newest commit, opened if need be; the caller holds the engine's lock."""
        previous = self._committed
        if previous and self._is_newest(previous):
            return previous
        self._committed = self._open(previous)
        if previous:
            previous.snapshot.close()
        return self._committed

    def _is_newest(self, committed: CommittedIndex) -> bool:
        return committed.stamp == self._directory.stamp() and committed.generation == newest_generation(
            committed.directory
        )

    def _open(self, previous: CommittedIndex | None) -> CommittedIndex:
        """Open the live index; retry when a writer or a rebuild removed files meanwhile."""
        for attempt in range(_OPEN_ATTEMPTS):
            stamp, live = self._directory.stamp(), self._directory.live()
            if stamp is None or live is None:
                break
            try:
                return open_index(live, stamp, self._schema, previous, self._postings_cache)
            except (FileNotFoundError, EmptyIndexError):
                if stamp == self._directory.stamp() and not live.is_dir():
                    break
                time.sleep(_RETRY_DELAY * attempt)
            except Exception as error:
                raise IndexUnavailable("L'index de recherche est illisible ; il faut le reconstruire.") from error
        raise IndexUnavailable("L'index de recherche manque ou date d'une autre version ; il faut le reconstruire.")


@contextmanager
def _index_errors(message: str) -> Iterator[None]:
    """Turn errors of Whoosh and of the disk into IndexUnavailable."""
    try:
        yield
    except _READ_ERRORS as error:
        reason = system_error_message(error) if isinstance(error, OSError) else "ses fichiers sont illisibles."
        raise IndexUnavailable(f"{message} : {reason}") from error
