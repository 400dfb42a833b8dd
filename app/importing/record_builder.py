"""Builds one record of the text format line by line, with its errors and warnings."""

from typing import Any

from app.catalogue.action import Action, clean_values
from app.importing.decoding import Line
from app.importing.diagnostics import Diagnostic, Diagnostics, ParsedRecord, RejectedRecord, quote_for_message
from app.importing.field_lines import missing_title, parse_value
from app.importing.grammar import HEADER_LINE, RECORD_LINE, Grammar, Lookahead
from app.importing.validation import build_action, departement_warnings, territory_warnings

MAX_RECORD_LENGTH = 5_000_000  # characters


class RecordBuilder:
    """The record that starts at `line`; `position` is that of its open field."""

    def __init__(self, grammar: Grammar, model: type[Action], line: int) -> None:
        self.line = line
        self._grammar = grammar
        self._model = model
        self._values: dict[str, Any] = {}
        self._lines: dict[str, int] = {}
        self._errors = Diagnostics()
        self._warnings = Diagnostics()
        self._size = 0
        self._overflow: Diagnostic | None = None
        self._last_line = line
        self._open_field(0, line)

    def _open_field(self, position: int, line: int) -> None:
        self.position = position
        self._field_line = line
        self._content: list[str] = []
        self._unreadable = False  # whether a line of the field could not be decoded
        self._label_error: Diagnostic | None = None  # reported if the next required label does not follow

    def start_field(self, position: int, line: int) -> None:
        """Close the open field and open the one at `position`, whose label is on `line`."""
        self._close_field()
        self._last_line = line
        self._open_field(position, line)

    def add_line(self, line: Line, text: str, lookahead: Lookahead) -> None:
        """Add `line` to the open field; `text` is its text without trailing white space."""
        self._size += len(text) + 1
        if self._overflow:
            return
        key = self._grammar.fields[self.position].key
        if self._size > MAX_RECORD_LENGTH:
            self._overflow = Diagnostic(f"Fiche de plus de {MAX_RECORD_LENGTH} caractères.", line.number, key)
            self._content.clear()
            self._values.clear()
        elif line.problem:
            self._errors.add(Diagnostic(line.problem, line.number, key))
            self._unreadable = True
            self._content.append("")
        else:
            if text:
                self._last_line = line.number
            self._content.append(self._content_line(line.number, text, lookahead))

    def _content_line(self, number: int, text: str, lookahead: Lookahead) -> str:
        if self.position == 0 and not self._content:
            # A label in place of the title means that the title is missing.
            return "" if text in self._grammar.labels else text
        content = self._grammar.unescape(text, self.position, lookahead)
        self._check_content(number, text, content, lookahead)
        return content

    def _check_content(self, number: int, text: str, content: str, lookahead: Lookahead) -> None:
        """Warn of a content line that may be meant as a label or as the start of a record."""
        key = self._grammar.fields[self.position].key
        if text == HEADER_LINE:
            message = "L'en-tête d'un export se trouve dans une fiche : lu comme du texte."
            self._warnings.add(Diagnostic(message, number, key))
        elif text == RECORD_LINE:
            if self._grammar.next_label(lookahead) is None:
                message = f"« {RECORD_LINE} » n'est pas suivi d'un titre et d'un libellé : lu comme du texte."
                self._warnings.add(Diagnostic(message, number, key))
        elif text == self._grammar.first_label and self._grammar.next_required(self.position) is None:
            quoted = quote_for_message(text)
            message = f"{quoted} ouvre d'ordinaire une fiche : « {RECORD_LINE} » manque-t-il ? Lu comme du texte."
            self._warnings.add(Diagnostic(message, number, key))
        elif label := self._grammar.similar_label(text, self.position):
            missing = self._grammar.next_required(self.position)
            if missing and missing.label == label:
                self._label_error = Diagnostic(
                    f"{quote_for_message(label)} est attendu à la lettre.", number, missing.key
                )
            if content != label:
                message = (
                    f"{quote_for_message(text)} ressemble au libellé {quote_for_message(label)}, lu comme du texte."
                )
                self._warnings.add(Diagnostic(message, number, key))
        elif not self._label_error and (missing := self._grammar.skipped_field(text, self.position)):
            self._label_error = Diagnostic(
                f"{quote_for_message(missing.label)} manque avant cette ligne.", number, missing.key
            )

    def _close_field(self) -> None:
        """Parse the value of the open field; not after an unreadable line, which already rejects the record."""
        field = self._grammar.fields[self.position]
        offset = next((offset for offset, text in enumerate(self._content, start=1) if text), 0)
        self._lines[field.key] = self._field_line + offset
        if self._overflow or self._unreadable:
            return
        parsed = parse_value(field, self._content, self._field_line + 1)
        self._errors.add(*parsed.errors)
        self._warnings.add(*parsed.warnings)
        self._values[field.key] = parsed.value
        absent = parsed.value is None and not parsed.errors
        if absent and self._model.model_fields[field.key].is_required():
            self._errors.add(
                Diagnostic(f"{quote_for_message(field.label)} n'a pas de valeur.", self._field_line, field.key)
            )

    def finish(self) -> ParsedRecord | RejectedRecord:
        """Close the record and return it, or its errors."""
        if self._overflow:
            return RejectedRecord(self.line, (self._overflow,))
        missing = self._grammar.next_required(self.position)
        if missing is None:
            self._close_field()
        elif not self._unreadable:
            self._errors.add(self._missing_field_error(missing.label, missing.key))
        if self._errors:
            return RejectedRecord(self.line, tuple(self._errors))
        self._values, cleaned = clean_values(self._values, self._grammar.fields)
        self._warnings.add(*(Diagnostic(sentence, self._lines[key], key) for key, sentence in cleaned.items()))
        action, errors = build_action(self._model, self._values, self._lines.__getitem__)
        if action is None:
            return RejectedRecord(self.line, errors)
        if structure := self._values.get("structure"):
            self._warnings.add(*departement_warnings(structure, self._lines["structure"]))
        self._warnings.add(*territory_warnings(self._values, self._lines.__getitem__))
        return ParsedRecord(self.line, action, tuple(self._warnings))

    def _missing_field_error(self, label: str, key: str) -> Diagnostic:
        title = self._grammar.fields[0]
        if self.position == 0 and not any(self._content[:1]):
            return missing_title(self.line, title.key)
        return self._label_error or Diagnostic(
            f"{quote_for_message(label)} manque : la fiche s'arrête avant.", self._last_line, key
        )
