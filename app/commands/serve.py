"""`actions serve` and `actions openapi`: the service, served or described."""

import json
import pkgutil
import socket
from contextlib import suppress
from typing import Any

import click
import uvicorn

from app.catalogue.errors import CatalogueError, IndexUnavailable, system_error_message
from app.service import CatalogueService
from app.settings import Settings

# By its name: loading the web framework takes longer than most of the commands, which do without it.
_SERVICE = "app.main:create_app"
_MAX_STOP_SECONDS = 20  # seconds that answers on their way are waited for: an export may take its client all day
_MAX_START_SECONDS = (
    60  # seconds until a silent process is started anew; too few would never be enough on a slow machine
)
SERVER_OPTIONS: dict[str, Any] = {
    "timeout_worker_healthcheck": _MAX_START_SECONDS,
    "timeout_graceful_shutdown": _MAX_STOP_SECONDS,
    "http": "app.server.http_protocol:HttpProtocol",
    "log_config": None,
    "access_log": False,
    "ws": "none",
    "server_header": False,
    "proxy_headers": False,  # the application reads them, by ACTIONS_TRUSTED_PROXIES
}
"""Options of uvicorn, also for servers that tests start without this command."""


@click.command(epilog="Exemple : actions serve --port 8080 --workers 2")
@click.option("--host", default="127.0.0.1", show_default=True, help="Adresse d'écoute.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port d'écoute.")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Nombre de processus.")
def serve(host: str, port: int, workers: int) -> None:
    """Met la base à niveau, puis sert le catalogue ; n'importe rien."""
    # Without an index records can still be read; the service builds it as soon as it can.
    with CatalogueService.open(Settings()) as catalogue, suppress(IndexUnavailable):
        catalogue.repair_index()
    _must_be_free(host, port)
    with suppress(OSError):  # a full disk, if that is where it goes
        click.echo(f"Le catalogue est servi sur http://{host}:{port}", err=True)
    uvicorn.run(_SERVICE, factory=True, host=host, port=port, workers=workers, **SERVER_OPTIONS)


def _must_be_free(host: str, port: int) -> None:
    """Say so now when the address cannot be listened on: the server would only log it."""
    try:
        socket.create_server((host, port)).close()
    except OSError as error:
        raise CatalogueError(
            f"l'adresse {host}:{port} ne peut pas être écoutée : {system_error_message(error)}"
        ) from error


@click.command("openapi", epilog="Exemple : actions openapi > openapi.json")
def openapi() -> None:
    """Écrit la description OpenAPI de l'API."""
    create_app = pkgutil.resolve_name(_SERVICE)
    click.echo(json.dumps(create_app(Settings()).openapi(), ensure_ascii=False, indent=2))
