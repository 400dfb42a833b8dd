"""Writes records as an Atom feed (RFC 4287), one entry an action; identifiers do not depend on the base URL."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl

from app.catalogue.facets import FACETS
from app.catalogue.record import Record
from app.catalogue.structure import Structure
from app.exporting.csv_format import iso_time
from app.exporting.publication import Publication
from app.public_urls import (
    export_url,
    facet_url,
    feed_urn,
    list_url,
    record_page_url,
    record_url,
    record_urn,
    search_page_url,
    structure_page_url,
)

MAX_FEED_ENTRIES = 50
"""Entries of a feed."""

ATOM_MEDIA_TYPE = "application/atom+xml; charset=utf-8"
_ATOM_TYPE = ATOM_MEDIA_TYPE.partition(";")[0]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The characters that XML 1.0 forbids, escaped or not.
_FORBIDDEN_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class FeedQuery:
    """The query of a feed: its query string, its canonical form, and the text searched for, "" without."""

    query: str = ""
    canonical_query: str = ""
    text: str = ""


def write_feed(records: Iterable[Record], publication: Publication, query: FeedQuery) -> str:
    """Return the feed of `records`, the results of `question`, in order."""
    written = StringIO()
    feed = _FeedWriter(written)
    base = publication.base
    feed.startDocument()
    with feed.element("feed", {"xmlns": "http://www.w3.org/2005/Atom", "xml:lang": "fr"}):
        feed.leaf("id", feed_urn(query.canonical_query))
        feed.leaf("title", f"{publication.title} : {query.text}" if query.text else publication.title)
        feed.leaf("updated", iso_time(publication.changed_at or _EPOCH))
        with feed.element("author"):
            feed.leaf("name", publication.publisher)
        feed.leaf("generator", "actions", {"version": publication.version})
        feed.link("self", export_url(base, "atom", query.query), _ATOM_TYPE)
        feed.link("alternate", search_page_url(base, query.query), "text/html")
        feed.link("related", list_url(base, query.query), "application/json")
        if publication.licence:
            feed.link("license", publication.licence)
        for record in records:
            _write_entry(feed, record, base)
    feed.endDocument()
    return written.getvalue()


def _write_entry(feed: "_FeedWriter", record: Record, base: str) -> None:
    action = record.action
    structure = Structure.parse(action.structure)
    with feed.element("entry"):
        feed.leaf("id", record_urn(record.id))
        feed.leaf("title", action.titre)
        feed.leaf("updated", iso_time(record.modifie_le))
        feed.leaf("published", iso_time(record.cree_le))
        with feed.element("author"):
            feed.leaf("name", structure.nom)
            feed.leaf("uri", structure_page_url(base, structure.id))
        feed.link("alternate", record_page_url(base, record.id), "text/html")
        feed.link("related", record_url(base, record.id), "application/json")
        for facet in FACETS.values():
            for value in facet.values(action):
                scheme = facet_url(base, facet.name)
                feed.leaf("category", "", {"term": value.value, "scheme": scheme, "label": value.label})
        # Feed readers expect a summary, even an empty one.
        feed.leaf("summary", getattr(action, "resume", None) or "")


class _FeedWriter(XMLGenerator):
    """Writes elements of one namespace; U+FFFD replaces characters that XML forbids."""

    def __init__(self, out: StringIO) -> None:
        super().__init__(out, encoding="utf-8", short_empty_elements=True)

    @contextmanager
    def element(self, name: str, attributes: Mapping[str, str] | None = None) -> Iterator[None]:
        self.startElement(
            name, AttributesImpl({key: _replace_forbidden(value) for key, value in (attributes or {}).items()})
        )
        yield
        self.endElement(name)

    def leaf(self, name: str, text: str, attributes: Mapping[str, str] | None = None) -> None:
        with self.element(name, attributes):
            self.characters(_replace_forbidden(text))

    def link(self, relation: str, address: str, media_type: str = "") -> None:
        self.leaf("link", "", {"rel": relation, "href": address, **({"type": media_type} if media_type else {})})


def _replace_forbidden(text: str) -> str:
    return _FORBIDDEN_IN_XML.sub("\ufffd", text)
