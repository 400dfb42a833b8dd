"""The files of the program: paths of `data/` and `migrations/`, and a digest of code and data for entity tags."""

from functools import cache
from hashlib import sha256
from pathlib import Path

_PACKAGE = Path(__file__).parent


def resource_path(name: str) -> Path:
    """Return the path of `name`, such as `data/thesaurus.txt`: inside the package, or beside it in a checkout."""
    packaged = _PACKAGE / name
    return packaged if packaged.exists() else _PACKAGE.parent / name


@cache
def program_digest() -> str:
    """Return a digest of the package's files and of `data/`; it changes whenever the code does.

    Entity tags contain it, so that a response of another version of the program never validates. It is computed once
    per process, at start-up: the running code does not change when its files are replaced.
    """
    return files_digest(_PACKAGE, resource_path("data"))


def files_digest(*directories: Path) -> str:
    """Return the SHA-256 of the names and contents of all files in `directories`, in hexadecimal, bytecode aside."""
    files = {
        path.relative_to(directory.parent).as_posix(): path
        for directory in directories
        for path in directory.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    digest = sha256()
    for name, path in sorted(files.items()):
        digest.update(f"{name}\0{sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()
