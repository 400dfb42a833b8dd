"""Brings text and filters of a question together: which documents its answer has, and why."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.catalogue.query import ActionQuery
from app.search.columnar.facets import FilterResult, apply_filters
from app.search.columnar.lexicon import SnapshotLexicon
from app.search.columnar.matching import match_clauses
from app.search.columnar.postings import Mask, Weights
from app.search.interpretation import MIN_FULL_MATCHES, Interpretation, interpret
from app.search.query_language import Clause
from app.search.thesaurus import Thesaurus


@dataclass(frozen=True, slots=True, eq=False)
class Matches:
    """The documents of an answer: `full` matches and all `documents`, and those `found` before filters were applied.

    `scores` is None when the text held no word.
    """

    interpretation: Interpretation
    filters: FilterResult
    full: Mask
    unfiltered: Mask
    documents: Mask
    scores: Weights | None


def execute_query(
    lexicon: SnapshotLexicon, query: ActionQuery, clauses: Sequence[Clause], thesaurus: Thesaurus
) -> Matches:
    """Return the documents that meet `query`, whose text was read as `clauses`, and if they are few those near it."""
    view = lexicon.snapshot
    question = interpret(query.text, clauses, lexicon, thesaurus)
    matched = match_clauses(view, question)
    filters = apply_filters(view, query.filters)
    full = documents = filters.within(matched.full)
    found = matched.full
    if np.count_nonzero(full) < MIN_FULL_MATCHES:
        found = matched.full | matched.near
        documents = filters.within(found)
    return Matches(question, filters, full, found, documents, matched.scores if clauses else None)
