"""The five records of the contract suite, and helpers to compare answers."""

from typing import Any

import pytest

from app.catalogue.query import ActionQuery, FacetFilter
from app.catalogue.text import fold
from app.search.engine import SearchEngine, SearchResult
from tests.factories import make_record

RECORDS = (
    make_record(
        1,
        "Jardin partagé du quartier",
        structure="Centre social des Tilleuls - Nord",
        dimension="Citoyenneté",
        mots_cles=["Environnement", "Mixité sociale"],
        resume="Des habitants cultivent ensemble un terrain. Ils s'y retrouvent l'été.",
        public="Tous publics",
    ),
    make_record(
        2,
        "Ateliers cuisine",
        structure="Centre social des Tilleuls - Nord",
        dimension="Citoyenneté",
        mots_cles=["Santé", "Alimentation"],
        resume="On y cuisine les légumes des jardins. Le bien-être de chacun compte.",
        public="Familles",
    ),
    make_record(
        3,
        "La semaine bleue des aînés",
        structure="Espace Cœur de ville - Rhône",
        dimension="citoyennete",
        mots_cles=["Personnes âgées"],
        resume="Un événement pour sortir de l'isolement aujourd'hui. Accueil et être bien ensemble.",
        public="Seniors",
    ),
    make_record(
        4,
        "Été au pied des immeubles",
        structure="MJC du Parc - Seine-Saint-Denis",
        dimension="Services",
        mots_cles=["Sport", "Mixité sociale"],
        resume="Des animations de rue.",
        public="Jeunes",
    ),
    make_record(5, "« Écrivain public »", structure="Association sans département", resume="Aide à l'habitat."),
)
IDS = {record.id: record.number for record in RECORDS}


def hit_numbers(result: SearchResult) -> list[int]:
    """The record numbers of the hits, in order."""
    return [IDS[hit.id] for hit in result.hits]


def matching_numbers(engine: SearchEngine, text: str = "", *filters: FacetFilter, **asked: Any) -> set[int]:
    """The record numbers of the full matches; near matches are left out."""
    result = engine.search(ActionQuery(text=text, filters=filters, **asked))
    assert result.total == len(result.hits)
    return set(hit_numbers(result)[: result.full_matches])


def assert_same_answer(one: SearchResult, other: SearchResult) -> None:
    """Assert that two results are equal, scores within 1e-6."""
    for name in ("total", "full_matches", "more", "has_words", "highlight_terms", "facets"):
        assert getattr(one, name) == getattr(other, name)
    # The most frequent surface form may count deleted records until their segment is merged.
    assert fold(one.suggestion or "") == fold(other.suggestion or "")
    assert [(value.parameter, value.value) for value in one.unknown] == [
        (value.parameter, value.value) for value in other.unknown
    ]
    assert [(hit.id, hit.position[0]) for hit in one.hits] == [(hit.id, hit.position[0]) for hit in other.hits]
    assert [hit.score for hit in one.hits] == pytest.approx([hit.score for hit in other.hits], abs=1e-6)
