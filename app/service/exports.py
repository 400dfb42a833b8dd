"""What the catalogue publishes as files: export formats, the Atom feed and the lists behind its sitemaps."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import islice
from pkgutil import resolve_name
from urllib.parse import urlencode

from app import __version__
from app.catalogue.query import ActionQuery, SortKey
from app.catalogue.record import Record, SitemapEntry, SitemapPart
from app.exporting.atom import MAX_FEED_ENTRIES, FeedQuery, write_feed
from app.exporting.csv_format import write_csv
from app.exporting.json_lines import write_json_lines
from app.exporting.publication import CATALOGUE_TITLE, Publication
from app.importing.text_format import render_action, render_export
from app.service.catalogue_service import CatalogueService
from app.settings import Settings
from app.store.repository import Store

# Resolved on first use: importing XlsxWriter takes longer than most commands, which do not need it.
_WORKBOOK_WRITER = "app.exporting.workbook:write_workbook"
_CHUNK_SIZE = 32_768  # characters, a lower bound for every chunk but the last one
_LATEST_FIRST = (SortKey("modifie_le", descending=True),)


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """The `keys` to write, in order (empty: all), and whether a CSV begins with a byte order mark."""

    keys: tuple[str, ...] = ()
    bom: bool = True


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """An export format: file suffix, media type, and the function that writes records as chunks of bytes."""

    suffix: str
    media_type: str
    write: Callable[[Iterable[Record], ExportOptions], Iterator[bytes]]


def export_text(record: Record) -> str:
    """Return one record in the text format of the original export."""
    return render_action(record.action)


def _write_text(records: Iterable[Record], _options: ExportOptions) -> Iterator[bytes]:
    return in_chunks(render_export(record.action for record in records))


def _write_json_lines(records: Iterable[Record], options: ExportOptions) -> Iterator[bytes]:
    return in_chunks(write_json_lines(records, options.keys))


def _write_csv(records: Iterable[Record], options: ExportOptions) -> Iterator[bytes]:
    return in_chunks(write_csv(records, *filter(None, (options.keys,)), bom=options.bom))


def _write_workbook(records: Iterable[Record], options: ExportOptions) -> Iterator[bytes]:
    write: Callable[..., Iterator[bytes]] = resolve_name(_WORKBOOK_WRITER)
    return write(records, *filter(None, (options.keys,)))


EXPORT_FORMATS = {
    "texte": ExportFormat("txt", "text/plain; charset=utf-8", _write_text),
    "jsonl": ExportFormat("jsonl", "application/x-ndjson; charset=utf-8", _write_json_lines),
    "csv": ExportFormat("csv", "text/csv; charset=utf-8", _write_csv),
    "xlsx": ExportFormat("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", _write_workbook),
}
"""The export formats by the name that the command line uses."""


def in_chunks(texts: Iterable[str]) -> Iterator[bytes]:
    """Yield `texts` as UTF-8, joined into chunks: sending a chunk has a fixed cost, however short it is."""
    chunk: list[str] = []
    size = 0
    for text in texts:
        chunk.append(text)
        size += len(text)
        if size >= _CHUNK_SIZE:
            yield "".join(chunk).encode()
            chunk, size = [], 0
    if chunk:
        yield "".join(chunk).encode()


def get_publication(service: CatalogueService, settings: Settings, base: str) -> Publication:
    """Return the publication metadata of the catalogue at the address `base`, which has no trailing slash."""
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
    """Return the Atom feed of the first matches of `query`, last modified first unless `query` has an order.

    `pairs` are the parameters that `query` was read from: they make the address and the identifier of the feed.
    """
    ordered = replace(query, sort=query.sort or _LATEST_FIRST)
    feed_query = FeedQuery(urlencode(pairs), urlencode(sorted(pairs)), query.text)
    return write_feed(islice(service.iter_records(ordered), MAX_FEED_ENTRIES), publication, feed_query).encode()


class SitemapKind(StrEnum):
    """What the entries of a sitemap are."""

    RECORDS = "fiches"
    STRUCTURES = "structures"


def sitemap_parts(store: Store, kind: SitemapKind, size: int) -> list[SitemapPart]:
    """Return the parts of a sitemap that are not empty, of up to `size` entries each."""
    with store.read() as reader:
        sitemap = reader.sitemap
        return sitemap.record_parts(size) if kind is SitemapKind.RECORDS else sitemap.structure_parts(size)


def sitemap_entries(store: Store, kind: SitemapKind, number: int, size: int) -> list[SitemapEntry]:
    """Return the entries of part `number`, counted from 1; none for a part that does not exist."""
    with store.read() as reader:
        sitemap = reader.sitemap
        read = sitemap.record_entries if kind is SitemapKind.RECORDS else sitemap.structure_entries
        return read(number, size)
