"""What can go wrong, in the catalogue's own terms.

CatalogueError
├── NotFound                 no record, structure or page of that name
│   └── Gone                 a record that was there and has been deleted
├── InvalidRequest           a question that cannot be understood; names each parameter at fault
│   ├── UnknownParameter
│   └── InvalidParameter
├── InvalidContent           something to be written that is no action; names each value at fault
├── Refused                  someone who may not do what they ask for
│   ├── InvalidKey        they did not show a key that holds
│   └── InsufficientScope         their key does not go so far
├── Clash                    a write that the catalogue, as it is now, does not take
│   ├── AlreadyExists         there is a record with that title and structure
│   ├── StaleVersion             the record is not the one that the writer has seen
│   └── IdempotencyKeyReused            a creation of that name asked for something else
├── ForeignCursor           a place in the log of a catalogue that is not this one
├── UnreadableFile           a file that cannot be imported at all
├── InvalidBackup            a backup that cannot be written, or not be put back
└── Unavailable              a part that cannot answer now
    ├── StoreUnavailable
    └── IndexUnavailable

None of them knows HTTP; `app.http.problems` turns them into problem details. Messages are French: users read them.
"""

import errno
from dataclasses import dataclass

_REASONS = {
    errno.EACCES: "l'accès n'est pas permis.",
    errno.EADDRINUSE: "elle est déjà prise.",
    errno.EADDRNOTAVAIL: "elle n'est pas de cette machine.",
    errno.EISDIR: "c'est un dossier, un fichier est attendu.",
    errno.ENAMETOOLONG: "le nom du fichier est trop long.",
    errno.ENOENT: "le fichier ou son dossier n'existe pas.",
    errno.ENOSPC: "le disque est plein.",
    errno.ENOTDIR: "un dossier de ce chemin n'en est pas un.",
    errno.EPERM: "l'accès n'est pas permis.",
    errno.EROFS: "le disque est en lecture seule.",
}


def system_error_message(error: OSError | UnicodeError) -> str:
    """Say in French why the system, or an encoding, refused."""
    if isinstance(error, UnicodeError):
        return "un nom ou un fichier de réglages n'est pas en UTF-8."
    return _REASONS.get(error.errno or 0, f"le système refuse ({error.strerror}).")


class CatalogueError(Exception):
    """Base of every error that this project raises on purpose; `str(error)` is a French sentence."""


class NotFound(CatalogueError):
    """Nothing has that identifier."""


class Gone(NotFound):
    """The record of that identifier has been deleted."""


@dataclass(frozen=True, slots=True)
class ParameterError:
    """What is wrong with one parameter, in French, and the values it takes when they can be listed."""

    parameter: str
    message: str
    allowed: tuple[str, ...] = ()


class InvalidRequest(CatalogueError):
    """The question cannot be answered as it is; `errors` says what is wrong, parameter by parameter."""

    def __init__(self, *errors: ParameterError) -> None:
        super().__init__(" ".join(error.message for error in errors))
        self.errors = errors


class UnknownParameter(InvalidRequest):
    """Parameters that nothing reads."""


class InvalidParameter(InvalidRequest):
    """Known parameters with values that they do not take."""


@dataclass(frozen=True, slots=True)
class ContentError:
    """What is wrong with one value of a document: its JSON pointer, a French sentence, what is allowed if that counts.

    A `pointer` is that of RFC 6901; "" is the whole document.
    """

    pointer: str
    message: str
    allowed: tuple[str, ...] = ()


class InvalidContent(CatalogueError):
    """A document is no action; `errors` says what is wrong, value by value."""

    def __init__(self, *errors: ContentError) -> None:
        many = f" ({len(errors)} erreurs)" if len(errors) > 1 else ""
        super().__init__(f"Le contenu est refusé{many} : {errors[0].message}")
        self.errors = errors


class AccessDenied(CatalogueError):
    """Someone may not do what they ask for."""


class InvalidKey(AccessDenied):
    """No key was shown, or one that does not hold; `shown` tells which."""

    def __init__(self, message: str, *, shown: bool) -> None:
        super().__init__(message)
        self.presented = shown


class InsufficientScope(AccessDenied):
    """A key holds, but has not the `scope` that is needed."""

    def __init__(self, message: str, scope: str) -> None:
        super().__init__(message)
        self.scope = scope


class Conflict(CatalogueError):
    """The catalogue, as it is now, does not take that write."""


class AlreadyExists(Conflict):
    """The record `id` has that title and that structure."""

    def __init__(self, message: str, id: str) -> None:  # noqa: A002 - what the record calls it
        super().__init__(message)
        self.id = id


class StaleVersion(Conflict):
    """The record has changed since the writer saw it."""


class IdempotencyKeyReused(Conflict):
    """A creation of that name has been asked for, with another content."""


class ForeignCursor(CatalogueError):
    """A cursor stands in the log of another catalogue, or of what this one was before it was restored."""


class UnreadableFile(CatalogueError):
    """A file that is missing, empty, a directory, or no export at all."""


class InvalidBackup(CatalogueError):
    """A backup that cannot be written as asked, or a file that must not take the place of the database."""


class Unavailable(CatalogueError):
    """A part of the service cannot answer now; asking again later may work."""


class StoreUnavailable(Unavailable):
    """The database is locked, unreadable, or newer than this program."""


class IndexUnavailable(Unavailable):
    """The search index cannot be opened and has to be rebuilt."""
