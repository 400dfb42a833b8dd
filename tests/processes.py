"""Runs the `actions` command as a process: a command to its end, or a server within a block."""

import os
import random
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from app.settings import Settings

ROOT = Path(__file__).parents[1]
ACTIONS = Path(sys.executable).with_name("actions")
_MAX_START_SECONDS = 60.0
WITHOUT_COVERAGE = {"COVERAGE_PROCESS_CONFIG": ""}
"""Environment of processes that are not measured for coverage: killed, loaded, or only set up for a test."""


def environment(data_dir: Path, **settings: str) -> dict[str, str]:
    """Return the environment of a process with that data directory and those settings.

    Other settings have their defaults, regardless of the environment and `.env` of the machine, except that there is no
    rate limit.
    """
    defaults = {f"ACTIONS_{name.upper()}": str(field.default) for name, field in Settings.model_fields.items()}
    unlimited = {"ACTIONS_RATE_LIMIT": "0", "ACTIONS_KEY_RATE_LIMIT": "0"}
    return {**os.environ, **defaults, "ACTIONS_DATA_DIR": str(data_dir), **unlimited, **settings}


def default_settings(data_dir: Path) -> Settings:
    """Return the default settings of a catalogue in `data_dir`, regardless of the environment and `.env`."""
    return Settings(**{**{name: field.default for name, field in Settings.model_fields.items()}, "data_dir": data_dir})


def run_actions(data_dir: Path, *arguments: str | Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run `actions` with `arguments` to its end."""
    return subprocess.run(
        [ACTIONS, *arguments],
        env=environment(data_dir, **settings),
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )


def free_port() -> int:
    """Return an unused port, below the range of ephemeral ports."""
    while True:
        port = random.randrange(10_000, 32_000)
        with suppress(OSError):
            socket.create_server(("127.0.0.1", port)).close()
            return port


@contextmanager
def running_server(
    data_dir: Path, *options: str, settings: Mapping[str, str] | None = None, log: Path | None = None
) -> Iterator[str]:
    """Run a server within the block, and yield its base URL once it is ready."""
    with server_process(data_dir, *options, settings=settings, log=log) as (base, _):
        yield base


@contextmanager
def server_process(
    data_dir: Path,
    *options: str,
    settings: Mapping[str, str] | None = None,
    log: Path | None = None,
    command: Sequence[str | Path] = (ACTIONS,),
    cwd: Path = ROOT,
) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """Run a server within the block, and yield its base URL and its process, which leads its own process group.

    It logs to `server.log` beside its data, or to `log`. `command` starts another `actions` than that of the checkout.
    """
    port = free_port()
    log_path = log or data_dir / "server.log"
    with log_path.open("ab") as log_file:
        process = subprocess.Popen(
            [*command, "serve", "--port", str(port), *options],
            env=environment(data_dir, **(settings or {})),
            cwd=cwd,
            stdout=log_file,
            stderr=log_file,
            start_new_session=True,
        )
    base = f"http://127.0.0.1:{port}"
    try:
        _wait_until_ready(base, process, log_path)
        yield base, process
    finally:
        process.terminate()
        process.wait(timeout=_MAX_START_SECONDS)


def _wait_until_ready(base: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + _MAX_START_SECONDS
    # An SSL context without certificates: loading them would take longer than the requests.
    transport = httpx.HTTPTransport(verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    with httpx.Client(base_url=base, transport=transport) as client:
        while time.monotonic() < deadline and process.poll() is None:
            try:
                if client.get("/health/ready").status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
    raise AssertionError(f"the server did not start:\n{log.read_text()}")
