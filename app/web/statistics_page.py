"""The page of statistics: charts that the server draws, each with its table, and a map of the départements."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from app.catalogue.facets import FACETS
from app.catalogue.fields import FIELDS
from app.catalogue.request import read_statistics_request
from app.catalogue.statistics import PAIRED_FACET, FacetBreakdown, Statistics, percentage
from app.http.dependencies import OpenService, search_in_thread
from app.service import warning_documents
from app.web.charts import Bar, bar_chart, truncate_label
from app.web.departement_map import departement_map
from app.web.rendering import conditional_page, number, render, root_of
from app.web.search_url import SearchUrl
from app.web.tracking_parameters import page_query_pairs

router = APIRouter(include_in_schema=False)

_SIZE = "facet_size"
_MOST = 15  # bars of a chart
_HALF = 12  # characters of a keyword in the label of a pair
_MAPPED = "departement"
_ENDING = 12  # characters of the name of a structure: most begin with « Centre social »
_LAST = "structure"  # the facet of which there is most to say and least to compare


@dataclass(frozen=True, slots=True)
class ChartRow:
    """One line of a table: what is counted, how many there are, which part of all that is, and where it leads."""

    label: str
    number: int
    part: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart and its table: `name` is unique on the page, `head` is above the labels, `note` says what to know."""

    name: str
    title: str
    head: str
    rows: tuple[ChartRow, ...]
    svg: str
    note: str = ""


@router.get("/statistiques")
async def statistics(request: Request, catalogue: OpenService) -> Response:
    """Return the statistics of the actions that the question of the address chooses."""
    pairs = page_query_pairs(request)
    query = read_statistics_request([(_SIZE, str(_MOST)), *(pair for pair in pairs if pair[0] != _SIZE)])

    def answer() -> Response:
        tally = catalogue.statistics(query)
        counted = tally.statistics
        question = SearchUrl.of(root_of(request), [pair for pair in pairs if pair[0] != _SIZE])
        return render(
            request,
            "statistics.html",
            counted=counted,
            question=question,
            document="?".join(filter(None, [f"{question.root}/stats", urlencode(question.pairs)])),
            suggestion=tally.suggestion,
            remarks=[remark["message"] for remark in warning_documents(query, tally)],
            places=departement_map({count.value: count.number for count in counted.facets[_MAPPED].counts}),
            mapped=_of_facet(_MAPPED, counted, question, draw=False),
            charts=tuple(_charts(counted, question)),
        )

    return await search_in_thread(request, lambda: conditional_page(request, catalogue, answer))


def _charts(counted: Statistics, question: SearchUrl) -> Iterator[Chart]:
    years = tuple(_row(count.label, count.number, counted) for count in counted.years.counts)
    note = "L’année où l’action est entrée au catalogue : les fiches ne disent pas toutes quand elle a eu lieu."
    yield Chart("annees", "Année d’entrée au catalogue", "Année", years, _drawn(years), note)
    for name in sorted(counted.facets.keys() - {_MAPPED}, key=lambda name: (name == _LAST, list(FACETS).index(name))):
        yield _of_facet(name, counted, question)
        if name == PAIRED_FACET:
            yield _pairs(counted)
    filled = tuple(_row(field.caption, counted.filled[field.key], counted) for field in FIELDS)
    note = "La part des fiches où chaque rubrique dit quelque chose. Certaines ne concernent pas toutes les actions."
    bars = (Bar(truncate_label(row.label), row.number, row.part) for row in filled)
    yield Chart("completude", "Rubriques renseignées", "Rubrique", filled, bar_chart(tuple(bars), counted.total), note)


def _pairs(counted: Statistics) -> Chart:
    rows = tuple(_row(" + ".join(pair.labels), pair.number, counted) for pair in counted.pairs)
    named = (" + ".join(truncate_label(label, _HALF) for label in pair.labels) for pair in counted.pairs)
    bars = (Bar(label, row.number, number(row.number)) for label, row in zip(named, rows, strict=True))
    note = "Les mots clés que portent ensemble le plus d’actions."
    return Chart("paires", "Paires de mots clés", "Mots clés", rows, bar_chart(tuple(bars)), note)


def _of_facet(name: str, counted: Statistics, question: SearchUrl, *, draw: bool = True) -> Chart:
    caption, breakdown = FACETS[name].caption, counted.facets[name]
    # A second value of a filter would widen it: the address would not lead to the actions that are counted.
    leads = name not in {asked.facet for asked in question.filters()}

    def row(label: str, held: int, parameter: str, value: str) -> ChartRow:
        return _row(label, held, counted, question.adding(parameter, value) if leads else "")

    rows = [row(count.label, count.number, name, count.value) for count in breakdown.counts]
    if without := counted.total - breakdown.records_with_value:
        rows.append(row("Sans valeur", without, f"{name}__isnull", "true"))
    named = _named if name == _LAST else truncate_label
    return Chart(name, caption, caption, tuple(rows), _drawn(rows, named) if draw else "", _cut(breakdown))


def _cut(breakdown: FacetBreakdown) -> str:
    shown = len(breakdown.counts)
    return (
        f"Les {shown} valeurs les plus fréquentes, sur {number(breakdown.distinct)}."
        if shown < breakdown.distinct
        else ""
    )


def _drawn(rows: Sequence[ChartRow], named: Callable[[str], str] = truncate_label) -> str:
    return bar_chart(tuple(Bar(named(row.label), row.number, number(row.number)) for row in rows))


def _named(structure: str) -> str:
    return truncate_label(structure, ending=_ENDING)


def _row(label: str, counted_number: int, counted: Statistics, address: str = "") -> ChartRow:
    return ChartRow(label, counted_number, percentage(counted_number, counted.total), address)
