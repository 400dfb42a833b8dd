"""The public URLs of the service, and the URNs of its feeds.

Every function takes `base`: the public address or a path prefix, without a slash at its end. `query` is a query string
without `?`, empty for none.
"""

from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import quote, urlencode
from uuid import NAMESPACE_URL, uuid5

_NAMESPACE = uuid5(NAMESPACE_URL, "urn:actions-centres-sociaux")

_percent_encode = lru_cache(maxsize=16_384)(quote)


def with_query(url: str, query: str) -> str:
    """Return `url` with `query`."""
    return f"{url}?{query}" if query else url


def record_url(base: str, identifier: str) -> str:
    """Return the URL of a record as JSON."""
    return f"{base}/actions/{_percent_encode(identifier)}"


def record_page_url(base: str, identifier: str) -> str:
    """Return the URL of the page of a record."""
    return f"{base}/fiches/{_percent_encode(identifier)}"


def comparison_page_url(base: str, identifiers: Iterable[str]) -> str:
    """Return the URL of the page that compares records."""
    return f"{base}/comparer?{urlencode([('fiche', identifier) for identifier in identifiers])}"


def structure_url(base: str, identifier: str) -> str:
    """Return the URL of a structure as JSON."""
    return f"{base}/structures/{_percent_encode(identifier)}"


def structure_page_url(base: str, identifier: str) -> str:
    """Return the URL of the page of a structure."""
    return f"{structure_url(base, identifier)}/fiche"


def structure_actions_url(base: str, identifier: str) -> str:
    """Return the URL of the list of a structure's actions."""
    return f"{base}/actions?structure={_percent_encode(identifier)}"


def search_page_url(base: str, query: str = "") -> str:
    """Return the URL of the search page."""
    return with_query(f"{base}/", query)


def embed_url(base: str, query: str = "") -> str:
    """Return the URL of the page that other sites embed in a frame."""
    return with_query(f"{base}/embed", query)


def list_url(base: str, query: str = "") -> str:
    """Return the URL of the list of actions as JSON."""
    return with_query(f"{base}/actions", query)


def export_url(base: str, extension: str, query: str = "") -> str:
    """Return the URL of the actions as a file, such as `csv` or `atom`."""
    return with_query(f"{base}/actions.{extension}", query)


def facet_url(base: str, name: str) -> str:
    """Return the URL of the values of a facet."""
    return f"{base}/facets?facet={name}"


def table_schema_url(base: str) -> str:
    """Return the URL of the Table Schema of the CSV export."""
    return f"{base}/schema.json"


def json_ld_context_url(base: str) -> str:
    """Return the URL of the JSON-LD context of an action."""
    return f"{base}/context.jsonld"


def catalog_url(base: str) -> str:
    """Return the URL of the DCAT description."""
    return f"{base}/catalog.jsonld"


def openapi_url(base: str) -> str:
    """Return the URL of the OpenAPI document."""
    return f"{base}/openapi.json"


def record_urn(identifier: str) -> str:
    """Return the Atom identifier of a record, which is the same wherever the catalogue is published."""
    return uuid5(_NAMESPACE, f"action/{identifier}").urn


def feed_urn(query: str) -> str:
    """Return the Atom identifier of the feed of a normalized `query`."""
    return uuid5(_NAMESPACE, f"flux?{query}").urn
