"""`actions export`: the files that the service offers, and the export's own format."""

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
from app.service import EXPORT_FORMATS, CatalogueService, ExportOptions, get_publication, render_feed
from app.settings import Settings

_FEED = "atom"
_NAMES = [*EXPORT_FORMATS, _FEED]

# The filters of GET /actions, and the parameters of every format.
_EXPORTED = {
    **QUERY_PARAMETERS,
    **{name: known for format_ in _NAMES for name, known in EXPORT_PARAMETERS[format_].items()},
}


@click.command(epilog="Exemple : actions export --format csv --departement Nord --output nord.csv")
@click.option("--format", "name", type=click.Choice(_NAMES), default="texte", help="Format de sortie.")
@click.option("--output", type=click.Path(path_type=Path), help="Fichier à écrire ; sinon la sortie standard.")
@parameter_options(_EXPORTED)
def export(name: str, output: Path | None, **given: OptionValue) -> None:
    """Exporte les fiches, toutes ou celles que choisissent les filtres de GET /actions.

    Un CSV commence, si --bom n'en décide pas, par la marque qu'attendent les tableurs quand --output nomme un fichier,
    et sans elle sur la sortie standard. Les adresses d'un flux Atom sont celles que dit ACTIONS_PUBLIC_URL.
    """
    pairs = [(option, value) for option, value in option_pairs(given) if value.strip()]
    asked = read_export_request(pairs, name)
    if asked.bom is None:
        asked = replace(asked, bom=output is not None)
    settings = Settings()
    if name == _FEED and not settings.public_url:
        raise CatalogueError(
            "un flux Atom dit l'adresse de chaque fiche : donner celle du catalogue, ACTIONS_PUBLIC_URL."
        )
    with CatalogueService.open(settings) as catalogue:
        if name == _FEED or asked.query != EXPORT_ALL_QUERY:
            catalogue.catch_up()
            echo_unknown_values(catalogue.unknown_values(asked.query))
        with _output(output) as stream:
            for piece in _pieces(catalogue, name, asked, pairs, settings):
                stream.write(piece)


def _pieces(
    catalogue: CatalogueService, name: str, asked: ExportRequest, pairs: Sequence[tuple[str, str]], settings: Settings
) -> Iterable[bytes]:
    if name == _FEED:
        return [render_feed(catalogue, asked.query, pairs, get_publication(catalogue, settings, settings.public_url))]
    query = None if asked.query == EXPORT_ALL_QUERY else asked.query
    return EXPORT_FORMATS[name].write(catalogue.iter_records(query), ExportOptions(asked.keys, bom=bool(asked.bom)))


@contextmanager
def _output(path: Path | None) -> Iterator[IO[bytes]]:
    """Open standard output, or the file at `path`."""
    if path:
        with path.open("wb") as stream:
            yield stream
    elif sys.stdout:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    else:  # as Python has it when it was started with that closed
        raise CatalogueError("la sortie standard est fermée.")
