"""The `actions` command line: import, reindex, check, the commands of `app.commands`, and error handling."""

import os
import shlex
import sys
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import click
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from app import __version__
from app.catalogue.errors import CatalogueError, InvalidRequest, system_error_message
from app.commands.backup import backup, restore
from app.commands.export import export
from app.commands.french_click import translate_click
from app.commands.keys import keys
from app.commands.serve import openapi, serve
from app.commands.stats import stats
from app.commands.terminal import echo, echo_json, printable
from app.file_permissions import make_new_files_private
from app.logs import configure_logs
from app.service import CatalogueService, ImportReport, ZeroResultLog, check, files_open_to_others, import_files
from app.settings import Settings

EXIT_OK, EXIT_PROBLEMS, EXIT_ERROR = 0, 1, 2
EXIT_SIGPIPE = 141
"""The exit code of a process ended by SIGPIPE, when the reader of its output has closed the pipe."""


_REPAIR_ADVICE = (
    "Que faire : restaurer une sauvegarde (« actions restore ») ; à défaut, GET /actions/{id}/history donne les "
    "versions antérieures d'une fiche. Le reste du catalogue continue d'être servi."
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, subcommand_metavar="COMMANDE …")
@click.version_option(
    __version__, prog_name="actions", message="%(prog)s, version %(version)s", help="Montre la version."
)
def actions() -> None:
    """Le catalogue des actions des centres sociaux : importer, exporter, servir, vérifier."""
    configure_logs(Settings().log_level)


for command in (export, backup, restore, keys, stats, serve, openapi):
    actions.add_command(command)


@actions.command("import", epilog="Exemple : actions import data/actions.txt --dry-run")
@click.argument("files", metavar="FICHIER…", nargs=-1, required=True, type=click.Path(path_type=Path, readable=False))
@click.option("--dry-run", is_flag=True, help="Dit ce qui serait fait, sans rien écrire.")
@click.option("--json", "as_json", is_flag=True, help="Rend le compte rendu en JSON sur la sortie standard.")
@click.option("--strict", is_flag=True, help="N'écrit rien si un seul rejet ou avertissement est à signaler.")
@click.option("--if-empty", is_flag=True, help="N'importe que si le catalogue est vide.")
def import_(files: tuple[Path, ...], *, dry_run: bool, as_json: bool, strict: bool, if_empty: bool) -> None:
    """Importe des fiches : exports en texte, ou lignes JSON telles que « export » les écrit."""
    with CatalogueService.open(Settings()) as service:
        if if_empty and service.count():
            echo("Le catalogue n'est pas vide : rien n'est importé.", err=True)
            files = ()
        with _progress(TextColumn("Import"), DownloadColumn()) as bar:
            task = bar.add_task("", total=sum(map(_size, files)))
            report = import_files(
                service.store,
                files,
                dry_run=dry_run,
                strict=strict,
                progress=lambda done: bar.update(task, completed=done),
            )
        if not dry_run:
            service.catch_up()
    if files or as_json:
        _print_report(report, as_json=as_json)
    if report.refused:
        echo("Rien n'a été écrit (--strict).", err=True)
    if report.unreadable and not report.read:
        sys.exit(EXIT_ERROR)
    sys.exit(EXIT_PROBLEMS if report.errors.listed or report.refused else EXIT_OK)


@actions.command(epilog="Exemple : actions reindex")
def reindex() -> None:
    """Reconstruit l'index à côté de celui qui sert, puis prend sa place ; le service continue."""
    with CatalogueService.open(Settings()) as service:
        with _progress(TextColumn("Indexation"), MofNCompleteColumn()) as bar:
            task = bar.add_task("", total=service.count())
            service.reindex(lambda done: bar.update(task, completed=done))
        echo(f"{service.health().index_records} fiches indexées.")


@actions.command("check", epilog="Exemple : actions check --recherches")
@click.option("--recherches", "searches", is_flag=True, help="Donne seulement les recherches sans résultat.")
def check_(*, searches: bool) -> None:
    """Compare le magasin et l'index, cherche lignes orphelines, bizarreries et lignes fautives du thésaurus."""
    if searches:
        _print_zero_result_searches(ZeroResultLog(Settings().zero_result_file))
        return
    with CatalogueService.open(Settings()) as service:
        report = check(service)
    for title, sentences in (
        ("Base endommagée", report.integrity_errors),
        ("Donnée endommagée", report.data_faults),
        ("Différences", report.differences),
        ("Lignes orphelines", report.orphaned_rows),
        ("Vocabulaire", report.similar_values),
        ("Thésaurus", report.invalid_lines),
    ):
        for sentence in sentences:
            echo(f"{title} : {sentence}")
    if report.integrity_errors or report.data_faults:
        echo(_REPAIR_ADVICE)
    _warn_of_accessible_files(Settings())
    echo(f"{report.records} fiches vérifiées : {'rien à réparer' if report.sound else 'à réparer'}.")
    sys.exit(EXIT_OK if report.sound else EXIT_PROBLEMS)


