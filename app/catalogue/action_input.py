"""Reads an action from a JSON object keyed by field, and reports every error: API bodies, lines of JSON Lines."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from app.catalogue.action import Action, clean_line, clean_values, expected_value_message, field_values
from app.catalogue.errors import ContentError, InvalidContent
from app.catalogue.fields import FIELDS, Field, FieldKind
from app.catalogue.input_rules import InputIssue, InputIssues, InputRules, IssueCode, JsonPath
from app.catalogue.merge_patch import apply_merge_patch
from app.catalogue.parameters import did_you_mean, nearest_name
from app.catalogue.request import HIT_KEYS, RECORD_KEYS
from app.catalogue.structure import Structure
from app.catalogue.structure_input import (
    DEPARTEMENT_KEYS,
    STRUCTURE_KEY,
    STRUCTURE_KEYS,
    STRUCTURE_READ_ONLY_KEYS,
    parse_structure_input,
    report_invalid_value,
)
from app.catalogue.territory import departement_names
from app.catalogue.text import canonical_text, shorten

# These limits keep a record within what an import accepts; stored records may exceed them.
MAX_LINE_LENGTH = 1_000  # characters of a title, a name, a value, a value of a list
MAX_TEXT_LENGTH = 200_000  # characters of a text
MAX_LIST_VALUES = 200  # values of a list

READ_ONLY_KEYS = (*RECORD_KEYS, *HIT_KEYS)
"""Keys that the catalogue computes: accepted in a document that was read from it, and ignored."""

# The export writes the first one a second time, under the key of the second.
_TERRITORY, _REPEATED_TERRITORY = "territoire", "territoire_partenariat"


def _suggest_departement(name: str) -> str:
    return did_you_mean(nearest_name(name, departement_names()))


def _suggest_key(key: str, known: tuple[str, ...]) -> str:
    return did_you_mean(nearest_name(key, known))


_DEPARTEMENT_MESSAGE = "Un code INSEE ou un nom de département est attendu, ou null."

API_RULES = InputRules(
    messages={
        IssueCode.NOT_AN_OBJECT: "Un objet JSON est attendu.",
        IssueCode.UNKNOWN_KEY: "Clé inconnue : « {key} ».{hint}",
        IssueCode.INVALID_VALUE: "{sentence}.",
        IssueCode.TOO_LONG: "{limit} caractères au plus sont attendus.",
        IssueCode.TOO_MANY_VALUES: "{limit} valeurs au plus sont attendues.",
        IssueCode.STRUCTURE_TYPE: "Un objet {{« nom », « departement »}} est attendu.",
        IssueCode.NAME_TYPE: "Le nom de la structure est attendu, en chaîne de caractères.",
        IssueCode.NAME_EMPTY: "Une seule ligne, non vide, est attendue.",
        IssueCode.NAME_ENDS_WITH_DEPARTEMENT: (
            "La fin de « {name} » serait lue comme un département : le donner dans « departement »."
        ),
        IssueCode.DEPARTEMENT_TYPE: _DEPARTEMENT_MESSAGE,
        IssueCode.DEPARTEMENT_CONFLICT: _DEPARTEMENT_MESSAGE,
        IssueCode.UNKNOWN_DEPARTEMENT: f"{_DEPARTEMENT_MESSAGE}{{hint}}",
    },
    ignored_keys=frozenset(READ_ONLY_KEYS),
    suggest_departement=_suggest_departement,
    suggest_key=_suggest_key,
    max_errors=50,
    limit_lengths=True,
    repeat_territory=True,
)


@dataclass(frozen=True, slots=True)
class ActionInput:
    """The result of reading a document: the action, None when there are errors."""

    action: Action | None
    errors: tuple[InputIssue, ...]
    warnings: tuple[InputIssue, ...] = ()


class ActionReader:
    """Reads documents by the given rules; `model` is the action model made from `fields`."""

    def __init__(self, rules: InputRules, fields: Sequence[Field] = FIELDS, model: type[Action] = Action) -> None:
        self._rules = rules
        self._kinds = {field.key: field.kind for field in fields}
        self._fields = tuple(fields)
        self._keys = tuple(self._kinds)
        self._model = model

    def read(self, document: object, current: Action | None = None) -> ActionInput:
        """Return the action of a document that states every field; a missing one is empty.

        `current` is the action that it replaces: its values may stay longer than the limits, and keep their spelling.
        """
        return self._read(document, current, InputIssues(self._rules))

    def read_patch(self, patch: object, current: Action) -> ActionInput:
        """Return `current` changed by the merge patch `patch` (RFC 7396)."""
        issues = InputIssues(self._rules)
        if not isinstance(patch, dict):
            return self._read(patch, current, issues)
        # The merged document has no trace of an unknown key that the patch sets to null.
        self._check_keys(patch, issues)
        return self._read(apply_merge_patch(_document(current), patch), current, issues)

    def _read(self, document: object, current: Action | None, issues: InputIssues) -> ActionInput:
        if not isinstance(document, dict):
            issues.error(IssueCode.NOT_AN_OBJECT, ())
            return self._result(None, issues)
        self._check_keys(document, issues)
        values = {key: document[key] for key in self._keys if key in document}
        unchanged = field_values(current) if current else {}
        if self._rules.limit_lengths:
            self._check_lengths(values, unchanged, issues)
        structure = Structure.parse(current.structure) if current else None
        values = self._clean(values, unchanged, structure, issues)
        if STRUCTURE_KEY in values:
            self._check_name_length(values[STRUCTURE_KEY], structure, issues)
            spelling = Structure.parse(clean_line(current.structure)[0]) if current else None
            values[STRUCTURE_KEY] = parse_structure_input(values[STRUCTURE_KEY], spelling, issues)
        action = self._validate(values, issues)
        if action and self._rules.repeat_territory and _REPEATED_TERRITORY not in values:
            action = action.model_copy(update={_REPEATED_TERRITORY: getattr(action, _TERRITORY)})
        return self._result(action, issues)

    def _result(self, action: Action | None, issues: InputIssues) -> ActionInput:
        errors = tuple(issues.errors.values())[: self._rules.max_errors]
        return ActionInput(None if errors else action, errors, tuple(issues.warnings))

    def _check_keys(self, document: Mapping[str, Any], issues: InputIssues) -> None:
        self._check_object(document, (), self._keys, self._rules.ignored_keys, issues)
        structure = document.get(STRUCTURE_KEY)
        if isinstance(structure, dict):
            self._check_object(structure, (STRUCTURE_KEY,), STRUCTURE_KEYS, STRUCTURE_READ_ONLY_KEYS, issues)
            departement = structure.get("departement")
            if isinstance(departement, dict) and not self._rules.lenient_departement:
                self._check_object(departement, (STRUCTURE_KEY, "departement"), DEPARTEMENT_KEYS, (), issues)

    def _check_object(
        self,
        value: Mapping[str, Any],
        path: JsonPath,
        keys: tuple[str, ...],
        ignored: Collection[str],
        issues: InputIssues,
    ) -> None:
        unknown = [key for key in value if key not in keys and key not in ignored]
        for key in unknown[: self._rules.max_errors]:
            hint = self._rules.suggest_key(shorten(key), keys)
            parent = " dans la structure" if path else ""
            issues.error(IssueCode.UNKNOWN_KEY, (*path, key), keys, key=shorten(key), parent=parent, hint=hint)

    def _check_lengths(self, values: Mapping[str, Any], unchanged: Mapping[str, Any], issues: InputIssues) -> None:
        for key, value in values.items():
            if value == unchanged.get(key):
                continue
            limit = MAX_TEXT_LENGTH if self._kinds[key] is FieldKind.TEXT else MAX_LINE_LENGTH
            if isinstance(value, str):
                _check_length(value, limit, (key,), issues)
            elif isinstance(value, list) and len(value) > MAX_LIST_VALUES:
                issues.error(IssueCode.TOO_MANY_VALUES, (key,), limit=MAX_LIST_VALUES)
            elif isinstance(value, list):
                for index, item in enumerate(value):
                    if isinstance(item, str):
                        _check_length(item, limit, (key, index), issues)

    def _check_name_length(self, structure: object, current: Structure | None, issues: InputIssues) -> None:
        name = structure.get("nom") if isinstance(structure, dict) else None
        if self._rules.limit_lengths and isinstance(name, str) and not (current and name == current.nom):
            _check_length(name, MAX_LINE_LENGTH, (STRUCTURE_KEY, "nom"), issues)

    def _clean(
        self, values: dict[str, Any], unchanged: Mapping[str, Any], current: Structure | None, issues: InputIssues
    ) -> dict[str, Any]:
        """Return `values` without the characters that a line must not hold, where that is no error.

        It is none by the rules of an import, and in values that are unchanged: older versions stored such characters.
        """
        lenient = self._rules.clean_lines
        cleaned, sentences = clean_values(
            {key: value for key, value in values.items() if lenient or value == unchanged.get(key)}, self._fields
        )
        structure = values.get(STRUCTURE_KEY)
        if isinstance(structure, dict) and (lenient or (current and structure.get("nom") == current.nom)):
            names = {key: structure[key] for key in ("nom", "libelle") if isinstance(structure.get(key), str)}
            pairs = {key: clean_line(name) for key, name in names.items()}
            cleaned[STRUCTURE_KEY] = {**structure, **{key: line for key, (line, _) in pairs.items()}}
            if sentence := next((sentence for _, sentence in pairs.values() if sentence), ""):
                sentences[STRUCTURE_KEY] = sentence
        if lenient:
            for key, sentence in sentences.items():
                issues.warning(IssueCode.CLEANED, (key,), sentence=sentence)
        return {**values, **cleaned}

    def _validate(self, values: Mapping[str, Any], issues: InputIssues) -> Action | None:
        """Return the action of `values`; those with an error are left out, be it a list of a million values."""
        refused = issues.fields_with_errors()
        try:
            return self._model.model_validate({key: value for key, value in values.items() if key not in refused})
        except ValidationError as error:
            for detail in error.errors():
                if detail["loc"][0] not in refused:
                    report_invalid_value(issues, detail["loc"], expected_value_message(dict(detail)))
            return None


_API_READER = ActionReader(API_RULES)


def parse_action(document: object, current: Action | None = None) -> Action:
    """Return the action of a request body, which replaces `current`; InvalidContent lists its errors."""
    return _action_or_raise(_API_READER.read(document, current))


def parse_patch(patch: object, current: Action) -> Action:
    """Return `current` changed by a request body that is a merge patch; InvalidContent lists its errors."""
    return _action_or_raise(_API_READER.read_patch(patch, current))


def json_pointer(*parts: str | int) -> str:
    """Return the JSON pointer (RFC 6901) of the value at `parts`."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in parts)


def _action_or_raise(result: ActionInput) -> Action:
    if result.action is None:
        errors = (ContentError(json_pointer(*error.path), error.message, error.allowed) for error in result.errors)
        raise InvalidContent(*errors)
    return result.action


def _document(action: Action) -> dict[str, Any]:
    """Return the document that reads as `action`, for a patch to change."""
    structure = Structure.parse(action.structure)
    code = structure.departement.code if structure.departement else None
    document: dict[str, Any] = {
        **field_values(action),
        STRUCTURE_KEY: dict(zip(STRUCTURE_KEYS, (structure.nom, code), strict=True)),
    }
    if document[_REPEATED_TERRITORY] == document[_TERRITORY]:
        del document[_REPEATED_TERRITORY]
    return document


def _check_length(text: str, limit: int, path: JsonPath, issues: InputIssues) -> None:
    # Canonical composition may lengthen a text.
    if len(canonical_text(text)) > limit:
        issues.error(IssueCode.TOO_LONG, path, limit=limit)
