"""The Whoosh engine: keeps an index on disk in step with the catalogue and answers questions from it."""

import pickle
import struct
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree
from threading import Lock

import numpy as np
import structlog
from whoosh.index import EmptyIndexError
from whoosh.index import IndexError as WhooshError
from whoosh.writing import IndexingError

from app.catalogue.errors import CatalogueError, IndexUnavailable
from app.catalogue.fields import FIELDS, Field
from app.catalogue.query import ActionQuery
from app.catalogue.record import Record
from app.search.columnar.aggregation import aggregate_documents
from app.search.columnar.documents import IndexSchema
from app.search.columnar.facets import count_facets
from app.search.columnar.lexicon import SnapshotLexicon
from app.search.columnar.postings_cache import PostingsCache
from app.search.columnar.query_execution import Matches, execute_query
from app.search.columnar.ranking import RankedDocuments, ordered_ids, page_of_hits
from app.search.columnar.similarity import find_similar
from app.search.columnar.snapshot import IndexSnapshot, newest_generation, open_snapshot
from app.search.completion import Completions
from app.search.engine import Aggregation, EngineHealth, RecordSource, SearchResult, SimilarHit, Suggestion
from app.search.query_language import parse_text
from app.search.thesaurus import EMPTY_THESAURUS, Thesaurus
from app.search.whoosh_engine import writer
from app.search.whoosh_engine.directory import IndexDirectory, LastChange
from app.settings import MEGABYTE

logger = structlog.get_logger(__name__)

_WRITERS = "write"  # the lock of who changes the live index
_BUILDERS = "rebuild"  # the lock of who builds another one; taken before the writers' lock, never after it
_ATTEMPTS = 6
_MEMORY = 32 * MEGABYTE
_PAUSE = 0.02  # seconds before a directory that was changing is opened again
_DAMAGED = "L'index de recherche est endommagé ; il faut le reconstruire."
_DAMAGE = (OSError, EOFError, struct.error, zlib.error, pickle.UnpicklingError, WhooshError, IndexingError)


