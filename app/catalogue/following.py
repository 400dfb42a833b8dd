"""Following the catalogue: the cursor that says up to which change someone has read, and the parameters around it."""

from dataclasses import dataclass

from app.catalogue.cursor import PATTERN, UNKNOWN, pack, unpack
from app.catalogue.parameters import Parameter, integer_reader, named

CHANGES = 100  # changes on a page, unless another number is asked for
_MOST = 500
_HIGHEST = 2**63 - 1  # what a database can hold as the number of a change


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the log of changes: after the change `number`, 0 being the beginning.

    `mark` tells that change from one of the same number in another catalogue; it is empty at the beginning.
    """

    number: int = 0
    mark: str = ""

    def encode(self) -> str:
        """Return the cursor that stands for the place."""
        return pack([self.number, self.mark])

    @classmethod
    def decode(cls, cursor: str) -> "Place":
        """Return the place that `cursor` stands for; ValueError, in French, when it stands for none."""
        match unpack(cursor):
            case [int(number), str(mark)] if 0 <= number <= _HIGHEST and not isinstance(number, bool):
                return cls(number, mark)
        raise ValueError(UNKNOWN)


FOLLOWING = named(
    Parameter(
        "since",
        "Curseur rendu par la réponse précédente (« cursor ») : ce qui a changé depuis. Sans lui, depuis le début.",
        {"type": "string", "pattern": PATTERN},
        Place().encode(),
        Place.decode,
    ),
    Parameter(
        "limit",
        f"Nombre de changements, de 1 à {_MOST} ({CHANGES} par défaut).",
        {"type": "integer", "minimum": 1, "maximum": _MOST, "default": CHANGES},
        "50",
        integer_reader(1, _MOST),
    ),
)
