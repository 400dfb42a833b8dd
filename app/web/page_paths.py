"""The addresses of pages, under the root of the service or, for those who read elsewhere, under its whole address."""

from collections.abc import Iterable
from urllib.parse import quote, urlencode

from app.http.links import Links


def record_path(base: str, identifier: str) -> str:
    """Return the address of the page of a record."""
    return Links(base).record(identifier)["html"]


def structure_path(base: str, identifier: str) -> str:
    """Return the address of the page of a structure."""
    return f"{base}/structures/{quote(identifier)}/fiche"


def comparison_path(base: str, identifiers: Iterable[str]) -> str:
    """Return the address of the page that shows records side by side."""
    return f"{base}/comparer?{urlencode([('fiche', identifier) for identifier in identifiers])}"
