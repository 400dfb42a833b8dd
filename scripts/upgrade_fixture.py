"""Makes the data of `tests/upgrade` with the program of one release, run in its checkout.

    scripts/upgrade_fixture.py DIRECTORY

writes into DIRECTORY a used data directory (`var.zip`) and what clients hold of it (`state.json`): a key, cursors,
entity tags, identifiers. It only uses the HTTP API and the `actions` command, so that it runs with any release.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

_COMMAND = [sys.executable, "-c", "from app.cli import main; main()"]
_DOCUMENT = {
    "titre": "Un jardin sur le toit",
    "structure": {"nom": "Centre social des Tilleuls", "departement": "59"},
    "resume": "Des habitants cultivent le toit du centre.",
}
_PAGE = {"sort": "titre", "per_page": "5", "fields": "id,titre"}
_START_TIMEOUT = 60.0  # seconds


def _environment(data_dir: Path) -> dict[str, str]:
    return {
        **os.environ,
        "ACTIONS_DATA_DIR": str(data_dir),
        "ACTIONS_PUBLIC_URL": "https://actions.example",
        "ACTIONS_RATE_LIMIT": "0",
        "ACTIONS_LOG_LEVEL": "WARNING",
        "PYTHONPATH": str(Path.cwd()),
    }


def _run(data_dir: Path, *arguments: str) -> str:
    done = subprocess.run(
        [*_COMMAND, *arguments], env=_environment(data_dir), capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@contextmanager
def _serve(data_dir: Path, key: str) -> Iterator[httpx.Client]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    process = subprocess.Popen([*_COMMAND, "serve", "--port", str(port)], env=_environment(data_dir))
    headers = {"Authorization": f"Bearer {key}"}
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60) as client:
            _wait_until_ready(client)
            yield client
    finally:
        process.terminate()
        process.wait()


def _wait_until_ready(client: httpx.Client) -> None:
    deadline = time.monotonic() + _START_TIMEOUT
    while time.monotonic() < deadline:
        try:
            if client.get("/health/ready").status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise SystemExit("the server did not start")


def _use(client: httpx.Client) -> dict[str, Any]:
    """Create, change and delete actions; return what the client then knows."""
    created = client.post("/actions", json=_DOCUMENT, headers={"Idempotency-Key": "toit-1"}).raise_for_status()
    path = f"/actions/{created.json()['id']}"
    resume = {"resume": "Des habitants cultivent le toit du centre social."}
    client.patch(path, json=resume, headers={"If-Match": created.headers["etag"]}).raise_for_status()
    deleted = client.post("/actions", json={**_DOCUMENT, "titre": "Un café des parents"}).raise_for_status()
    deleted_path = f"/actions/{deleted.json()['id']}"
    client.delete(deleted_path, headers={"If-Match": deleted.headers["etag"]}).raise_for_status()

    whole = client.get("/actions", params={**_PAGE, "per_page": "100"}).raise_for_status()
    page = client.get("/actions", params=_PAGE).raise_for_status()
    changes = client.get("/changes", params={"limit": "10"}).raise_for_status()
    rest = client.get("/changes", params={"since": changes.json()["cursor"]}).raise_for_status()
    record = client.get(path).raise_for_status()
    return {
        "document": _DOCUMENT,
        "idempotency_key": "toit-1",
        "deleted": deleted.json()["id"],
        "ids": [item["id"] for item in whole.json()["items"]],
        "page": page.json(),
        "page_etag": page.headers["etag"],
        "changes_cursor": changes.json()["cursor"],
        "later_changes": [{"kind": item["kind"], "id": item["id"]} for item in rest.json()["items"]],
        "record": record.json(),
        "record_etag": record.headers["etag"],
        "history": client.get(f"{path}/history").raise_for_status().json(),
    }


def main() -> None:
    """Write the data of the program in the working directory."""
    target = Path(sys.argv[1]).resolve()
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as directory:
        data_dir = Path(directory) / "var"
        _run(data_dir, "import", "data/actions.txt")
        key = _run(data_dir, "keys", "create", "--name", "Ville de Lille", "--scope", "ecriture")
        with _serve(data_dir, key) as client:
            state = {"key": key, **_use(client)}
        shutil.make_archive(str(target / "var"), "zip", directory, "var")
    (target / "state.json").write_text(json.dumps(state, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
