"""Feeds, held to the rules of RFC 4287 and read by a parser of feeds."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

import feedparser
import pytest
from lxml import etree

from app.catalogue.record import Record
from app.exporting.atom import FeedQuery, write_feed
from app.exporting.publication import Publication
from tests.factories import make_record

ATOM = "{http://www.w3.org/2005/Atom}"
HERE = Publication(
    base="https://actions.example/base",
    title="Les actions",
    version="1.0",
    publisher="La fédération",
    licence="https://licence.example/",
    changed_at=datetime(2026, 11, 25, 8, 30, tzinfo=UTC),
)
RECORDS = [
    make_record(2, "« Été » & <jeunes>", resume='Un "compost"\n]]>', dimension="Citoyenneté", mots_cles=["A&B", "C"]),
    make_record(1, "Jardin", structure="Association sans département"),
]
_ONCE = ("id", "title", "updated")  # of a feed and of an entry
_AT_MOST_ONCE = ("published", "summary", "content", "generator", "subtitle", "icon", "logo", "rights", "source")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})")
_KNOWN = {"author", "category", "contributor", "link", "entry", *_ONCE, *_AT_MOST_ONCE}


def tree(*records: Record, publication: Publication = HERE, query: FeedQuery | None = None) -> etree._Element:
    return etree.fromstring(write_feed(records, publication, query or FeedQuery()).encode())


def text(parent: etree._Element, name: str) -> str:
    return parent.findtext(ATOM + name) or ""


def assert_is_valid(parent: etree._Element) -> None:
    """Check what section 4 of the RFC asks of a feed or of an entry."""
    children = [child.tag.removeprefix(ATOM) for child in parent]
    assert set(children) <= _KNOWN
    for name in _ONCE:
        assert children.count(name) == 1
    for name in _AT_MOST_ONCE:
        assert children.count(name) <= 1
    assert urlsplit(text(parent, "id")).scheme == "urn"
    for name in {"updated", "published"} & set(children):
        assert _MOMENT.fullmatch(text(parent, name))
    assert text(parent, "title")
    for author in parent.iterfind(ATOM + "author"):
        assert [child.tag for child in author].count(ATOM + "name") == 1
        assert author.findtext(ATOM + "name")
    links = [dict(link.attrib) for link in parent.iterfind(ATOM + "link")]
    assert all(urlsplit(link["href"]).scheme in {"http", "https"} for link in links)
    alternates = [(link.get("type"), link.get("hreflang")) for link in links if link["rel"] == "alternate"]
    assert len(alternates) == len(set(alternates)) == 1
    for category in parent.iterfind(ATOM + "category"):
        assert category.get("term")
        assert urlsplit(category.get("scheme", "")).scheme == "https"


def test_a_feed_is_valid_with_and_without_entries() -> None:
    for feed in (tree(*RECORDS), tree(), tree(publication=replace(HERE, licence="", changed_at=None))):
        assert feed.tag == f"{ATOM}feed"
        assert_is_valid(feed)
        assert len(feed.findall(f"{ATOM}link[@rel='self']")) == 1
        entries = feed.findall(f"{ATOM}entry")
        for entry in entries:
            assert_is_valid(entry)
            assert entry.find(ATOM + "author") is not None
            assert entry.find(ATOM + "summary") is not None
        assert len({text(entry, "id") for entry in [feed, *entries]}) == 1 + len(entries)
        # The children of a feed come before its entries, as readers expect.
        tags = [child.tag for child in feed]
        assert tags == sorted(tags, key=lambda tag: tag == f"{ATOM}entry")


def test_a_reader_of_feeds_finds_everything_in_it() -> None:
    read = feedparser.parse(write_feed(RECORDS, HERE, FeedQuery("q=%C3%A9t%C3%A9", "q=%C3%A9t%C3%A9", "été")))
    entry = read.entries[0]
    named = {(tag.scheme.partition("=")[2], tag.term, tag.label) for tag in entry.tags}

    assert not read.bozo
    assert (read.version, read.feed.title, read.feed.author) == ("atom10", "Les actions : été", "La fédération")
    assert read.feed.updated == "2026-11-25T08:30:00Z"
    assert (entry.title, entry.summary) == ("« Été » & <jeunes>", 'Un "compost"\n]]>')
    assert (entry.author, entry.updated) == ("Centre social des Tilleuls", "2026-01-02T00:00:00Z")
    assert entry.link == f"https://actions.example/base/fiches/{RECORDS[0].id}"
    assert {link.rel: link.href for link in entry.links}["related"] == (
        f"https://actions.example/base/actions/{RECORDS[0].id}"
    )
    assert named >= {
        ("dimension", "Citoyenneté", "Citoyenneté"),
        ("mot_cle", "A&B", "A&B"),
        ("departement", "59", "Nord"),
        ("region", "32", "Hauts-de-France"),
    }


def test_identifiers_stay_the_same_wherever_and_whenever_it_is_published() -> None:
    moved = replace(HERE, base="https://elsewhere.example", changed_at=None, title="Autre")
    changed = replace(RECORDS[1], version=2, modifie_le=datetime(2027, 1, 1, tzinfo=UTC))
    here, there = tree(RECORDS[1]), tree(changed, publication=moved)

    assert text(here, "id") == text(there, "id")
    assert here.findtext(f"{ATOM}entry/{ATOM}id") == there.findtext(f"{ATOM}entry/{ATOM}id")
    assert text(tree(query=FeedQuery(canonical_query="q=a")), "id") != text(here, "id")
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", text(here, "id"))


@pytest.mark.parametrize("odd", ["\x01", "\x0b", "\x1b[0m", "\ufffe", "\uffff", "]]>", "&amp;", "\x7f", "é\u0301"])
def test_any_character_leaves_the_feed_readable(odd: str) -> None:
    record = make_record(1, resume=odd)
    # Not validated: a database of an earlier version may have control characters in values of one line.
    lines = {"titre": f"Un {odd} jardin".replace("\x0b", "\x02"), "mots_cles": [f"x{odd}y"]}
    record = replace(record, action=record.action.model_copy(update=lines))
    feed = tree(record, query=FeedQuery(text=odd))
    summary = feed.findtext(f"{ATOM}entry/{ATOM}summary")

    assert summary == re.sub("[\x01\x0b\x1b\ufffe\uffff]", "\ufffd", record.action.resume)  # type: ignore[attr-defined]
