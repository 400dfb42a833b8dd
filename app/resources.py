"""Paths of the files that the program reads beside its code: `data/` and `migrations/`."""

from pathlib import Path

_PACKAGE = Path(__file__).parent


def resource_path(name: str) -> Path:
    """Return the path of `name`, such as `data/thesaurus.txt`: in the installed package, or beside it in a checkout."""
    packaged = _PACKAGE / name
    return packaged if packaged.exists() else _PACKAGE.parent / name
