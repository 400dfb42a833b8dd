"""Converts statistics to a JSON document with French keys, for the API and the command line."""

from app.catalogue.fields import FIELDS
from app.catalogue.statistics import FacetBreakdown, Statistics
from app.exporting.json_documents import Document

STATISTICS_TOTALS = {"structure": "structures", "departement": "departements", "region": "regions"}
"""The facets whose number of distinct values is reported, and the key of that number."""


def statistics_document(statistics: Statistics) -> Document:
    """Return the document of `statistics`; each `part` is a share of all counted records, from 0 to 1."""
    return {
        "total": statistics.total,
        **{key: statistics.facets[name].distinct for name, key in STATISTICS_TOTALS.items()},
        "annees": _breakdown(statistics.years, statistics),
        "facettes": {name: _breakdown(breakdown, statistics) for name, breakdown in statistics.facets.items()},
        "paires_mots_cles": [
            {"mots_cles": list(pair.labels), **_number(pair.number, statistics)} for pair in statistics.pairs
        ],
        "completude": [
            {"cle": field.key, "libelle": field.caption, **_number(statistics.filled[field.key], statistics)}
            for field in FIELDS
        ],
    }


def _breakdown(breakdown: FacetBreakdown, statistics: Statistics) -> Document:
    return {
        "valeurs": [
            {"valeur": count.value, "libelle": count.label, **_number(count.number, statistics)}
            for count in breakdown.counts
        ],
        "distinctes": breakdown.distinct,
        "sans_valeur": statistics.total - breakdown.records_with_value,
    }


def _number(number: int, statistics: Statistics) -> Document:
    return {"nombre": number, "part": statistics.share(number)}
