"""The page of statistics: bar charts, each with its table, and a map of the départements."""

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
from app.web.charts import Bar, scale_bars, truncate_label
from app.web.departement_map import departement_map
from app.web.rendering import conditional_page, format_number, render, root_of
from app.web.search_url import SearchUrl
from app.web.tracking_parameters import page_query_pairs

router = APIRouter(include_in_schema=False)

_SIZE_PARAMETER = "facet_size"
_MAX_BARS = 15  # of a facet's chart
_MAX_KEYWORD_LENGTH = 12  # characters of each keyword in the label of a pair
_MAP_FACET = "departement"
_STRUCTURE_FACET = "structure"  # its chart comes last: most structures have one or two actions
_STRUCTURE_SUFFIX_LENGTH = 12  # characters kept at the end of a structure's name: most begin with « Centre social »


@dataclass(frozen=True, slots=True)
class ChartRow:
    """A row of a table: label, number of actions, share as French text, and path of the search for these actions."""

    label: str
    number: int
    share: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart and its table. `name` is unique on the page; `head` is the column heading of the labels."""

    name: str
    title: str
    head: str
    rows: tuple[ChartRow, ...]
    bars: tuple[Bar, ...]
    note: str = ""


@router.get("/statistiques")
async def statistics_page(request: Request, catalogue: OpenService) -> Response:
    """Return the statistics of the actions that match the query of the URL."""
    pairs = page_query_pairs(request)
    query = read_statistics_request(
        [(_SIZE_PARAMETER, str(_MAX_BARS)), *(pair for pair in pairs if pair[0] != _SIZE_PARAMETER)]
    )

    def respond() -> Response:
        result = catalogue.statistics(query)
        statistics = result.statistics
        url = SearchUrl.from_pairs(root_of(request), [pair for pair in pairs if pair[0] != _SIZE_PARAMETER])
        numbers = {count.value: count.number for count in statistics.facets[_MAP_FACET].counts}
        return render(
            request,
            "statistics.html",
            statistics=statistics,
            url=url,
            json_path="?".join(filter(None, [f"{url.root}/stats", urlencode(url.pairs)])),
            suggestion=result.suggestion,
            warnings=[warning["message"] for warning in warning_documents(query, result)],
            map=departement_map(numbers),
            map_table=_facet_chart(_MAP_FACET, statistics, url),
            charts=tuple(_charts(statistics, url)),
        )

    return await search_in_thread(request, lambda: conditional_page(request, catalogue, respond))


def _charts(statistics: Statistics, url: SearchUrl) -> Iterator[Chart]:
    yield _years_chart(statistics)
    names = statistics.facets.keys() - {_MAP_FACET}
    for name in sorted(names, key=lambda name: (name == _STRUCTURE_FACET, list(FACETS).index(name))):
        yield _facet_chart(name, statistics, url)
        if name == PAIRED_FACET:
            yield _pairs_chart(statistics)
    yield _fields_chart(statistics)


def _years_chart(statistics: Statistics) -> Chart:
    rows = tuple(_row(count.label, count.number, statistics) for count in statistics.years.counts)
    note = "L’année où l’action est entrée au catalogue : les fiches ne disent pas toutes quand elle a eu lieu."
    return Chart("annees", "Année d’entrée au catalogue", "Année", rows, _bars(rows), note)


def _fields_chart(statistics: Statistics) -> Chart:
    rows = tuple(_row(field.caption, statistics.filled[field.key], statistics) for field in FIELDS)
    note = "La part des fiches où chaque rubrique dit quelque chose. Certaines ne concernent pas toutes les actions."
    bars = scale_bars(((truncate_label(row.label), row.share, row.number) for row in rows), statistics.total)
    return Chart("completude", "Rubriques renseignées", "Rubrique", rows, bars, note)


def _pairs_chart(statistics: Statistics) -> Chart:
    rows = tuple(_row(" + ".join(pair.labels), pair.number, statistics) for pair in statistics.pairs)
    labels = (
        " + ".join(truncate_label(keyword, _MAX_KEYWORD_LENGTH) for keyword in pair.labels) for pair in statistics.pairs
    )
    bars = scale_bars((label, format_number(row.number), row.number) for label, row in zip(labels, rows, strict=True))
    return Chart(
        "paires",
        "Paires de mots clés",
        "Mots clés",
        rows,
        bars,
        "Les mots clés que portent ensemble le plus d’actions.",
    )


def _facet_chart(name: str, statistics: Statistics, url: SearchUrl) -> Chart:
    caption, breakdown = FACETS[name].caption, statistics.facets[name]
    # A second value of a filtered facet would match more actions than the row counts, so these rows have no link.
    linked = name not in {active.facet for active in url.active_filters()}

    def row(label: str, actions: int, parameter: str, value: str) -> ChartRow:
        return _row(label, actions, statistics, url.with_value(parameter, value) if linked else "")

    rows = [row(count.label, count.number, name, count.value) for count in breakdown.counts]
    if without_value := statistics.total - breakdown.records_with_value:
        rows.append(row("Sans valeur", without_value, f"{name}__isnull", "true"))
    shorten = _truncate_structure if name == _STRUCTURE_FACET else truncate_label
    return Chart(name, caption, caption, tuple(rows), _bars(rows, shorten), _truncation_note(breakdown))


def _truncation_note(breakdown: FacetBreakdown) -> str:
    listed = len(breakdown.counts)
    if listed == breakdown.distinct:
        return ""
    return f"Les {listed} valeurs les plus fréquentes, sur {format_number(breakdown.distinct)}."


def _bars(rows: Sequence[ChartRow], shorten: Callable[[str], str] = truncate_label) -> tuple[Bar, ...]:
    return scale_bars((shorten(row.label), format_number(row.number), row.number) for row in rows)


def _truncate_structure(name: str) -> str:
    return truncate_label(name, suffix_length=_STRUCTURE_SUFFIX_LENGTH)


def _row(label: str, actions: int, statistics: Statistics, path: str = "") -> ChartRow:
    return ChartRow(label, actions, percentage(actions, statistics.total), path)
