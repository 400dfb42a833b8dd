"""The feed of a question: who publishes it, and the order that it has when none is asked for."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from urllib.parse import urlencode

from app import __version__
from app.catalogue.query import ActionQuery, SortKey
from app.exporting.atom import MAX_FEED_ENTRIES, FeedQuery, write_feed
from app.exporting.publication import CATALOGUE_TITLE, Publication
from app.service.catalogue_service import CatalogueService
from app.settings import Settings

_LATEST = (SortKey("modifie_le", descending=True),)


def get_publication(service: CatalogueService, settings: Settings, base: str) -> Publication:
    """Return the catalogue as it is published under the address `base`, which has no slash at its end."""
    return Publication(
        base=base,
        title=CATALOGUE_TITLE,
        version=__version__,
        publisher=settings.publisher,
        licence=settings.licence,
        changed_at=service.changed_at(),
    )


def render_feed(
    service: CatalogueService, query: ActionQuery, pairs: Sequence[tuple[str, str]], publication: Publication
) -> bytes:
    """Return the feed of the first actions of `query`, which `pairs` asked for, what was modified last at its head."""
    ordered = replace(query, sort=query.sort or _LATEST)
    question = FeedQuery(urlencode(pairs), urlencode(sorted(pairs)), query.text)
    return write_feed(islice(service.iter_records(ordered), MAX_FEED_ENTRIES), publication, question).encode()
