"""Reads JSON Lines, the format of the catalogue's own export: one action a line, keyed by field."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from app.catalogue.action import Action
from app.catalogue.action_input import READ_ONLY_KEYS, ActionReader
from app.catalogue.fields import FIELDS, Field
from app.catalogue.input_rules import InputIssue, InputRules, IssueCode
from app.catalogue.structure_input import STRUCTURE_KEY
from app.importing.decoding import Line
from app.importing.diagnostics import Diagnostic, ParsedRecord, ParseResult, RejectedRecord, quote_for_message
from app.importing.validation import departement_warnings, nearest_departement_hint, territory_warnings

MAX_JSON_LINE_BYTES = 20_000_000  # the longest record of the text format, at four bytes a character
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_MAX_ID_LENGTH = 100
_NAME_MESSAGE = "Le nom de la structure (« nom ») manque ou n'est pas une chaîne."

IMPORT_RULES = InputRules(
    messages={
        IssueCode.NOT_AN_OBJECT: "Un objet JSON est attendu sur chaque ligne.",
        IssueCode.UNKNOWN_KEY: "Clé inconnue{parent} : « {key} ».",
        IssueCode.INVALID_VALUE: "Valeur refusée pour « {field} » : {reason}.",
        IssueCode.CLEANED: "{sentence}",
        IssueCode.STRUCTURE_TYPE: "La structure est un objet {{« nom », « departement »}} ou une chaîne.",
        IssueCode.NAME_TYPE: _NAME_MESSAGE,
        IssueCode.NAME_EMPTY: _NAME_MESSAGE,
        IssueCode.NAME_ENDS_WITH_DEPARTEMENT: "La fin du nom « {name} » sera lue comme un département.",
        IssueCode.LIBELLE_TYPE: "Le libellé de la structure (« libelle ») n'est pas une chaîne.",
        IssueCode.LIBELLE_CONFLICT: ("Le libellé « {libelle} » contredit le nom ou le département : il est ignoré."),
        IssueCode.DEPARTEMENT_TYPE: "Le département est un code INSEE ou un nom, en chaîne de caractères.",
        IssueCode.DEPARTEMENT_CONFLICT: "Le code et le nom du département manquent, ou se contredisent.",
        IssueCode.UNKNOWN_DEPARTEMENT: "« {name} » n'est pas un département connu.{hint}",
    },
    ignored_keys=frozenset({*READ_ONLY_KEYS, "numero"}),
    suggest_departement=nearest_departement_hint,
    structure_line=True,
    ambiguous_name=True,
    lenient_departement=True,
    clean_lines=True,
)


class _InvalidJsonError(Exception):
    """A line is not JSON that can be read; the message is a French sentence."""


def parse_json_lines(
    lines: Iterable[Line], fields: Sequence[Field] = FIELDS, model: type[Action] = Action
) -> Iterator[ParseResult]:
    """Yield the record of each line; blank lines are skipped. `model` is the action model made from `fields`."""
    reader = ActionReader(IMPORT_RULES, fields, model)
    for line in lines:
        if line.problem:
            yield RejectedRecord(line.number, (Diagnostic(line.problem, line.number),))
        elif line.text.strip():
            yield _parse_line(line, reader)


def _parse_line(line: Line, reader: ActionReader) -> ParsedRecord | RejectedRecord:
    try:
        document = _load(line.text)
    except _InvalidJsonError as error:
        return RejectedRecord(line.number, (Diagnostic(str(error), line.number),))
    result = reader.read(document)
    if not isinstance(document, dict):
        return RejectedRecord(line.number, _diagnostics(result.errors, line.number))
    identifier = document.get("id")
    errors = _diagnostics(_ordered(result.errors), line.number)
    if identifier is not None and not _is_valid_id(identifier):
        message = f"Identifiant refusé : lettres minuscules, chiffres et tirets, {_MAX_ID_LENGTH} caractères au plus."
        errors = (*errors, Diagnostic(message, line.number, "id"))
    if result.action is None or errors:
        return RejectedRecord(line.number, errors)
    warnings = _diagnostics(result.warnings, line.number)
    if isinstance(structure := document[STRUCTURE_KEY], str):
        warnings = (*warnings, *departement_warnings(structure, line.number))
    warnings = (*warnings, *territory_warnings(document, lambda _key: line.number))
    return ParsedRecord(line.number, result.action, warnings, identifier)


def _load(text: str) -> object:
    try:
        return json.loads(text, object_pairs_hook=_object_without_duplicates)
    except json.JSONDecodeError as error:
        raise _InvalidJsonError(f"JSON invalide au caractère {error.pos + 1} de la ligne.") from None
    except (ValueError, RecursionError):  # a number of thousands of digits, lists nested by the thousand
        raise _InvalidJsonError("JSON invalide : nombre démesuré ou listes trop imbriquées.") from None


def _object_without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for key, value in pairs:
        if key in members:
            raise _InvalidJsonError(f"Clé en double : {quote_for_message(key)}.")
        members[key] = value
    return members


def _ordered(errors: Sequence[InputIssue]) -> list[InputIssue]:
    """Return the unknown keys by name, then the other errors; of the structure, the first error only."""
    unknown = [error for error in errors if error.code is IssueCode.UNKNOWN_KEY]
    unknown.sort(key=lambda error: (len(error.path), str(error.path[-1])))
    ordered = [*unknown, *(error for error in errors if error.code is not IssueCode.UNKNOWN_KEY)]
    first = next((error for error in ordered if error.path[0] == STRUCTURE_KEY), None)
    return [error for error in ordered if error.path[0] != STRUCTURE_KEY or error is first]


def _diagnostics(issues: Iterable[InputIssue], line: int) -> tuple[Diagnostic, ...]:
    return tuple(Diagnostic(issue.message, line, str(issue.path[0]) if issue.path else None) for issue in issues)


def _is_valid_id(value: object) -> bool:
    return isinstance(value, str) and len(value) <= _MAX_ID_LENGTH and _ID.fullmatch(value) is not None
