"""Runs the service and the `actions` command in the process of the tests, where no process is the subject of a test.

A server has a thread and a real socket; it starts in a twentieth of a second, a process takes one to two. It logs
warnings only, to the standard error of the tests. Tests of signals, crashes, pipes, log files and several processes use
the functions of the same names in `tests.processes`.
"""

import logging
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import structlog
import uvicorn
from click.testing import CliRunner

from app import cli
from app.catalogue.errors import IndexUnavailable
from app.commands.serve import SERVER_OPTIONS
from app.main import create_app
from app.service import CatalogueService
from app.settings import Settings
from tests.processes import environment

_MAX_STOP_SECONDS = 30
_one_command = threading.Lock()


def run_actions(data_dir: Path, *arguments: str | Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run `actions` with `arguments` to its end; one command at a time, since standard output is replaced."""
    code: object = 0
    variables = environment(data_dir, **settings)
    with _one_command, _logging_restored(), CliRunner().isolation(env=variables) as (stdout, stderr, _):
        arguments_of_process, sys.argv = sys.argv, ["actions", *map(str, arguments)]
        try:
            cli.main()
        except SystemExit as ending:
            code = ending.code or 0
        finally:
            sys.argv = arguments_of_process
            sys.stdout.flush()
            sys.stderr.flush()
        assert isinstance(code, int), code
        return subprocess.CompletedProcess(sys.argv, code, _text(stdout.getvalue()), _text(stderr.getvalue()))


@contextmanager
def running_server(data_dir: Path, *, settings: Mapping[str, str] | None = None) -> Iterator[str]:
    """Serve the catalogue in `data_dir` from a thread, as `actions serve` does; yield its address."""
    chosen = settings_from(environment(data_dir, **{"ACTIONS_LOG_LEVEL": "WARNING", **(settings or {})}))
    with CatalogueService.open(chosen) as catalogue, suppress(IndexUnavailable):
        catalogue.repair_index()
    with _logging_restored():
        app = create_app(chosen)
        app.middleware_stack = app.build_middleware_stack()  # reads the level of the log
    with server_thread(uvicorn.Config(app, port=0, **SERVER_OPTIONS)) as server:
        yield base_of(server)


def settings_from(variables: Mapping[str, str]) -> Settings:
    """Return the settings that environment `variables` give, without those of this process."""
    return Settings(**{name: variables[f"ACTIONS_{name.upper()}"] for name in Settings.model_fields})


@contextmanager
def server_thread(config: uvicorn.Config) -> Iterator[uvicorn.Server]:
    """Run a server in a thread until the block ends."""
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.005)
        yield server
    finally:
        server.should_exit = True
        thread.join(timeout=_MAX_STOP_SECONDS)
        assert not thread.is_alive()


def base_of(server: uvicorn.Server) -> str:
    """Return the address of a running server."""
    return f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"


def create_key_secret(data_dir: Path, name: str = "Mairie de Lille", scope: str | None = "ecriture") -> str:
    """Return the secret of a new key of the catalogue in `data_dir`."""
    done = run_actions(data_dir, "keys", "create", "--name", name, *(["--scope", scope] if scope else []))
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@contextmanager
def _logging_restored() -> Iterator[None]:
    """Undo `configure_logs` at the end: pytest has handlers of its own."""
    root, configuration = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers[:], root.level
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.configure(**configuration)


def _text(output: bytes) -> str:
    """Return `output` as `subprocess` gives it: each line ends with a line feed."""
    return output.decode().replace("\r\n", "\n").replace("\r", "\n")