class WhooshEngine:
    """A `SearchEngine` in the directory `path`, which is created by the first catch-up.

    `memory` bounds what is kept of scored posting lists, in bytes.

    A search holds a lock of the engine: Whoosh's readers are not made for several threads, and pure Python gains
    nothing from them. Writers hold locks of the directory instead, so that searches go on meanwhile.
    """

    def __init__(
        self,
        path: Path,
        fields: Iterable[Field] = FIELDS,
        thesaurus: Thesaurus = EMPTY_THESAURUS,
        memory: int = _MEMORY,
    ) -> None:
        self._schema = IndexSchema.of(fields)
        self._thesaurus = thesaurus
        self._directory = IndexDirectory(path, self._schema.fingerprint)
        self._postings_cache = PostingsCache(memory)
        self._lock = Lock()
        self._last: IndexSnapshot | None = None
        self._lexicon: SnapshotLexicon | None = None
        self._damaged: Path | None = None  # a directory in which something could not be read
        self._completing = Lock()
        self._completions: tuple[int | None, Completions] = (None, Completions(()))

    def catch_up(self, feed: RecordSource) -> int:
        """Apply every change after the last one held; see `SearchEngine.catch_up`."""
        with _explained("L'index de recherche n'a pas pu être mis à jour"):
            held = self._held(feed)
            if held is None:
                with self._directory.lock(_BUILDERS):
                    # Whoever had the lock until now may have built what was missing.
                    held = self._held(feed)
                    if held is None:
                        return self._build(feed, None)
            if held == feed.last_change():
                return held
            try:
                with self._directory.lock(_WRITERS):
                    view = self._newest_snapshot()
                    return writer.apply_changes(view.directory, self._schema, feed, view.last_change.change)
            except CatalogueError:
                raise
            except Exception as error:
                if isinstance(error, OSError) and not isinstance(error, FileNotFoundError):
                    raise  # a disk that is full or read-only would not take a new index either
                logger.warning("index_damaged", error=repr(error))
                with self._directory.lock(_BUILDERS):
                    # Whoever had the lock until now may have met the same damage.
                    held = self._held(feed)
                    return held if held == feed.last_change() else self._build(feed, None)

    def unusable_reason(self, feed: RecordSource) -> str | None:
        """Say why the next catch-up will build the index anew; see `SearchEngine.fault`."""
        return self._judged(feed)[1]

    def rebuild(self, feed: RecordSource, progress: Callable[[int], None] | None = None) -> int:
        """Build a new index beside the live one and switch to it; see `SearchEngine.rebuild`."""
        with _explained("L'index de recherche n'a pas pu être reconstruit"), self._directory.lock(_BUILDERS):
            return self._build(feed, progress)

    def search(self, query: ActionQuery) -> SearchResult:
        """Answer `query` from the newest committed state."""
        with self._reading() as (view, lexicon):
            met = self._execute(lexicon, query)
            marks = met.interpretation.highlight_terms
            hits, more = page_of_hits(
                view, query, RankedDocuments(met.full, met.documents, met.scores, marks if query.highlight else None)
            )
            facets = count_facets(view, query, met.filters, met.unfiltered, met.documents)
            return SearchResult(
                tuple(hits),
                int(np.count_nonzero(met.documents)),
                int(np.count_nonzero(met.full)),
                more,
                facets,
                met.filters.unknown,
                marks,
                met.interpretation.suggestion,
                has_words=met.scores is not None,
                change=view.last_change.change,
                index=view.directory.name,
            )

    def match_ids(self, query: ActionQuery) -> Sequence[str]:
        """Return the identifiers of every match; see `SearchEngine.matches`."""
        with self._reading() as (view, lexicon):
            met = self._execute(lexicon, query)
            return ordered_ids(view, query, RankedDocuments(met.full, met.documents, met.scores, None))

    def aggregate(self, query: ActionQuery) -> Aggregation:
        """Count what the answer to `query` holds; see `SearchEngine.tally`."""
        with self._reading() as (view, lexicon):
            met = self._execute(lexicon, query)
            counts = aggregate_documents(view, query, met.documents)
            return Aggregation(
                counts, met.filters.unknown, met.interpretation.suggestion, has_words=met.scores is not None
            )

    def _execute(self, lexicon: SnapshotLexicon, query: ActionQuery) -> Matches:
        return execute_query(lexicon, query, parse_text(query.text, self._schema.searched), self._thesaurus)

    def suggest(self, text: str, size: int) -> tuple[Suggestion, ...]:
        """Return completions of `text`; see `SearchEngine.suggest`."""
        # To put thousands of titles in order takes a while, for which searches do not wait.
        with self._completing:
            with self._reading() as (view, lexicon):
                known, completions = self._completions
                entries = None if known == view.number else lexicon.completion_entries()
            if entries is not None:
                completions = Completions(entries)
                self._completions = view.number, completions
        return completions.complete(text, size)

    def similar(self, record: Record, size: int) -> tuple[SimilarHit, ...]:
        """Return the records nearest to `record`; see `SearchEngine.similar`."""
        with self._reading() as (view, _):
            return find_similar(view, record, size)

    def versions(self) -> Mapping[str, int]:
        """Return the version that the index holds of each record, by identifier."""
        return self._newest_snapshot().versions()

    def health(self) -> EngineHealth:
        """Say what the newest committed state holds; a search that goes on is not waited for unless there is news."""
        last = self._last
        view = last if last and self._is_newest(last) else self._newest_snapshot()
        return EngineHealth(view.last_change.change, view.total, view.directory.name)

    def close(self) -> None:
        """Let go of the files."""
        with self._lock:
            if self._last:
                self._last.close()
            self._last = self._lexicon = None

    def _build(self, feed: RecordSource, progress: Callable[[int], None] | None) -> int:
        """Build and switch; the caller holds the builders' lock. Changes to the live index go on until the switch."""
        created = self._directory.create()
        try:
            # What changes while the records are read is either in them or after this number, or both.
            change = feed.last_change()
            writer.build_index(
                created, self._schema, feed.records(), LastChange(change, feed.change_token(change)), progress
            )
            with self._directory.lock(_WRITERS):
                change = writer.apply_changes(created, self._schema, feed, change)
                self._directory.switch(created)
        except BaseException:
            if self._directory.live() != created:
                rmtree(created, ignore_errors=True)
            raise
        self._directory.sweep()
        return change

    def _held(self, feed: RecordSource) -> int | None:
        """Return the last change that the index holds, None when it cannot be used with `feed` and has to be built."""
        return self._judged(feed)[0]

    def _judged(self, feed: RecordSource) -> tuple[int | None, str | None]:
        """Return the last change that the index holds, or else why it cannot be used with `feed`.

        An index is another catalogue's, or of another time of this one, when its last change is not the feed's.
        """
        try:
            view = self._newest_snapshot()
        except IndexUnavailable as error:
            return None, str(error)
        if view.directory == self._damaged:
            return None, _DAMAGED
        if view.last_change.token != feed.change_token(view.last_change.change):
            return None, "L'index de recherche est celui d'un autre catalogue, ou d'un autre moment de celui-ci."
        return view.last_change.change, None

    def _newest_snapshot(self) -> IndexSnapshot:
        with self._lock:
            return self._newest_unlocked()

    @contextmanager
    def _reading(self) -> Iterator[tuple[IndexSnapshot, SnapshotLexicon]]:
        """Give the newest view and its words under the engine's lock; what cannot be read in it is damage."""
        with self._lock:
            view = self._newest_unlocked()
            if self._lexicon is None or self._lexicon.snapshot is not view:
                self._lexicon = SnapshotLexicon(view)
            try:
                yield view, self._lexicon
            except CatalogueError:
                raise
            except Exception as error:
                logger.exception("index_not_readable")
                self._damaged = view.directory
                raise IndexUnavailable(_DAMAGED) from error

    def _newest_unlocked(self) -> IndexSnapshot:
        """Return a view of the newest committed state; the caller holds the engine's lock.

        Whoosh's `Searcher.refresh` brings superseded segments back: a new view is opened instead.
        """
        last = self._last
        if last and self._is_newest(last):
            return last
        view = self._open(last)
        if last:
            last.close()
        self._last = view
        return view

    def _is_newest(self, view: IndexSnapshot) -> bool:
        return view.stamp == self._directory.stamp() and view.generation == newest_generation(view.directory)

    def _open(self, last: IndexSnapshot | None) -> IndexSnapshot:
        """Open the live index, again when a writer or a rebuild took away what was being opened."""
        for attempt in range(_ATTEMPTS):
            stamp, live = self._directory.stamp(), self._directory.live()
            if stamp is None or live is None:
                break
            try:
                return open_snapshot(live, stamp, self._schema, last, self._postings_cache)
            except (FileNotFoundError, EmptyIndexError):
                if stamp == self._directory.stamp() and not live.is_dir():
                    break
                time.sleep(_PAUSE * attempt)
            except Exception as error:
                raise IndexUnavailable("L'index de recherche est illisible ; il faut le reconstruire.") from error
        raise IndexUnavailable("L'index de recherche manque ou date d'une autre version ; il faut le reconstruire.")


@contextmanager
def _explained(message: str) -> Iterator[None]:
    """Turn what Whoosh or the disk says into the catalogue's own error."""
    try:
        yield
    except _DAMAGE as error:
        raise IndexUnavailable(f"{message} : {error}.") from error
