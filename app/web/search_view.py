"""The view of a page of results: hits, facets as links, active filters, sort orders and page links."""

import re
from dataclasses import dataclass
from html import escape
from math import ceil

from app.catalogue.action import field_values
from app.catalogue.facets import FACETS
from app.catalogue.fields import FIELDS
from app.catalogue.record import Record
from app.catalogue.request import ListRequest
from app.catalogue.sorting import RELEVANCE_SORT, TITLE_SORT
from app.catalogue.structure import Structure
from app.catalogue.text import fold
from app.search.engine import FacetCount, SearchResult, UnknownValue
from app.service import ResultItem, ResultPage, page_warnings
from app.web.search_url import ActiveFilter, SearchUrl

SHOWN_FACET_SIZE = 20
"""Values of each facet on the page, the most frequent first."""

_COLLAPSED_SIZE = 6  # values of a facet shown before « Voir plus »
_ADJACENT_PAGES = 1  # links on either side of the current page
_MAX_PASSAGES = 2
_MARK_TAGS = re.compile("</?mark>")
_CAPTIONS = {field.key: field.caption for field in FIELDS}
# Facets of the content of an action (rank 0) precede those of its place and structure.
_FACET_RANKS = {"region": 1, "departement": 2, "structure": 3}
SORT_OPTIONS = {
    RELEVANCE_SORT: "Pertinence",
    TITLE_SORT: "Titre",
    "-modifie_le": "Mise à jour",
    "departement": "Département",
    "structure": "Structure",
}
"""The French names of the sort orders that pages offer, by the value of `sort`."""


@dataclass(frozen=True, slots=True)
class NavigationLink:
    """A link; `current` marks the link to the present page or order."""

    path: str
    text: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class FacetLink:
    """A value of a facet, and the path of the search with it, or without it when it is `selected`."""

    path: str
    label: str
    count: int
    selected: bool


@dataclass(frozen=True, slots=True)
class FacetGroup:
    """The values of a facet: the first ones and those behind « Voir plus »; `truncated` when the catalogue has more."""

    name: str
    caption: str
    first: tuple[FacetLink, ...]
    collapsed: tuple[FacetLink, ...]
    truncated: bool

    @property
    def is_open(self) -> bool:
        """Whether one of the values behind « Voir plus » is selected."""
        return any(value.selected for value in self.collapsed)


