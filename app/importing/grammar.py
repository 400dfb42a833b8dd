"""The grammar of the export format: which lines start a field or a record, which are content, and their escaping."""

from collections.abc import Callable, Iterable, Sequence
from itertools import islice

from app.catalogue.fields import Field, FieldKind
from app.catalogue.text import fold

HEADER_LINE = "Les actions des centres sociaux"
RECORD_LINE = "Actions"
MAX_LOOKAHEAD = 20  # lines after `Actions` that are read lookahead, blank ones included
_LOOKAHEAD_TEXT_LINES = 2  # lines among them that are not blank and are searched for a label
_MAX_LENGTH_DIFFERENCE = 10  # characters between a line and a similar label

Lookahead = Callable[[], Iterable[str]]
"""Returns the lines that follow, without trailing white space."""


class Grammar:
    """Classifies a line, given the open field; a field is its position in `fields`, 0 for the title.

    The allowed labels are those of the fields after the open one, up to and including the first that is not optional.
    """

    def __init__(self, fields: Sequence[Field]) -> None:
        self.fields = tuple(fields)
        self.first_label = next((field.label for field in fields if field.label), "")
        self.labels = frozenset(field.label for field in fields if field.label)
        positions = range(len(self.fields))
        self._required_positions = tuple(
            next((later for later in positions[position + 1 :] if not self.fields[later].optional), None)
            for position in positions
        )
        self._allowed_labels = tuple(self._labels_after(position) for position in positions)
        self._folded_labels = tuple({fold(label): label for label in labels} for labels in self._allowed_labels)

    def _labels_after(self, position: int) -> dict[str, int]:
        required = self._required_positions[position]
        end = len(self.fields) if required is None else required + 1
        return {self.fields[later].label: later for later in reversed(range(position + 1, end))}

    def next_required(self, position: int) -> Field | None:
        """Return the first field after `position` that is not optional, None when the record may end there."""
        required = self._required_positions[position]
        return None if required is None else self.fields[required]

    def match_start(self, text: str, position: int, lookahead: Lookahead) -> int | None:
        """Return the position of the field that the line `text` starts, 0 for a new record, None for content."""
        if text == RECORD_LINE:
            return 0 if self._starts_record(position, lookahead) else None
        return self._allowed_labels[position].get(text)

    def _starts_record(self, position: int, lookahead: Lookahead) -> bool:
        """Tell whether `Actions` starts a record; in a text it may be content.

        It is content when the next label is an allowed one: the open record continues.
        """
        last = position == len(self.fields) - 1
        if last or self.fields[position].kind is not FieldKind.TEXT:
            return True
        label = self.next_label(lookahead)
        return label is not None and label not in self._allowed_labels[position]

    def next_label(self, lookahead: Lookahead) -> str | None:
        """Return the first label among the next two lines that are not blank."""
        texts = islice(filter(None, islice(lookahead(), MAX_LOOKAHEAD)), _LOOKAHEAD_TEXT_LINES)
        return next((text for text in texts if text in self.labels), None)

    def escape(self, text: str, position: int, lookahead: Lookahead) -> str:
        """Return the line that writes the content `text`; `unescape` reverses it.

        Content that would start a field or a record without its leading spaces gets one more space.
        """
        return f" {text}" if self.match_start(text.lstrip(" "), position, lookahead) is not None else text

    def unescape(self, text: str, position: int, lookahead: Lookahead) -> str:
        """Return the content that the line `text` writes."""
        escaped = text.startswith(" ") and self.match_start(text.lstrip(" "), position, lookahead) is not None
        return text[1:] if escaped else text

    def escape_title(self, title: str) -> str:
        """Return the line that writes `title`: a label or `Actions` there would mean that the title is missing."""
        return f" {title}" if title == RECORD_LINE or title in self.labels else title

    def similar_label(self, text: str, position: int) -> str | None:
        """Return the allowed label that `text` equals except for case, accents, spaces or apostrophes."""
        if not text.lstrip().startswith("-"):
            return None
        comparable = any(
            abs(len(text) - len(label)) <= _MAX_LENGTH_DIFFERENCE for label in self._allowed_labels[position]
        )
        return self._folded_labels[position].get(fold(text)) if comparable else None

    def skipped_field(self, text: str, position: int) -> Field | None:
        """Return the next field that is not optional when `text` is the label of a field after it."""
        if text not in self.labels or text in self._allowed_labels[position]:
            return None
        required = self._required_positions[position]
        later = () if required is None else self.fields[required + 1 :]
        return self.next_required(position) if any(field.label == text for field in later) else None
