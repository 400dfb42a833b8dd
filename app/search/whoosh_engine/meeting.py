"""Brings text and filters of a question together: which documents its answer has, and why."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.catalogue.query import ActionQuery
from app.search.interpretation import ENOUGH, Interpretation, interpret
from app.search.language import Clause
from app.search.postings import Mask, Weights
from app.search.thesaurus import Thesaurus
from app.search.whoosh_engine.faceting import Filtered, filtered
from app.search.whoosh_engine.lexicon import ViewLexicon
from app.search.whoosh_engine.matching import match


@dataclass(frozen=True, slots=True, eq=False)
class Met:
    """The documents of an answer: `full` matches and all `documents`, and those `found` before filters were applied.

    `scores` is None when the text held no word.
    """

    question: Interpretation
    filters: Filtered
    full: Mask
    found: Mask
    documents: Mask
    scores: Weights | None


def meet(lexicon: ViewLexicon, query: ActionQuery, clauses: Sequence[Clause], thesaurus: Thesaurus) -> Met:
    """Return the documents that meet `query`, whose text was read as `clauses`, and if they are few those near it."""
    view = lexicon.view
    question = interpret(query.text, clauses, lexicon, thesaurus)
    matched = match(view, question)
    filters = filtered(view, query.filters)
    full = documents = filters.within(matched.full)
    found = matched.full
    if np.count_nonzero(full) < ENOUGH:
        found = matched.full | matched.near
        documents = filters.within(found)
    return Met(question, filters, full, found, documents, matched.scores if clauses else None)