@dataclass(frozen=True, slots=True)
class FilterChip:
    """An active filter as French text, and the path of the search without it."""

    caption: str
    text: str
    path: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A highlighted passage as HTML, and the caption of its field, empty for the summary."""

    caption: str
    html: str


@dataclass(frozen=True, slots=True)
class HitView:
    """A record in a list of results. Title, empty without a highlight, and keywords are HTML."""

    record: Record
    structure: Structure
    title: str
    passages: tuple[Passage, ...]
    keywords: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Correction:
    """A filter value that no record has, the most similar existing value, and the path of the corrected search."""

    value: str
    nearest: str | None
    path: str


@dataclass(frozen=True, slots=True)
class ResultsView:
    """The content of the search page."""

    url: SearchUrl
    text: str
    result: SearchResult
    page: int
    last_page: int
    hits: tuple[HitView, ...]
    full_matches_on_page: int
    facets: tuple[FacetGroup, ...]
    chips: tuple[FilterChip, ...]
    sorts: tuple[NavigationLink, ...]
    pages: tuple[NavigationLink | None, ...]
    corrections: tuple[Correction, ...]
    warnings: tuple[str, ...]


def results_view(root: str, pairs: list[tuple[str, str]], request: ListRequest, result_page: ResultPage) -> ResultsView:
    """Return the view of `result_page`, the results of `request`, which was read from the query `pairs`."""
    url = SearchUrl.from_pairs(root, pairs)
    page = request.page or 1
    result = result_page.result
    last_page = ceil(result.total / request.per_page)
    return ResultsView(
        url=url,
        text=request.query.text,
        result=result,
        page=page,
        last_page=last_page,
        hits=tuple(map(hit_view, result_page.items)),
        full_matches_on_page=max(0, result.full_matches - request.query.offset),
        facets=_facet_groups(url, result),
        chips=tuple(_filter_chip(active, result) for active in url.active_filters()),
        sorts=_sort_links(url, request),
        pages=_page_links(url, page, last_page),
        corrections=tuple(_correction(url, unknown) for unknown in result.unknown),
        warnings=tuple(page_warnings(request.query, result_page)),
    )


def hit_view(item: ResultItem) -> HitView:
    """Return the view of a record in a list of results."""
    highlights = dict(item.highlights)
    title = "".join(highlights.pop(TITLE_SORT, ()))
    highlights.pop("structure", None)
    keywords = {_MARK_TAGS.sub("", keyword): keyword for keyword in highlights.pop("mots_cles", ())}
    passages = [
        Passage("" if key == "resume" else _CAPTIONS[key], " … ".join(texts))
        for key, texts in sorted(highlights.items(), key=lambda highlight: highlight[0] != "resume")
    ]
    structure = Structure.parse(item.record.action.structure)
    escaped = map(escape, field_values(item.record.action)["mots_cles"] or ())
    all_keywords = tuple(keywords.get(keyword, keyword) for keyword in escaped)
    return HitView(item.record, structure, title, tuple(passages[:_MAX_PASSAGES]), all_keywords)


def _facet_groups(url: SearchUrl, result: SearchResult) -> tuple[FacetGroup, ...]:
    groups = []
    for name in sorted(result.facets, key=lambda name: _FACET_RANKS.get(name, 0)):
        counts = result.facets[name]
        links = tuple(_facet_link(url, name, value) for value in counts.values)
        if links:
            groups.append(
                FacetGroup(
                    name, FACETS[name].caption, links[:_COLLAPSED_SIZE], links[_COLLAPSED_SIZE:], counts.truncated
                )
            )
    return tuple(groups)


def _facet_link(url: SearchUrl, name: str, value: FacetCount) -> FacetLink:
    path = url.without_values(name, value.value, value.label) if value.selected else url.with_value(name, value.value)
    return FacetLink(path, value.label, value.count, value.selected)


def _filter_chip(active: ActiveFilter, result: SearchResult) -> FilterChip:
    caption = FACETS[active.facet].caption
    if active.value is None:
        return FilterChip(caption, "renseigné" if active.excluded else "non renseigné", active.removal_path)
    label = _value_label(active.value, result.facets[active.facet].values)
    return FilterChip(caption, f"sauf {label}" if active.excluded else label, active.removal_path)


def _value_label(value: str, counts: tuple[FacetCount, ...]) -> str:
    """Return the label of a value, such as the name of a département for its code."""
    return next((count.label for count in counts if fold(value) == fold(count.value)), value)


def _sort_links(url: SearchUrl, request: ListRequest) -> tuple[NavigationLink, ...]:
    order = request.query.order
    default = RELEVANCE_SORT if request.query.text else TITLE_SORT
    current = ",".join(f"{'-' if key.descending else ''}{key.name}" for key in order)
    return tuple(
        NavigationLink(url.replacing("sort", "" if sort == default else sort), name, sort == current)
        for sort, name in SORT_OPTIONS.items()
        if sort != RELEVANCE_SORT or request.query.text
    )


def _page_links(url: SearchUrl, page: int, last_page: int) -> tuple[NavigationLink | None, ...]:
    """Return links to the first, last and adjacent pages, None for each gap."""
    if last_page <= 1:
        return ()
    numbers = sorted({1, last_page, *range(max(1, page - _ADJACENT_PAGES), min(last_page, page + _ADJACENT_PAGES) + 1)})
    links: list[NavigationLink | None] = []
    for previous, number in zip([0, *numbers], numbers, strict=False):
        if number - previous > 1:
            links.append(None)
        links.append(NavigationLink(url.path(number), str(number), number == page))
    return tuple(links)


def _correction(url: SearchUrl, unknown: UnknownValue) -> Correction:
    without_value = SearchUrl(url.root, tuple(pair for pair in url.pairs if pair != (unknown.parameter, unknown.value)))
    path = without_value.with_value(unknown.parameter, unknown.nearest) if unknown.nearest else without_value.path()
    return Correction(unknown.value, unknown.nearest, path)
