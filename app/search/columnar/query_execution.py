"""Executes a query: matches its text, applies its filters, and adds near matches when there are few full ones."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.catalogue.query import ActionQuery
from app.search.columnar.facets import FilterResult, apply_filters
from app.search.columnar.lexicon import SnapshotLexicon
from app.search.columnar.matching import match_clauses
from app.search.columnar.postings import FloatArray, Mask
from app.search.interpretation import MIN_FULL_MATCHES, Interpretation, interpret
from app.search.query_language import Clause
from app.search.thesaurus import Thesaurus


@dataclass(frozen=True, slots=True, eq=False)
class Matches:
    """The matches of a query as masks: `full` matches, all `documents`, and all of them before filters (`unfiltered`).

    `scores` has one float64 per document of the snapshot; None when the text contains no word.
    """

    interpretation: Interpretation
    filters: FilterResult
    full: Mask
    unfiltered: Mask
    documents: Mask
    scores: FloatArray | None


def execute_query(
    lexicon: SnapshotLexicon, query: ActionQuery, clauses: Sequence[Clause], thesaurus: Thesaurus
) -> Matches:
    """Return the matches of `query`, whose text was parsed as `clauses`.

    Near matches are included when fewer than MIN_FULL_MATCHES full matches pass the filters.
    """
    snapshot = lexicon.snapshot
    interpretation = interpret(query.text, clauses, lexicon, thesaurus)
    matched = match_clauses(snapshot, interpretation)
    filters = apply_filters(snapshot, query.filters)
    full = documents = filters.within(matched.full)
    unfiltered = matched.full
    if np.count_nonzero(full) < MIN_FULL_MATCHES:
        unfiltered = matched.full | matched.near
        documents = filters.within(unfiltered)
    return Matches(interpretation, filters, full, unfiltered, documents, matched.scores if clauses else None)
