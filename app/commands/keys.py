"""The `actions keys` commands: create, list and revoke API keys."""

from datetime import datetime

import click

from app.catalogue.api_keys import ApiKey, Scope
from app.commands.terminal import echo
from app.file_permissions import make_output_private
from app.service import CatalogueService, create_key, list_keys, revoke_key
from app.settings import Settings

_NEVER = "jamais"


@click.group(
    "keys",
    subcommand_metavar="COMMANDE …",
    epilog='Exemple : actions keys create --name "Mairie de Lille" --scope ecriture',
)
def keys() -> None:
    """Les clés de qui écrit par l'API : en créer, les lister, en révoquer."""


@keys.command(epilog='Exemple : actions keys create --name "Mairie de Lille" --scope ecriture')
@click.option(
    "--name", required=True, metavar="NOM", help="À qui est la clé ; l'historique des fiches le montre à tous."
)
@click.option(
    "--scope", "scopes", multiple=True, type=click.Choice([scope.value for scope in Scope]), help="Ce qu'elle permet."
)
def create(name: str, scopes: tuple[str, ...]) -> None:
    """Crée une clé et l'écrit sur la sortie standard ; elle ne sera plus jamais montrée."""
    with CatalogueService.open(Settings()) as service:
        key, secret = create_key(service.store, name, frozenset(map(Scope, scopes)))
    make_output_private()
    echo(f"Clé {key.id} de « {key.name} », à garder : elle ne sera plus montrée.", err=True)
    echo(secret)


@keys.command("list", epilog="Exemple : actions keys list")
def list_() -> None:
    """Liste les clés : identifiant, nom, portée, création, dernière utilisation, révocation."""
    with CatalogueService.open(Settings()) as service:
        listed = list_keys(service.store)
    for key in listed:
        echo(_line(key))
    if not listed:
        echo("Aucune clé.", err=True)


@keys.command(epilog="Exemple : actions keys revoke 1a2b3c4d")
@click.argument("identifier", metavar="ID")
def revoke(identifier: str) -> None:
    """Révoque une clé : elle ne vaut plus rien dès la demande suivante."""
    with CatalogueService.open(Settings()) as service:
        key = revoke_key(service.store, identifier)
    echo(f"La clé {key.id} de « {key.name} » est révoquée.")


def _line(key: ApiKey) -> str:
    parts = [
        key.id,
        key.name,
        ", ".join(sorted(key.scopes)) or "lecture seule",
        f"créée {_format_time(key.created_at)}",
        f"utilisée {_format_time(key.used_at)}",
        *([f"révoquée {_format_time(key.revoked_at)}"] if key.revoked_at else []),
    ]
    return " · ".join(parts)


def _format_time(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%d %H:%M UTC") if moment else _NEVER
