"""The cursor of the change feed, and the parameters of the feed."""

from dataclasses import dataclass

from app.catalogue.cursor import CURSOR_PATTERN, UNKNOWN_CURSOR_MESSAGE, decode_token, encode_token
from app.catalogue.parameters import Parameter, by_name, integer_reader

DEFAULT_CHANGES = 100  # changes on a page, by default
_MAX_CHANGES = 500
_MAX_CHANGE_NUMBER = 2**63 - 1  # the largest integer of SQLite


@dataclass(frozen=True, slots=True)
class ChangeCursor:
    """A position in the change feed: after the change `number`, 0 for the start.

    `token` distinguishes that change from one of the same number in another catalogue; "" at the start.
    """

    number: int = 0
    token: str = ""

    def encode(self) -> str:
        """Return the cursor as a URL-safe string."""
        return encode_token([self.number, self.token])

    @classmethod
    def decode(cls, cursor: str) -> "ChangeCursor":
        """Return the position of an encoded cursor; ValueError, in French, for any other string."""
        match decode_token(cursor):
            case [int(number), str(token)] if 0 <= number <= _MAX_CHANGE_NUMBER and not isinstance(number, bool):
                return cls(number, token)
        raise ValueError(UNKNOWN_CURSOR_MESSAGE)


CHANGE_PARAMETERS = by_name(
    Parameter(
        "since",
        "Curseur rendu par la réponse précédente (« cursor ») : ce qui a changé depuis. Sans lui, depuis le début.",
        {"type": "string", "pattern": CURSOR_PATTERN},
        ChangeCursor().encode(),
        ChangeCursor.decode,
    ),
    Parameter(
        "limit",
        f"Nombre de changements, de 1 à {_MAX_CHANGES} ({DEFAULT_CHANGES} par défaut).",
        {"type": "integer", "minimum": 1, "maximum": _MAX_CHANGES, "default": DEFAULT_CHANGES},
        "50",
        integer_reader(1, _MAX_CHANGES),
    ),
)
