"""The errors that this project raises on purpose, in the terms of the catalogue.

CatalogueError
├── NotFound                 no record, structure or page has that identifier
│   └── Gone                 the record has been deleted
├── InvalidRequest           a query is invalid; lists each parameter in error
│   ├── UnknownParameter
│   └── InvalidParameter
├── InvalidContent           a document is no action; lists each value in error
├── AccessDenied             the caller may not do this
│   ├── InvalidKey           no key, or an invalid one
│   └── InsufficientScope    the key lacks a scope
├── Conflict                 a write conflicts with the state of the catalogue
│   ├── AlreadyExists        a record has that title and structure
│   ├── StaleVersion         the record has changed since the caller read it
│   └── IdempotencyKeyReused the key came with another content before
├── ForeignCursor            a change cursor of another catalogue
├── UnreadableFile           a file cannot be imported at all
├── InvalidBackup            a backup cannot be written or restored
└── Unavailable              a part of the service cannot answer now
    ├── StoreUnavailable
    │   └── DamagedData      a stored value cannot be decoded
    │       └── DamagedRecord
    └── IndexUnavailable

They know nothing of HTTP: `app.http.problems` renders them as problem details. Messages are French: users read them.
"""

import errno
import socket
from dataclasses import dataclass

_REASONS = {
    errno.EACCES: "l'accès n'est pas permis.",
    socket.EAI_AGAIN: "ce nom de machine ne se laisse pas résoudre.",
    socket.EAI_NONAME: "ce nom de machine n'existe pas.",
    errno.EADDRINUSE: "elle est déjà prise.",
    errno.EADDRNOTAVAIL: "elle n'est pas de cette machine.",
    errno.EBUSY: "il est utilisé ailleurs.",
    errno.EDQUOT: "le quota du disque est atteint.",
    errno.EEXIST: "il existe déjà.",
    errno.EFBIG: "le fichier serait trop grand.",
    errno.EINVAL: "l'opération n'est pas permise sur ce fichier.",
    errno.EIO: "le disque ne se laisse pas lire ou écrire.",
    errno.EISDIR: "c'est un dossier, un fichier est attendu.",
    errno.ELOOP: "des liens symboliques tournent en rond.",
    errno.EMFILE: "trop de fichiers sont ouverts.",
    errno.ENAMETOOLONG: "le nom du fichier est trop long.",
    errno.ENFILE: "trop de fichiers sont ouverts.",
    errno.ENOENT: "le fichier ou son dossier n'existe pas.",
    errno.ENOMEM: "la mémoire manque.",
    errno.ENOSPC: "le disque est plein.",
    errno.ENOTDIR: "un dossier de ce chemin n'en est pas un.",
    errno.EPERM: "l'accès n'est pas permis.",
    errno.EROFS: "le disque est en lecture seule.",
}


def system_error_message(error: OSError | UnicodeError) -> str:
    """Return the French message of an error of the system or of an encoding."""
    if isinstance(error, UnicodeError):
        return "un nom ou un fichier de réglages n'est pas en UTF-8."
    return _REASONS.get(error.errno or 0, f"erreur système {error.errno}." if error.errno else "erreur système.")


class CatalogueError(Exception):
    """Base of all errors that this project raises on purpose; `str(error)` is a French sentence."""


class NotFound(CatalogueError):
    """Nothing has that identifier."""


class Gone(NotFound):
    """The record of that identifier has been deleted."""


@dataclass(frozen=True, slots=True)
class ParameterError:
    """The error of one parameter: a French sentence, and the allowed values where they can be listed."""

    parameter: str
    message: str
    allowed: tuple[str, ...] = ()


class InvalidRequest(CatalogueError):
    """A query is invalid; `errors` has one error for each parameter."""

    def __init__(self, *errors: ParameterError) -> None:
        super().__init__(" ".join(error.message for error in errors))
        self.errors = errors


class UnknownParameter(InvalidRequest):
    """The query has unknown parameters."""


class InvalidParameter(InvalidRequest):
    """Known parameters have invalid values."""


@dataclass(frozen=True, slots=True)
class ContentError:
    """The error of one value of a document: a French sentence, and the allowed values where they can be listed.

    `pointer` is a JSON pointer (RFC 6901); "" is the whole document.
    """

    pointer: str
    message: str
    allowed: tuple[str, ...] = ()


class InvalidContent(CatalogueError):
    """A document is no action; `errors` has one error for each value."""

    def __init__(self, *errors: ContentError) -> None:
        many = f" ({len(errors)} erreurs)" if len(errors) > 1 else ""
        super().__init__(f"Le contenu est refusé{many} : {errors[0].message}")
        self.errors = errors


class AccessDenied(CatalogueError):
    """The caller may not do this."""


class InvalidKey(AccessDenied):
    """No key was presented, or an invalid one (`presented`)."""

    def __init__(self, message: str, *, presented: bool) -> None:
        super().__init__(message)
        self.presented = presented


class InsufficientScope(AccessDenied):
    """The key is valid but lacks `scope`."""

    def __init__(self, message: str, scope: str) -> None:
        super().__init__(message)
        self.scope = scope


class Conflict(CatalogueError):
    """A write conflicts with the state of the catalogue."""


class AlreadyExists(Conflict):
    """The record `id` has that title and that structure."""

    def __init__(self, message: str, id: str) -> None:  # noqa: A002 - the name in the record
        super().__init__(message)
        self.id = id


class StaleVersion(Conflict):
    """The record has changed since the caller read it."""


class IdempotencyKeyReused(Conflict):
    """The idempotency key was used before, with another content."""


class ForeignCursor(CatalogueError):
    """A change cursor comes from another catalogue, or from this one before a restore."""


class UnreadableFile(CatalogueError):
    """A file that is missing, empty, a directory, or no export at all."""


class InvalidBackup(CatalogueError):
    """A backup cannot be written, or a file cannot replace the database."""


class Unavailable(CatalogueError):
    """A part of the service cannot answer now; a later attempt may succeed."""


class StoreUnavailable(Unavailable):
    """The database is locked, unreadable, or newer than this program."""


class DamagedData(StoreUnavailable):
    """A stored value cannot be decoded."""


class DamagedRecord(DamagedData):
    """A record has values that cannot be decoded; `id` is its identifier."""

    def __init__(self, message: str, id: str) -> None:  # noqa: A002 - the name in the record
        super().__init__(message)
        self.id = id


class IndexUnavailable(Unavailable):
    """The search index cannot be opened and has to be rebuilt."""
