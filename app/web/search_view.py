"""What the search page shows of an answer: its hits, its facets as links, what is filtered, and the pages around it."""

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
from app.service import ResultItem, ResultPage, text_warnings
from app.web.search_url import ActiveFilter, SearchUrl

SHOWN_FACET_SIZE = 20
"""Values of each facet that the page offers, the most frequent first."""

_SHOWN = 6  # values of a facet that are not behind « Voir plus »
_AROUND = 1  # pages shown on either side of the present one
_MAX_PASSAGES = 2
_MARKS = re.compile("</?mark>")
_CAPTIONS = {field.key: field.caption for field in FIELDS}
# Facets that say what an action is come before those that say whose and where.
_AFTERWARDS = {"region": 1, "departement": 2, "structure": 3}
SORT_OPTIONS = {
    RELEVANCE_SORT: "Pertinence",
    TITLE_SORT: "Titre",
    "-modifie_le": "Mise à jour",
    "departement": "Département",
    "structure": "Structure",
}
"""What people call the orders that pages offer, by what `sort` takes."""


@dataclass(frozen=True, slots=True)
class NavigationLink:
    """Where something leads, what it is called, and whether it is where one is already."""

    address: str
    text: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class FacetLink:
    """A value of a facet: the address that adds it to the question, or takes it away when it is `selected`."""

    address: str
    label: str
    count: int
    selected: bool


@dataclass(frozen=True, slots=True)
class FacetGroup:
    """The values of one facet: the first ones, and those that are behind « Voir plus »."""

    name: str
    caption: str
    first: tuple[FacetLink, ...]
    rest: tuple[FacetLink, ...]
    cut: bool

    @property
    def opened(self) -> bool:
        """Whether one of the values behind « Voir plus » is selected."""
        return any(value.selected for value in self.rest)


@dataclass(frozen=True, slots=True)
class FilterChip:
    """A filter of the question as people read it, and the address of the question without it."""

    caption: str
    text: str
    address: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A marked passage of a record: HTML in which only `<mark>` is markup, and where it is from (none: the summary)."""

    caption: str
    html: str


@dataclass(frozen=True, slots=True)
class HitView:
    """One hit: its record and organiser, the passages in which it was found; title and keywords are HTML."""

    record: Record
    structure: Structure
    title: str
    passages: tuple[Passage, ...]
    keywords: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Correction:
    """A filter value that no record has, the nearest one that some record has, and the question that asks for it."""

    value: str
    nearest: str | None
    address: str


@dataclass(frozen=True, slots=True)
class ResultsView:
    """Everything that the search page shows of one answer."""

    question: SearchUrl
    text: str
    result: SearchResult
    page: int
    last: int
    hits: tuple[HitView, ...]
    full_on_page: int
    facets: tuple[FacetGroup, ...]
    chips: tuple[FilterChip, ...]
    sorts: tuple[NavigationLink, ...]
    pages: tuple[NavigationLink | None, ...]
    corrections: tuple[Correction, ...]
    remarks: tuple[str, ...]


def results_view(root: str, pairs: list[tuple[str, str]], asked: ListRequest, found: ResultPage) -> ResultsView:
    """Return the view of the answer `found` to what was `asked` by the `pairs` of an address."""
    question = SearchUrl.of(root, pairs)
    page = asked.page or 1
    result = found.result
    last = ceil(result.total / asked.per_page)
    return ResultsView(
        question=question,
        text=asked.query.text,
        result=result,
        page=page,
        last=last,
        hits=tuple(map(hit_view, found.items)),
        full_on_page=max(0, result.full_matches - asked.query.offset),
        facets=_facets(question, result),
        chips=tuple(_chip(active, result) for active in question.filters()),
        sorts=_sorts(question, asked),
        pages=_pages(question, page, last),
        corrections=tuple(_correction(question, unknown) for unknown in result.unknown),
        remarks=tuple(text_warnings(asked.query, result)),
    )


def hit_view(found: ResultItem) -> HitView:
    """Return the view of one record of an answer."""
    marked = dict(found.highlights)
    title = "".join(marked.pop(TITLE_SORT, ()))
    marked.pop("structure", None)
    keywords = {_MARKS.sub("", keyword): keyword for keyword in marked.pop("mots_cles", ())}
    passages = [
        Passage("" if key == "resume" else _CAPTIONS[key], " … ".join(texts))
        for key, texts in sorted(marked.items(), key=lambda item: item[0] != "resume")
    ]
    structure = Structure.parse(found.record.action.structure)
    plain = map(escape, field_values(found.record.action)["mots_cles"] or ())
    shown = tuple(keywords.get(keyword, keyword) for keyword in plain)
    return HitView(found.record, structure, title, tuple(passages[:_MAX_PASSAGES]), shown)


def _facets(question: SearchUrl, result: SearchResult) -> tuple[FacetGroup, ...]:
    groups = []
    for name in sorted(result.facets, key=lambda name: _AFTERWARDS.get(name, 0)):
        counts = result.facets[name]
        links = tuple(_facet_link(question, name, value) for value in counts.values)
        if links:
            groups.append(FacetGroup(name, FACETS[name].caption, links[:_SHOWN], links[_SHOWN:], counts.truncated))
    return tuple(groups)


def _facet_link(question: SearchUrl, name: str, value: FacetCount) -> FacetLink:
    address = question.without(name, value.value, value.label) if value.selected else question.adding(name, value.value)
    return FacetLink(address, value.label, value.count, value.selected)


def _chip(active: ActiveFilter, result: SearchResult) -> FilterChip:
    caption = FACETS[active.facet].caption
    if active.value is None:
        return FilterChip(caption, "renseigné" if active.excluded else "non renseigné", active.without)
    label = _label(active.value, result.facets[active.facet].values)
    return FilterChip(caption, f"sauf {label}" if active.excluded else label, active.without)


def _label(value: str, counted: tuple[FacetCount, ...]) -> str:
    """Return what people call a value: a code says little."""
    return next((known.label for known in counted if fold(value) == fold(known.value)), value)


def _sorts(question: SearchUrl, asked: ListRequest) -> tuple[NavigationLink, ...]:
    order = asked.query.order
    usual = RELEVANCE_SORT if asked.query.text else TITLE_SORT
    present = ",".join(f"{'-' if key.descending else ''}{key.name}" for key in order)
    return tuple(
        NavigationLink(question.setting("sort", "" if sort == usual else sort), name, sort == present)
        for sort, name in SORT_OPTIONS.items()
        if sort != RELEVANCE_SORT or asked.query.text
    )


def _pages(question: SearchUrl, page: int, last: int) -> tuple[NavigationLink | None, ...]:
    """Return the pages to go to, None where some are left out."""
    if last <= 1:
        return ()
    shown = sorted({1, last, *range(max(1, page - _AROUND), min(last, page + _AROUND) + 1)})
    links: list[NavigationLink | None] = []
    for before, number in zip([0, *shown], shown, strict=False):
        if number - before > 1:
            links.append(None)
        links.append(NavigationLink(question.address(number), str(number), number == page))
    return tuple(links)


def _correction(question: SearchUrl, unknown: UnknownValue) -> Correction:
    taken = SearchUrl(
        question.root, tuple(pair for pair in question.pairs if pair != (unknown.parameter, unknown.value))
    )
    address = taken.adding(unknown.parameter, unknown.nearest) if unknown.nearest else taken.address()
    return Correction(unknown.value, unknown.nearest, address)
