"""Parses and renders the lines under a label, for each kind of field."""

from dataclasses import dataclass
from dataclasses import field as dataclass_field

from app.catalogue.action import Value
from app.catalogue.fields import Field, FieldKind
from app.importing.diagnostics import Diagnostic, quote_for_message

_DASH = "-"
_BULLET = "- "

_NumberedLine = tuple[int, str]


@dataclass(slots=True)
class ParsedValue:
    """The value of a field, None without one, and the errors and warnings about its lines."""

    value: Value = None
    errors: list[Diagnostic] = dataclass_field(default_factory=list)
    warnings: list[Diagnostic] = dataclass_field(default_factory=list)


def parse_value(field: Field, content: list[str], start: int) -> ParsedValue:
    """Parse `content`, lines without trailing white space; the first is line `start` of the file."""
    if field.kind is FieldKind.TEXT:
        return ParsedValue("\n".join(content).rstrip("\n"))
    non_blank = [(start + offset, line.strip()) for offset, line in enumerate(content) if line]
    if field.kind is FieldKind.TITLE:
        return _parse_title(field, content, non_blank, start)
    return _parse_single(field, non_blank) if field.kind is FieldKind.ONE else _parse_list(field, non_blank, start)


def render_value(field: Field, value: Value) -> list[str]:
    """Return the lines of `value` under its label, before escaping."""
    if isinstance(value, list):
        opening = [_DASH, field.heading] if field.heading else [_DASH] if value else []
        return [*opening, *(_BULLET + item for item in value)]
    if not value:
        return []
    return value.split("\n") if field.kind is FieldKind.TEXT else [_BULLET + value]


def missing_title(line: int, key: str) -> Diagnostic:
    """Return the error of a record without a title."""
    return Diagnostic("Titre manquant : il est attendu sur la ligne qui suit « Actions ».", line, key)


def _unexpected_line(field: Field, line: _NumberedLine, expected: str) -> Diagnostic:
    number, text = line
    return Diagnostic(
        f"Ligne inattendue {quote_for_message(text)} : {expected} (libellé inconnu ou déplacé ?).",
        number,
        field.key,
    )


def _parse_title(field: Field, content: list[str], non_blank: list[_NumberedLine], start: int) -> ParsedValue:
    if not content or not content[0]:
        return ParsedValue(errors=[missing_title(start - 1, field.key)])
    parsed = ParsedValue(content[0].strip())
    if non_blank[1:]:
        parsed.errors.append(_unexpected_line(field, non_blank[1], "le titre tient sur une ligne"))
    return parsed


def _parse_single(field: Field, non_blank: list[_NumberedLine]) -> ParsedValue:
    parsed = ParsedValue()
    if non_blank:
        number, text = non_blank[0]
        parsed.value = _bullet_text(text)
        if text == _DASH:
            parsed.value = None
            parsed.warnings.append(
                Diagnostic(f"Puce vide sous {quote_for_message(field.label)} : ignorée.", number, field.key)
            )
        elif not text.startswith(_BULLET):
            parsed.value = text
            label, quoted = quote_for_message(field.label), quote_for_message(text)
            message = f"Valeur sans puce sous {label} : {quoted} est lue comme « - … »."
            parsed.warnings.append(Diagnostic(message, number, field.key))
    if non_blank[1:]:
        parsed.errors.append(
            _unexpected_line(field, non_blank[1], f"{quote_for_message(field.label)} n'a qu'une valeur")
        )
    return parsed


def _parse_list(field: Field, non_blank: list[_NumberedLine], start: int) -> ParsedValue:
    parsed = ParsedValue()
    rest = list(non_blank)
    dash = bool(rest) and rest[0][1] == _DASH
    del rest[: int(dash)]
    heading = bool(rest) and bool(field.heading) and rest[0][1] == field.heading
    del rest[: int(heading)]
    values: list[str] = []
    for line in rest:
        number, text = line
        if text == _DASH:
            parsed.warnings.append(
                Diagnostic(f"Puce vide sous {quote_for_message(field.label)} : ignorée.", number, field.key)
            )
        elif value := _bullet_text(text):
            values.append(value)
        elif not parsed.errors:
            parsed.errors.append(_unexpected_line(field, line, "des puces « - valeur » sont attendues"))
    if field.heading and not heading:
        message = f"La ligne {quote_for_message(field.heading)} manque sous {quote_for_message(field.label)}."
        parsed.warnings.append(Diagnostic(message, non_blank[0][0] if non_blank else start - 1, field.key))
    elif values and not dash:
        message = f"Un tiret seul est attendu sous {quote_for_message(field.label)}, avant les puces."
        parsed.warnings.append(Diagnostic(message, non_blank[0][0], field.key))
    elif dash and not rest and not heading:
        message = f"Tiret seul sous {quote_for_message(field.label)}, sans valeur après lui."
        parsed.warnings.append(Diagnostic(message, non_blank[0][0], field.key))
    parsed.value = [*values]
    return parsed


def _bullet_text(text: str) -> str:
    """Return the text after the bullet, "" without a bullet."""
    return text.removeprefix(_BULLET).strip() if text.startswith(_BULLET) else ""
