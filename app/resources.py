"""The files of the program: paths of `data/` and `migrations/`, and one digest of all that answers are made with."""

from functools import cache
from hashlib import sha256
from pathlib import Path

_PACKAGE = Path(__file__).parent


def resource_path(name: str) -> Path:
    """Return the path of `name`, such as `data/thesaurus.txt`: in the installed package, or beside it in a checkout."""
    packaged = _PACKAGE / name
    return packaged if packaged.exists() else _PACKAGE.parent / name


@cache
def program_digest() -> str:
    """Return a digest of the package's files and of `data/`; it changes whenever the code does.

    Entity tags hold it, so that no answer of other code is taken for current. It is computed once in a process, when
    the service starts: files that are replaced afterwards are not the code that runs.
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
