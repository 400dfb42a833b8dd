"""Parses and renders the text format of the export, one record in memory at a time."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from app.catalogue.action import Action
from app.catalogue.errors import UnreadableFile
from app.catalogue.fields import FIELDS, Field
from app.importing.decoding import Line
from app.importing.diagnostics import Diagnostic, Diagnostics, ParseResult, quote_for_message
from app.importing.field_lines import render_value
from app.importing.grammar import HEADER_LINE, MAX_LOOKAHEAD, RECORD_LINE, Grammar
from app.importing.record_builder import RecordBuilder


def parse_export(
    lines: Iterable[Line], fields: Sequence[Field] = FIELDS, model: type[Action] = Action
) -> Iterator[ParseResult]:
    """Yield the result of each record; UnreadableFile without any record. `model` is the action model of `fields`."""
    grammar = Grammar(fields)
    line_iterator = _LookaheadLines(lines)
    preamble = Diagnostics()
    record: RecordBuilder | None = None
    for line in line_iterator:
        text = line.text.rstrip()
        if record is None:
            if text == RECORD_LINE:
                yield from preamble
                record = RecordBuilder(grammar, model, line.number)
            elif text not in ("", HEADER_LINE) or line.problem:
                message = line.problem or f"Ligne ignorée avant la première fiche : {quote_for_message(text)}."
                preamble.add(Diagnostic(message, line.number))
            continue
        start = None if line.problem else grammar.match_start(text, record.position, line_iterator.lookahead)
        if start is None:
            record.add_line(line, text, line_iterator.lookahead)
        elif start:
            record.start_field(start, line.number)
        else:
            yield record.finish()
            record = RecordBuilder(grammar, model, line.number)
    if record is None:
        raise UnreadableFile(f"ce n'est pas un export : aucune ligne « {RECORD_LINE} » n'y ouvre de fiche.")
    yield record.finish()


def render_export(actions: Iterable[Action], fields: Sequence[Field] = FIELDS) -> Iterator[str]:
    """Yield an export: the header line, then each record."""
    grammar = Grammar(fields)
    yield f"{HEADER_LINE}\n"
    for action in actions:
        yield _render_record(action, grammar)


def render_action(action: Action, fields: Sequence[Field] = FIELDS) -> str:
    """Return the record of `action`, which starts with the line `Actions`."""
    return _render_record(action, Grammar(fields))


def _render_record(action: Action, grammar: Grammar) -> str:
    """Return the record of `action`, rendered from its last line to its first: escaping needs the lines below."""
    reversed_lines: list[str] = []

    def append_content(text: str, position: int) -> None:
        reversed_lines.append(grammar.escape(text, position, lambda: reversed(reversed_lines)))

    for position in reversed(range(1, len(grammar.fields))):
        field = grammar.fields[position]
        value = getattr(action, field.key)
        if value is None and field.optional:
            continue
        for text in reversed(render_value(field, value)):
            append_content(text, position)
        reversed_lines.append(field.label)
    title = getattr(action, grammar.fields[0].key)
    reversed_lines += [grammar.escape_title(title), RECORD_LINE]
    return "\n".join(reversed(reversed_lines)) + "\n"


class _LookaheadLines:
    """An iterator over the lines of a file that can read a few lines ahead."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines = iter(lines)
        self._waiting: deque[Line] = deque()

    def __iter__(self) -> Iterator[Line]:
        return self

    def __next__(self) -> Line:
        return self._waiting.popleft() if self._waiting else next(self._lines)

    def lookahead(self) -> Iterator[str]:
        """Yield the texts of the next lines, `MAX_LOOKAHEAD` at most, without consuming them."""
        for offset in range(MAX_LOOKAHEAD):
            if offset == len(self._waiting):
                line = next(self._lines, None)
                if line is None:
                    return
                self._waiting.append(line)
            yield self._waiting[offset].text.rstrip()
