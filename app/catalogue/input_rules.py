"""The rules that differ between the callers of the action reader, and the issues that it reports to them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

JsonPath = tuple[str | int, ...]
"""The keys and indexes from the document to a value; () is the document itself."""


class IssueCode(Enum):
    """The kinds of issue, each with the placeholders that its message may use."""

    NOT_AN_OBJECT = auto()
    UNKNOWN_KEY = auto()  # key, parent, hint
    INVALID_VALUE = auto()  # field, reason, sentence
    CLEANED = auto()  # sentence
    TOO_LONG = auto()  # limit
    TOO_MANY_VALUES = auto()  # limit
    STRUCTURE_TYPE = auto()
    NAME_TYPE = auto()
    NAME_EMPTY = auto()
    NAME_ENDS_WITH_DEPARTEMENT = auto()  # name
    LIBELLE_TYPE = auto()
    LIBELLE_CONFLICT = auto()  # libelle
    DEPARTEMENT_TYPE = auto()
    DEPARTEMENT_CONFLICT = auto()
    UNKNOWN_DEPARTEMENT = auto()  # name, hint


@dataclass(frozen=True, slots=True)
class InputIssue:
    """An error or a warning about the value at `path`; `allowed` are the accepted values where they can be listed."""

    path: JsonPath
    code: IssueCode
    message: str
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InputRules:
    """What one caller of the action reader accepts, and the French messages of its issues.

    `ignored_keys` are accepted beside the fields. `suggest_departement` and `suggest_key` (from an unknown key and the
    known ones) return the hint that ends a message, "" when no name is similar.
    """

    messages: Mapping[IssueCode, str]
    ignored_keys: frozenset[str]
    suggest_departement: Callable[[str], str]
    suggest_key: Callable[[str, tuple[str, ...]], str] = lambda _key, _known: ""
    max_errors: int | None = None
    limit_lengths: bool = False  # refuse values that are longer than `action_input.MAX_…`, unless they are unchanged
    structure_line: bool = False  # accept a structure as its line in the export, and its spelling in `libelle`
    ambiguous_name: bool = False  # accept a name whose end parses as a département, with a warning
    lenient_departement: bool = False  # ignore null members and unknown keys in an object `departement`
    clean_lines: bool = False  # remove characters that a line must not hold, with a warning
    repeat_territory: bool = False  # copy `territoire` into a missing `territoire_partenariat`


@dataclass(slots=True)
class InputIssues:
    """The issues of one document: the first error of each path, and every warning."""

    rules: InputRules
    errors: dict[JsonPath, InputIssue] = field(default_factory=dict)
    warnings: list[InputIssue] = field(default_factory=list)

    def error(self, code: IssueCode, path: JsonPath, allowed: tuple[str, ...] = (), **values: object) -> None:
        """Add an error whose message is filled with `values`."""
        self.errors.setdefault(path, self._issue(code, path, allowed, values))

    def warning(self, code: IssueCode, path: JsonPath, **values: object) -> None:
        """Add a warning whose message is filled with `values`."""
        self.warnings.append(self._issue(code, path, (), values))

    def fields_with_errors(self) -> set[str | int]:
        """Return the keys of the document whose values have errors, or parts of them."""
        return {path[0] for path in self.errors if path}

    def _issue(
        self, code: IssueCode, path: JsonPath, allowed: tuple[str, ...], values: Mapping[str, object]
    ) -> InputIssue:
        return InputIssue(path, code, self.rules.messages[code].format_map(values), allowed)
