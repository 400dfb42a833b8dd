"""What breaks for a client between two OpenAPI documents, by oasdiff."""

import json
from pathlib import Path
from typing import Any

from tests.clients.tools import oasdiff

# Levels of oasdiff; it only warns of what may pass unnoticed at first, and our promise makes no such difference.
_INFO = 1
_SETTLED = "api-version-not-bumped"


def breaking(old: dict[str, Any], new: dict[str, Any], directory: Path) -> list[str]:
    """Return what breaks for a client of `old` that is given `new`, a line each."""
    return [_line(change) for change in _changes(old, new, directory) if change["level"] > _INFO]


def harmless(old: dict[str, Any], new: dict[str, Any], directory: Path) -> list[str]:
    """Return what else a client of `old` may notice of `new`, a line each."""
    return [_line(change) for change in _changes(old, new, directory) if change["level"] == _INFO]


def _changes(old: dict[str, Any], new: dict[str, Any], directory: Path) -> list[dict[str, Any]]:
    files = [directory / "old.json", directory / "new.json"]
    for file, document in zip(files, (old, new), strict=True):
        file.write_text(json.dumps(document), encoding="utf-8")
    done = oasdiff("changelog", *files, "--format", "json")
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout or "[]") or []
    return [change for change in found if change["id"] != _SETTLED]


def _line(change: dict[str, Any]) -> str:
    return f"{change.get('operation', '')} {change.get('path', '')}: {change['text']} [{change['id']}]".strip()
