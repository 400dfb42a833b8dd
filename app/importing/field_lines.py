"""The value of a field and the lines that write it, both ways, for each kind of field."""

from dataclasses import dataclass, field

from app.catalogue.action import Value
from app.catalogue.fields import Field, FieldKind
from app.importing.diagnostics import Diagnostic, quoted

_DASH = "-"
_BULLET = "- "

_NumberedLine = tuple[int, str]


@dataclass(slots=True)
class ParsedValue:
    """What the lines of one field say, and what is wrong with them."""

    value: Value = None
    errors: list[Diagnostic] = field(default_factory=list)
    warnings: list[Diagnostic] = field(default_factory=list)


def parse_value(of: Field, content: list[str], start: int) -> ParsedValue:
    """Return the value that `content` writes; its first line is line `start` of the file, no line ends in a space."""
    if of.kind is FieldKind.TEXT:
        return ParsedValue("\n".join(content).rstrip("\n"))
    filled = [(start + offset, line.strip()) for offset, line in enumerate(content) if line]
    if of.kind is FieldKind.TITLE:
        return _parse_title(of, content, filled, start)
    return _parse_single(of, filled) if of.kind is FieldKind.ONE else _parse_list(of, filled, start)


def render_value(of: Field, value: Value) -> list[str]:
    """Return the lines that write `value` under its label, not escaped yet."""
    if isinstance(value, list):
        opening = [_DASH, of.heading] if of.heading else [_DASH] if value else []
        return [*opening, *(_BULLET + item for item in value)]
    if not value:
        return []
    return value.split("\n") if of.kind is FieldKind.TEXT else [_BULLET + value]


def missing_title(line: int, key: str) -> Diagnostic:
    """Return the error of a record without a title."""
    return Diagnostic("Titre manquant : il est attendu sur la ligne qui suit « Actions ».", line, key)


def _unexpected_line(of: Field, line: _NumberedLine, expected: str) -> Diagnostic:
    number, text = line
    return Diagnostic(
        f"Ligne inattendue {quoted(text)} : {expected} (libellé inconnu ou déplacé ?).",
        number,
        of.key,
    )


def _parse_title(of: Field, content: list[str], filled: list[_NumberedLine], start: int) -> ParsedValue:
    if not content or not content[0]:
        return ParsedValue(errors=[missing_title(start - 1, of.key)])
    reading = ParsedValue(content[0].strip())
    if filled[1:]:
        reading.errors.append(_unexpected_line(of, filled[1], "le titre tient sur une ligne"))
    return reading


def _parse_single(of: Field, filled: list[_NumberedLine]) -> ParsedValue:
    reading = ParsedValue()
    if filled:
        number, text = filled[0]
        reading.value = _bullet_text(text)
        if text == _DASH:
            reading.value = None
            reading.warnings.append(Diagnostic(f"Puce vide sous {quoted(of.label)} : ignorée.", number, of.key))
        elif not text.startswith(_BULLET):
            reading.value = text
            message = f"Valeur sans puce sous {quoted(of.label)} : {quoted(text)} est lue comme « - … »."
            reading.warnings.append(Diagnostic(message, number, of.key))
    if filled[1:]:
        reading.errors.append(_unexpected_line(of, filled[1], f"{quoted(of.label)} n'a qu'une valeur"))
    return reading


def _parse_list(of: Field, filled: list[_NumberedLine], start: int) -> ParsedValue:
    reading = ParsedValue()
    rest = list(filled)
    dash = bool(rest) and rest[0][1] == _DASH
    del rest[: int(dash)]
    heading = bool(rest) and bool(of.heading) and rest[0][1] == of.heading
    del rest[: int(heading)]
    values: list[str] = []
    for line in rest:
        number, text = line
        if text == _DASH:
            reading.warnings.append(Diagnostic(f"Puce vide sous {quoted(of.label)} : ignorée.", number, of.key))
        elif value := _bullet_text(text):
            values.append(value)
        elif not reading.errors:
            reading.errors.append(_unexpected_line(of, line, "des puces « - valeur » sont attendues"))
    if of.heading and not heading:
        message = f"La ligne {quoted(of.heading)} manque sous {quoted(of.label)}."
        reading.warnings.append(Diagnostic(message, filled[0][0] if filled else start - 1, of.key))
    elif values and not dash:
        message = f"Un tiret seul est attendu sous {quoted(of.label)}, avant les puces."
        reading.warnings.append(Diagnostic(message, filled[0][0], of.key))
    elif dash and not rest and not heading:
        message = f"Tiret seul sous {quoted(of.label)}, sans valeur après lui."
        reading.warnings.append(Diagnostic(message, filled[0][0], of.key))
    reading.value = [*values]
    return reading


def _bullet_text(text: str) -> str:
    """Return what follows the bullet of `text`, an empty string when it has none."""
    return text.removeprefix(_BULLET).strip() if text.startswith(_BULLET) else ""
