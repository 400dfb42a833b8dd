"""The action model: an SQLModel base made from the declared fields, which the table and the API models inherit."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, create_model
from sqlalchemy import JSON, Text
from sqlmodel import Field as Column
from sqlmodel import SQLModel

from app.catalogue.fields import FIELDS, Field, FieldKind
from app.catalogue.line_characters import describe_character, forbidden_characters, replace_forbidden
from app.catalogue.structure import Structure
from app.catalogue.text import canonical_line, canonical_text, digest, slug

Value = str | list[str] | None

_MAX_NAMED = 3  # characters that a sentence names
_SURROGATE = re.compile("[\ud800-\udfff]")  # halves of a pair, which no encoding can write


def _storable(value: str) -> str:
    if "\x00" in value:
        raise ValueError("caractère NUL interdit")
    if _SURROGATE.search(value):
        raise ValueError("moitié de paire de substitution (surrogate) interdite")
    return value


def one_line(value: str) -> str:
    """Return `value` canonical, as a field of one line stores it.

    Raises ValueError when it is empty, has several lines, or holds a control or invisible character.
    """
    line = canonical_line(_storable(value))
    if not line or "\n" in line or "\r" in line:
        raise ValueError("une seule ligne, non vide, est attendue")
    if characters := forbidden_characters(line):
        raise ValueError(f"le caractère {describe_character(characters[0])} n'est pas permis sur une ligne")
    return line


def clean_line(value: str) -> tuple[str, str]:
    """Return `value` without the characters that a line must not hold, and what was removed, as a French sentence.

    The sentence is "" for a value that needs no change, or that stays invalid: with NUL or line breaks.
    """
    line = canonical_line(value)
    characters = forbidden_characters(line)
    if not characters or {"\x00", "\n", "\r"}.intersection(characters):
        return value, ""
    names = ", ".join(map(describe_character, characters[:_MAX_NAMED]))
    more = f" et {len(characters) - _MAX_NAMED} autres" if len(characters) > _MAX_NAMED else ""
    while forbidden_characters(line):  # composing what remains may part a joiner from its letter
        line = canonical_line(replace_forbidden(line))
    return line, f"Non permis sur une ligne, et retiré : {names}{more}."


def _storable_text(value: str) -> str:
    return canonical_text(_storable(value))


_Line = Annotated[str, AfterValidator(one_line)]
_Lines = Annotated[str, AfterValidator(_storable_text)]
_TYPES: dict[FieldKind, Any] = {
    FieldKind.TITLE: _Line,
    FieldKind.ONE: _Line | None,
    FieldKind.MULTI: list[_Line],
    FieldKind.TEXT: _Lines,
}


def _column(field: Field) -> tuple[Any, Any]:
    """Return the type and SQLModel field of `field`; the title and the structure have no default."""
    required = field.key in _REQUIRED_KEYS
    annotation = _Line if required else _TYPES[field.kind]
    options: dict[str, Any] = {
        "sa_type": JSON(none_as_null=True) if field.kind is FieldKind.MULTI else Text,
        "description": field.description,
        "schema_extra": {"examples": [field.example]},
    }
    if required:
        return annotation, Column(**options)
    if field.optional:
        return annotation | None, Column(default=None, **options)
    if field.kind is FieldKind.MULTI:
        return annotation, Column(default_factory=list, **options)
    return annotation, Column(default="" if field.kind is FieldKind.TEXT else None, **options)


_REQUIRED_KEYS = ("titre", "structure")  # an action is identified by them


def action_model(fields: Iterable[Field] = FIELDS, name: str = "ActionBase") -> type[SQLModel]:
    """Return an SQLModel base with one attribute a field: text is a string, a list field a list of strings.

    Values are canonical once validated (`app.catalogue.text`). Unknown keys are refused.
    """
    columns: dict[str, Any] = {field.key: _column(field) for field in fields}
    return create_model(name, __base__=SQLModel, **columns)


if TYPE_CHECKING:

    class ActionBase(SQLModel):
        """The declared fields; type checkers see only the two that code names."""

        titre: str
        structure: str

else:
    ActionBase = action_model()


class Action(ActionBase):
    """The content of an action, without the identifier, versions and dates that the catalogue adds."""

    model_config = {"extra": "forbid"}


def clean_values(values: Mapping[str, Any], fields: Iterable[Field] = FIELDS) -> tuple[dict[str, Any], dict[str, str]]:
    """Return `values` with each one of one line cleaned, and the sentences of `clean_line` by key."""
    cleaned, sentences = dict(values), {}
    for field in fields:
        value = values.get(field.key)
        if field.kind is FieldKind.TEXT or not value:
            continue
        items = value if isinstance(value, list) else [value]
        pairs = [clean_line(item) if isinstance(item, str) else (item, "") for item in items]
        if sentence := next((sentence for _, sentence in pairs if sentence), ""):
            lines = [line for line, _ in pairs]
            cleaned[field.key] = [line for line in lines if line] if isinstance(value, list) else lines[0] or None
            sentences[field.key] = sentence
    return cleaned, sentences


_EXPECTED_VALUES = {
    "string_type": "une chaîne de caractères est attendue",
    "string_unicode": "des caractères Unicode valides sont attendus",
    "list_type": "une liste de chaînes est attendue",
    "missing": "une valeur est attendue",
}


def expected_value_message(detail: Mapping[str, Any]) -> str:
    """Return the French message of one error of a `ValidationError` of the model."""
    raised = detail.get("ctx", {}).get("error")
    return str(raised) if raised else _EXPECTED_VALUES.get(detail["type"], "la valeur n'est pas acceptée")


def field_values(action: ActionBase, fields: Iterable[Field] = FIELDS) -> dict[str, Value]:
    """Return the declared fields of `action` in their order, by key."""
    return {field.key: getattr(action, field.key) for field in fields}


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field whose values differ between two versions of an action."""

    key: str
    before: Value
    after: Value


def field_changes(before: Mapping[str, Value], after: Mapping[str, Value]) -> tuple[FieldChange, ...]:
    """Return the fields whose values differ, in their declared order.

    A key that is missing in `before` and empty in `after` does not differ.
    """
    keys = dict.fromkeys([*(field.key for field in FIELDS), *before, *after])
    pairs = ((key, before.get(key), after.get(key)) for key in keys if key in before or after.get(key))
    return tuple(FieldChange(*pair) for pair in pairs if pair[1] != pair[2])


def content_hash(action: ActionBase) -> str:
    """Return a digest of all declared fields."""
    return digest(json.dumps(field_values(action), ensure_ascii=False))


def identity_key(action: ActionBase) -> str:
    """Return a digest of the title and the structure, which identify an action over exports."""
    structure = Structure.parse(action.structure)
    code = structure.departement.code if structure.departement else ""
    return digest(action.titre, structure.nom, code)


def action_slug(action: ActionBase, rank: int = 0) -> str:
    """Return the identifier of `action`: a slug of its title and six digits of its identity key.

    It depends on nothing else, so that every import of an export gives the same identifiers. `rank` distinguishes
    actions with the same identity, in the order of the import.
    """
    parts = [slug(action.titre), identity_key(action)[:6]]
    return "-".join([*filter(None, parts), *([str(rank + 1)] if rank else [])])
