"""`actions serve` and `actions openapi`: run the service, or print its OpenAPI document."""

import pkgutil
import socket
from contextlib import suppress
from typing import Any

import click
import uvicorn

from app.catalogue.errors import CatalogueError, IndexUnavailable, system_error_message
from app.commands.terminal import echo, echo_json
from app.service import CatalogueService
from app.settings import Settings

# Resolved on use: importing the web framework takes longer than most commands, which do not need it.
_APP_FACTORY = "app.main:create_app"
_MAX_STOP_SECONDS = 20  # for responses in progress: a slow client may take hours for an export
_MAX_START_SECONDS = 60  # before an unresponsive worker is restarted; ample, for slow machines
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
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADRESSE", help="Adresse d'écoute.")
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(1, 65535), metavar="NOMBRE", help="Port d'écoute."
)
@click.option(
    "--workers", default=1, show_default=True, type=click.IntRange(1, 64), metavar="NOMBRE", help="Nombre de processus."
)
def serve(host: str, port: int, workers: int) -> None:
    """Met la base à niveau, puis sert le catalogue ; n'importe rien."""
    # Serve without an index if it cannot be built now: records can be read, and index maintenance tries again.
    with CatalogueService.open(Settings()) as service, suppress(IndexUnavailable):
        service.repair_index()
    _require_free_address(host, port)
    with suppress(OSError):  # standard error may be a file on a full disk
        echo(f"Le catalogue est servi sur http://{host}:{port}", err=True)
    uvicorn.run(_APP_FACTORY, factory=True, host=host, port=port, workers=workers, **SERVER_OPTIONS)


def _require_free_address(host: str, port: int) -> None:
    """Raise CatalogueError when the address is in use or invalid: the server would only log that."""
    try:
        socket.create_server((host, port)).close()
    except OSError as error:
        raise CatalogueError(
            f"l'adresse {host}:{port} ne peut pas être écoutée : {system_error_message(error)}"
        ) from error


@click.command("openapi", epilog="Exemple : actions openapi > openapi.json")
def openapi() -> None:
    """Écrit la description OpenAPI de l'API."""
    create_app = pkgutil.resolve_name(_APP_FACTORY)
    echo_json(create_app(Settings()).openapi(), indent=2)
