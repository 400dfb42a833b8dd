"""Runs the queries of the `SearchEngine` protocol on one `IndexSnapshot`."""

from collections.abc import Sequence

import numpy as np

from app.catalogue.query import ActionQuery
from app.catalogue.record import Record
from app.search.columnar.aggregation import aggregate_documents
from app.search.columnar.facets import count_facets
from app.search.columnar.lexicon import SnapshotLexicon
from app.search.columnar.query_execution import Matches, execute_query
from app.search.columnar.ranking import RankedDocuments, ordered_ids, page_of_hits
from app.search.columnar.similarity import find_similar
from app.search.columnar.snapshot import IndexSnapshot
from app.search.completion import CompletionEntry
from app.search.engine import Aggregation, SearchResult, SimilarHit
from app.search.query_language import parse_text
from app.search.thesaurus import Thesaurus


class ColumnarSearcher:
    """Searcher over one snapshot. Not thread-safe: the caller holds a lock."""

    def __init__(self, snapshot: IndexSnapshot, thesaurus: Thesaurus) -> None:
        self.snapshot = snapshot
        self._thesaurus = thesaurus
        self._lexicon = SnapshotLexicon(snapshot)

    def search(self, query: ActionQuery) -> SearchResult:
        """Return the page of hits, the totals and the facet counts of `query`."""
        snapshot = self.snapshot
        matches = self._execute(query)
        terms = matches.interpretation.highlight_terms
        hits, more = page_of_hits(
            snapshot,
            query,
            RankedDocuments(matches.full, matches.documents, matches.scores, terms if query.highlight else None),
        )
        return SearchResult(
            tuple(hits),
            int(np.count_nonzero(matches.documents)),
            int(np.count_nonzero(matches.full)),
            more,
            count_facets(snapshot, query, matches.filters, matches.unfiltered, matches.documents),
            matches.filters.unknown,
            terms,
            matches.interpretation.suggestion,
            has_words=matches.scores is not None,
            change=snapshot.change,
            index=snapshot.name,
        )

    def match_ids(self, query: ActionQuery) -> Sequence[str]:
        """Return the identifiers of every match of `query`, in its order."""
        matches = self._execute(query)
        return ordered_ids(self.snapshot, query, RankedDocuments(matches.full, matches.documents, matches.scores, None))

    def aggregate(self, query: ActionQuery) -> Aggregation:
        """Return the statistics of every match of `query`."""
        matches = self._execute(query)
        return Aggregation(
            aggregate_documents(self.snapshot, query, matches.documents),
            matches.filters.unknown,
            matches.interpretation.suggestion,
            has_words=matches.scores is not None,
        )

    def similar(self, record: Record, size: int) -> tuple[SimilarHit, ...]:
        """Return up to `size` records nearest to `record`, nearest first."""
        return find_similar(self.snapshot, record, size)

    def completion_entries(self) -> list[CompletionEntry]:
        """Return the titles and suggested facet values that `Completions` is built from."""
        return self._lexicon.completion_entries()

    def _execute(self, query: ActionQuery) -> Matches:
        clauses = parse_text(query.text, self.snapshot.schema.searched)
        return execute_query(self._lexicon, query, clauses, self._thesaurus)
