"""`actions export`: records in any export format, or the Atom feed."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO

import click

from app.catalogue.errors import CatalogueError
from app.catalogue.parameters import QUERY_PARAMETERS
from app.catalogue.request import EXPORT_ALL_QUERY, EXPORT_PARAMETERS, ExportRequest, read_export_request
from app.commands.filters import OptionValue, echo_unknown_values, option_pairs, parameter_options
from app.commands.terminal import TerminalText
from app.file_permissions import user_umask
from app.service import EXPORT_FORMATS, CatalogueService, ExportOptions, get_publication, render_feed
from app.settings import Settings

_FEED = "atom"
_WORKBOOK = "xlsx"
_FORMAT_NAMES = [*EXPORT_FORMATS, _FEED]

# The filters of GET /actions, and the parameters of every format.
_PARAMETERS = {
    **QUERY_PARAMETERS,
    **{name: parameter for format_ in _FORMAT_NAMES for name, parameter in EXPORT_PARAMETERS[format_].items()},
}


@click.command(epilog="Exemple : actions export --format csv --departement Nord --output nord.csv")
@click.option("--format", "name", type=click.Choice(_FORMAT_NAMES), default="texte", help="Format de sortie.")
@click.option(
    "--output", metavar="FICHIER", type=click.Path(path_type=Path), help="Fichier à écrire ; sinon la sortie standard."
)
@parameter_options(_PARAMETERS)
def export(name: str, output: Path | None, **options: OptionValue) -> None:
    """Exporte les fiches, toutes ou celles que choisissent les filtres de GET /actions.

    Un CSV commence, si --bom n'en décide pas, par la marque qu'attendent les tableurs quand --output nomme un fichier,
    et sans elle sur la sortie standard. Les adresses d'un flux Atom sont celles que dit ACTIONS_PUBLIC_URL.
    """
    pairs = [(option, value) for option, value in option_pairs(options) if value.strip()]
    request = read_export_request(pairs, name)
    if request.bom is None:
        request = replace(request, bom=output is not None)
    settings = Settings()
    if name == _FEED and not settings.public_url:
        raise CatalogueError(
            "un flux Atom dit l'adresse de chaque fiche : donner celle du catalogue, ACTIONS_PUBLIC_URL."
        )
    with CatalogueService.open(settings) as service:
        if name == _FEED or request.query != EXPORT_ALL_QUERY:
            service.catch_up()
            echo_unknown_values(service.unknown_values(request.query))
        with _output(output, name) as stream:
            for chunk in _chunks(service, name, request, pairs, settings):
                stream.write(chunk)
        damaged = service.damaged_records()
    if damaged:
        click.echo(
            f"actions : export incomplet : {damaged} enregistrement(s) endommagé(s) ; « actions check » les nomme.",
            err=True,
        )
        sys.exit(1)


def _chunks(
    service: CatalogueService, name: str, request: ExportRequest, pairs: Sequence[tuple[str, str]], settings: Settings
) -> Iterable[bytes]:
    if name == _FEED:
        return [render_feed(service, request.query, pairs, get_publication(service, settings, settings.public_url))]
    query = None if request.query == EXPORT_ALL_QUERY else request.query
    return EXPORT_FORMATS[name].write(service.iter_records(query), ExportOptions(request.keys, bom=bool(request.bom)))


@contextmanager
def _output(path: Path | None, name: str) -> Iterator[IO[bytes] | TerminalText]:
    """Open standard output, or the file at `path`."""
    if path:
        with user_umask():  # the catalogue is public
            stream = path.open("wb")
        with stream:
            yield stream
    elif sys.stdout and sys.stdout.isatty():
        if name == _WORKBOOK:
            raise CatalogueError("un classeur ne s'affiche pas dans un terminal : donner --output.")
        yield TerminalText(sys.stdout.buffer)
        sys.stdout.buffer.flush()
    elif sys.stdout:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    else:  # Python sets it to None when it was started with a closed standard output
        raise CatalogueError("la sortie standard est fermée.")
