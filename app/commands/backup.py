"""`actions backup` and `actions restore`."""

from pathlib import Path

import click

from app.commands.terminal import echo
from app.service import CatalogueService
from app.settings import Settings
from app.store.backup import back_up, restore_database


@click.command(epilog="Exemple : actions backup sauvegarde.db")
@click.argument("target", metavar="FICHIER", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Remplace le fichier s'il existe déjà.")
def backup(target: Path, *, force: bool) -> None:
    """Sauvegarde le catalogue dans un fichier, pendant qu'il est servi et modifié."""
    records = back_up(Settings().store_url, target, replace=force)
    echo(f"{records} fiches sauvegardées dans « {target} ».")


@click.command(epilog="Exemple : actions restore sauvegarde.db")
@click.argument("source", metavar="FICHIER", type=click.Path(path_type=Path))
def restore(source: Path) -> None:
    """Remet le catalogue dans l'état d'une sauvegarde, même pendant qu'il est servi ; garde ce qu'elle remplace."""
    settings = Settings()
    restored = restore_database(settings.store_url, source)
    if restored.replaced:
        echo(f"La base remplacée est gardée dans « {restored.replaced} ».")
    echo(f"{restored.records} fiches restaurées de « {source} ».")
    with CatalogueService.open(settings) as catalogue:
        catalogue.catch_up()
    echo("Les clés sont celles de la sauvegarde : révoquer de nouveau celles qui l'ont été depuis.")
