"""The export format both ways, pure and streaming: `parse` reads lines as actions, `render` writes actions as lines."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from app.catalogue.action import Action
from app.catalogue.errors import UnreadableFile
from app.catalogue.fields import FIELDS, Field
from app.importing.decoding import Line
from app.importing.diagnostics import Diagnostic, Diagnostics, ParseResult, quoted
from app.importing.field_lines import render_value
from app.importing.grammar import HEADER_LINE, MAX_LOOKAHEAD, RECORD_LINE, Grammar
from app.importing.record_builder import RecordBuilder


def parse_export(
    lines: Iterable[Line], fields: Sequence[Field] = FIELDS, model: type[Action] = Action
) -> Iterator[ParseResult]:
    """Yield what each record of `lines` is; UnreadableFile when there is no record at all.

    `model` is the one that `fields` make. One record is held in memory at a time.
    """
    grammar = Grammar(fields)
    window = _LookaheadLines(lines)
    preamble = Diagnostics()
    draft: RecordBuilder | None = None
    for line in window:
        text = line.text.rstrip()
        if draft is None:
            if text == RECORD_LINE:
                yield from preamble
                draft = RecordBuilder(grammar, model, line.number)
            elif text not in ("", HEADER_LINE) or line.problem:
                message = line.problem or f"Ligne ignorée avant la première fiche : {quoted(text)}."
                preamble.add(Diagnostic(message, line.number))
            continue
        begun = None if line.problem else grammar.match_start(text, draft.position, window.lookahead)
        if begun is None:
            draft.add_line(line, text, window.lookahead)
        elif begun:
            draft.start_field(begun, line.number)
        else:
            yield draft.finish()
            draft = RecordBuilder(grammar, model, line.number)
    if draft is None:
        raise UnreadableFile(f"ce n'est pas un export : aucune ligne « {RECORD_LINE} » n'y ouvre de fiche.")
    yield draft.finish()


def render_export(actions: Iterable[Action], fields: Sequence[Field] = FIELDS) -> Iterator[str]:
    """Yield a whole export piece by piece: its header line, then each record."""
    grammar = Grammar(fields)
    yield f"{HEADER_LINE}\n"
    for action in actions:
        yield _render_record(action, grammar)


def render_action(action: Action, fields: Sequence[Field] = FIELDS) -> str:
    """Return the record of `action`, from its line `Actions` on."""
    return _render_record(action, Grammar(fields))


def _render_record(action: Action, grammar: Grammar) -> str:
    """Return the record of `action`.

    It is written from its last line to its first, since whether a line needs an escape depends on those after it.
    """
    backwards: list[str] = []

    def put(text: str, position: int) -> None:
        backwards.append(grammar.escape(text, position, lambda: reversed(backwards)))

    for position in reversed(range(1, len(grammar.fields))):
        field = grammar.fields[position]
        value = getattr(action, field.key)
        if value is None and field.optional:
            continue
        for text in reversed(render_value(field, value)):
            put(text, position)
        backwards.append(field.label)
    title = getattr(action, grammar.fields[0].key)
    backwards += [grammar.escape_title(title), RECORD_LINE]
    return "\n".join(reversed(backwards)) + "\n"


class _LookaheadLines:
    """The lines of a file in turn, of which the next few can be looked at beforehand."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines = iter(lines)
        self._waiting: deque[Line] = deque()

    def __iter__(self) -> Iterator[Line]:
        return self

    def __next__(self) -> Line:
        return self._waiting.popleft() if self._waiting else next(self._lines)

    def lookahead(self) -> Iterator[str]:
        """Yield the texts of the lines to come, at most as many as decide what a line is."""
        for offset in range(MAX_LOOKAHEAD):
            if offset == len(self._waiting):
                line = next(self._lines, None)
                if line is None:
                    return
                self._waiting.append(line)
            yield self._waiting[offset].text.rstrip()
