"""What breaks for a client between two OpenAPI documents, by oasdiff and the promise of stability."""

import json
from pathlib import Path
from typing import Any

from tests.clients.tools import HERE, oasdiff

_INFO = 1  # the level of oasdiff for what breaks nothing

# What it warns of counts as breaking: a parameter or a key of a body that is gone is refused here (400, 422), and a
# pattern may take less. So does what it holds for harmless but docs/api.md promises to keep: names that generators make
# names of, statuses, headers, defaults, and whatever is deprecated until a new major version. That the version has not
# risen is not for it to say: additions need none.
_PROMISE = HERE / "differ" / "promise.txt"


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
    done = oasdiff("changelog", *files, "--format", "json", "--severity-levels", _PROMISE)
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout or "[]") or []
    return found


def _line(change: dict[str, Any]) -> str:
    return f"{change.get('operation', '')} {change.get('path', '')}: {change['text']} [{change['id']}]".strip()