def _warn_of_accessible_files(settings: Settings) -> None:
    """Warn of files that older versions left open to other accounts; the data is sound, so the exit code stays."""
    if paths := files_open_to_others(settings):
        command = shlex.join(["chmod", "-R", "go-rwx", *map(str, paths)])
        echo(f"Droits : d'autres comptes ont accès à des fichiers du catalogue ; corriger : {command}")


def _print_zero_result_searches(log: ZeroResultLog) -> None:
    searches = log.most_frequent()
    echo("Recherches sans résultat, les plus fréquentes d'abord :" if searches else "Aucune recherche sans résultat.")
    for text, count in searches:
        echo(f"{count:>6} × « {printable(text)} »")


def _progress(*columns: ProgressColumn) -> Progress:
    """Return a progress bar on standard error, shown only when that is a terminal."""
    terminal = Console(stderr=True)
    return Progress(*columns, BarColumn(), TimeRemainingColumn(), console=terminal, disable=not terminal.is_terminal)


def _print_report(report: ImportReport, *, as_json: bool) -> None:
    for kind, notices in (("erreur", report.errors), ("avertissement", report.warnings)):
        for notice in notices.all():
            location = [notice.file, f"ligne {notice.line}" if notice.line else "", notice.field or ""]
            echo(f"{kind} : {', '.join(filter(None, location))} : {notice.message}", err=True)
    if as_json:
        echo_json(report.as_dict())
        return
    echo(
        f"{report.read} fiches lues : {report.created} créées, {report.updated} modifiées, "
        f"{report.unchanged} inchangées, {report.duplicates} en double, {report.rejected} rejetées."
    )


def main() -> None:
    """Run the command line; an error is one French sentence on standard error and an exit code."""
    make_new_files_private()
    translate_click()
    stdout = sys.stdout
    try:
        _run()
    except BrokenPipeError:
        _exit_sigpipe()
    except SystemExit as ending:
        # On a broken pipe click and rich exit with 1, which means rejected records here; click also replaces
        # standard output.
        if sys.stdout is not stdout or isinstance(ending.__context__, BrokenPipeError):
            _exit_sigpipe()
        raise


def _exit_sigpipe() -> NoReturn:
    """Exit without a message: the reader of the output may stop early, like `head`."""
    if sys.stdout:
        # Buffered output must not raise again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(EXIT_SIGPIPE)


def _run() -> None:
    try:
        actions.main(standalone_mode=False)
    except click.exceptions.Exit as error:
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(EXIT_ERROR)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
    except click.ClickException as error:
        _fail(_usage_message(error))
    except InvalidRequest as error:
        _fail(" ".join(f"--{wrong.parameter} : {wrong.message}" for wrong in error.errors))
    except CatalogueError as error:
        _fail(str(error))
    except ValidationError as error:
        wrong = error.errors()[0]
        _fail(f"réglage ACTIONS_{str(wrong['loc'][0]).upper()} refusé : {_setting_message(wrong)}.")
    except (OSError, UnicodeError) as error:
        name = getattr(error, "filename", None)
        _fail(f"« {name} » : {system_error_message(error)}" if name else system_error_message(error))


def _size(path: Path) -> int:
    """Return the size of a file in bytes for the progress bar, 0 when unknown."""
    try:
        return path.stat().st_size if path.is_file() else 0
    except OSError:
        return 0


def _fail(message: str) -> None:
    with suppress(OSError):
        echo(f"actions : {message}", err=True)
    sys.exit(EXIT_ERROR)


def _usage_message(error: click.ClickException) -> str:
    """Return the French message for a usage error."""
    match error:
        case click.NoSuchOption():
            return f"option inconnue : {error.option_name} (voir --help)."
        case click.NoSuchCommand():
            return f"commande inconnue : {error.command_name} (voir --help)."
        case click.MissingParameter():
            return f"il manque {_parameter_name(error.param)} (voir --help)."
        case click.BadParameter():
            return f"valeur refusée pour {_parameter_name(error.param)} (voir --help)."
        case _:
            return f"la commande n'est pas comprise : {error.format_message()}"


_SETTING_MESSAGES = {
    "int_parsing": "un nombre entier est attendu",
    "float_parsing": "un nombre est attendu",
    "finite_number": "un nombre est attendu",
    "greater_than": "un nombre supérieur à {gt} est attendu",
    "greater_than_equal": "un nombre d'au moins {ge} est attendu",
    "string_too_short": "une valeur non vide est attendue",
}


def _setting_message(wrong: ErrorDetails) -> str:
    """Return the French reason for which a setting is refused."""
    context = wrong.get("ctx", {})
    if "error" in context:
        return str(context["error"])
    return _SETTING_MESSAGES.get(wrong["type"], "la valeur n'est pas acceptée").format_map(context)


def _parameter_name(parameter: click.Parameter | None) -> str:
    if isinstance(parameter, click.Option):
        return parameter.opts[0]
    return parameter.human_readable_name if parameter else "un paramètre"
