"""Writes statistics as a plain document with French keys, the shape that the API and the command line share."""

from app.catalogue.fields import FIELDS
from app.catalogue.statistics import FacetBreakdown, Statistics
from app.exporting.json_documents import Document

STATISTICS_TOTALS = {"structure": "structures", "departement": "departements", "region": "regions"}
"""The facets of which there is a total, how many values the records have in it, and the key under which it stands."""


def statistics_document(counted: Statistics) -> Document:
    """Return `counted`; each `part` is a part of all records that were counted, from 0 to 1."""
    return {
        "total": counted.total,
        **{key: counted.facets[name].distinct for name, key in STATISTICS_TOTALS.items()},
        "annees": _breakdown(counted.years, counted),
        "facettes": {name: _breakdown(breakdown, counted) for name, breakdown in counted.facets.items()},
        "paires_mots_cles": [
            {"mots_cles": list(pair.labels), **_number(pair.number, counted)} for pair in counted.pairs
        ],
        "completude": [
            {"cle": field.key, "libelle": field.caption, **_number(counted.filled[field.key], counted)}
            for field in FIELDS
        ],
    }


def _breakdown(breakdown: FacetBreakdown, counted: Statistics) -> Document:
    return {
        "valeurs": [
            {"valeur": count.value, "libelle": count.label, **_number(count.number, counted)}
            for count in breakdown.counts
        ],
        "distinctes": breakdown.distinct,
        "sans_valeur": counted.total - breakdown.records_with_value,
    }


def _number(number: int, counted: Statistics) -> Document:
    return {"nombre": number, "part": counted.share(number)}
