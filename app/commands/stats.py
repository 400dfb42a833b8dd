"""`actions stats`: what the catalogue comes to, as tables for people or as the document of GET /stats."""

import json
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
from app.commands.terminal import printable
from app.exporting.statistics import STATISTICS_TOTALS
from app.service import CatalogueService, query_statistics
from app.settings import Settings

TableRow = tuple[str, int]


@click.command(epilog="Exemple : actions stats --region bretagne --facet_size 10")
@click.option("--json", "as_json", is_flag=True, help="Rend le document de GET /stats sur la sortie standard.")
@parameter_options(STATISTICS_PARAMETERS)
def stats(*, as_json: bool, **given: OptionValue) -> None:
    """Compte les fiches, toutes ou celles que choisissent les filtres : années, facettes, paires, rubriques."""
    query = read_statistics_request(option_pairs(given))
    with CatalogueService.open(Settings()) as catalogue:
        catalogue.catch_up()
        tally = catalogue.statistics(query)
    if as_json:
        click.echo(json.dumps(query_statistics(query, tally), ensure_ascii=False))
        return
    echo_unknown_values(tally.unknown)
    if tally.suggestion:
        click.echo(printable(f"La recherche est comprise comme « {tally.suggestion} »."), err=True)
    _print(tally.statistics)


def _print(counted: Statistics) -> None:
    console = Console()
    facets = counted.facets
    totals = ", ".join(_several(facets[name].distinct, FACETS[name].caption.lower()) for name in STATISTICS_TOTALS)
    console.print(f"{_several(counted.total, 'fiche')} : {totals}.", highlight=False)
    tables = [
        _of_breakdown("Année d'entrée au catalogue", counted.years, counted),
        *(_of_breakdown(FACETS[name].caption, breakdown, counted) for name, breakdown in facets.items()),
        _table("Paires de mots clés", ((" + ".join(pair.labels), pair.number) for pair in counted.pairs), counted),
        _table("Rubriques renseignées", ((field.caption, counted.filled[field.key]) for field in FIELDS), counted),
    ]
    for table in tables:
        console.print()
        console.print(table)


def _several(number: int, what: str) -> str:
    return f"{number} {what}{'s' if number > 1 else ''}"


def _of_breakdown(title: str, breakdown: FacetBreakdown, counted: Statistics) -> Table:
    rows: list[TableRow] = [(count.label, count.number) for count in breakdown.counts]
    if without := counted.total - breakdown.records_with_value:
        rows.append(("(sans valeur)", without))
    if cut := breakdown.distinct - len(breakdown.counts):
        title = f"{title} ({cut} autres valeurs)"
    return _table(title, rows, counted)


def _table(title: str, rows: Iterable[TableRow], counted: Statistics) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("Valeur", overflow="fold")
    table.add_column("Fiches", justify="right")
    table.add_column("Part", justify="right")
    for label, number in rows:
        # What records say is text, never markup.
        table.add_row(Text(printable(label)), str(number), percentage(number, counted.total))
    return table
