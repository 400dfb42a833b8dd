"""`actions stats`: statistics as tables, or as the document of GET /stats."""

from collections.abc import Iterable

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from app.catalogue.facets import FACETS
from app.catalogue.fields import FIELDS
from app.catalogue.request import STATISTICS_PARAMETERS, read_statistics_request
from app.catalogue.statistics import FacetBreakdown, Statistics, percentage
from app.commands.filters import OptionValue, echo_unknown_values, option_pairs, parameter_options
from app.commands.terminal import echo, echo_json, printable
from app.exporting.statistics import STATISTICS_TOTALS
from app.service import CatalogueService, query_statistics
from app.settings import Settings

TableRow = tuple[str, int]


@click.command(epilog="Exemple : actions stats --region bretagne --facet_size 10")
@click.option("--json", "as_json", is_flag=True, help="Rend le document de GET /stats sur la sortie standard.")
@parameter_options(STATISTICS_PARAMETERS)
def stats(*, as_json: bool, **options: OptionValue) -> None:
    """Compte les fiches, toutes ou celles que choisissent les filtres : années, facettes, paires, rubriques."""
    query = read_statistics_request(option_pairs(options))
    with CatalogueService.open(Settings()) as service:
        service.catch_up()
        aggregation = service.statistics(query)
    if as_json:
        echo_json(query_statistics(query, aggregation))
        return
    echo_unknown_values(aggregation.unknown)
    if aggregation.suggestion:
        echo(f"La recherche est comprise comme « {aggregation.suggestion} ».", err=True)
    _print(aggregation.statistics)


def _print(statistics: Statistics) -> None:
    console = Console()
    facets = statistics.facets
    totals = ", ".join(_pluralise(facets[name].distinct, FACETS[name].caption.lower()) for name in STATISTICS_TOTALS)
    console.print(f"{_pluralise(statistics.total, 'fiche')} : {totals}.", highlight=False)
    tables = [
        _breakdown_table("Année d'entrée au catalogue", statistics.years, statistics),
        *(_breakdown_table(FACETS[name].caption, breakdown, statistics) for name, breakdown in facets.items()),
        _table(
            "Paires de mots clés", ((" + ".join(pair.labels), pair.number) for pair in statistics.pairs), statistics
        ),
        _table(
            "Rubriques renseignées", ((field.caption, statistics.filled[field.key]) for field in FIELDS), statistics
        ),
    ]
    for table in tables:
        console.print()
        console.print(table)


def _pluralise(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' if number > 1 else ''}"


def _breakdown_table(title: str, breakdown: FacetBreakdown, statistics: Statistics) -> Table:
    rows: list[TableRow] = [(count.label, count.number) for count in breakdown.counts]
    if without := statistics.total - breakdown.records_with_value:
        rows.append(("(sans valeur)", without))
    if omitted := breakdown.distinct - len(breakdown.counts):
        title = f"{title} ({omitted} autres valeurs)"
    return _table(title, rows, statistics)


def _table(title: str, rows: Iterable[TableRow], statistics: Statistics) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("Valeur", overflow="fold")
    table.add_column("Fiches", justify="right")
    table.add_column("Part", justify="right")
    for label, number in rows:
        # Text, so that rich does not read values as markup.
        table.add_row(Text(printable(label)), str(number), percentage(number, statistics.total))
    return table
