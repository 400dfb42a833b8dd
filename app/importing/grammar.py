"""The order of labels: which line begins a field or a record, which is content, and how content is escaped."""

from collections.abc import Callable, Iterable, Sequence
from itertools import islice

from app.catalogue.fields import Field, FieldKind
from app.catalogue.text import fold

HEADER_LINE = "Les actions des centres sociaux"
RECORD_LINE = "Actions"
MAX_LOOKAHEAD = 20  # lines at most, blank ones included, in which the next two lines of text are looked for
_LOOKAHEAD_TEXT_LINES = 2  # lines of text after `Actions` that may show what it is
_MAX_LENGTH_DIFFERENCE = 10  # characters by which a line may differ in length from a label and still resemble it

Lookahead = Callable[[], Iterable[str]]
"""Gives the lines that follow, without white space at their ends."""


class Grammar:
    """What each line means, given the field that is open; a field is named by its position, 0 being the title.

    The labels that may come next are those after the open field, up to the first that may not be absent.
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
        """Return the first field that must still come after `position`, None when the record may end there."""
        required = self._required_positions[position]
        return None if required is None else self.fields[required]

    def match_start(self, text: str, position: int, ahead: Lookahead) -> int | None:
        """Return the position of the field that the line `text` begins, 0 for a new record, None when it is content."""
        if text == RECORD_LINE:
            return 0 if self._starts_record(position, ahead) else None
        return self._allowed_labels[position].get(text)

    def _starts_record(self, position: int, ahead: Lookahead) -> bool:
        """Return whether `Actions` is a record, and not a word of the free text that is open.

        The next label tells: one that may come next shows that the open record goes on.
        """
        last = position == len(self.fields) - 1
        if last or self.fields[position].kind is not FieldKind.TEXT:
            return True
        sign = self.next_label(ahead)
        return sign is not None and sign not in self._allowed_labels[position]

    def next_label(self, ahead: Lookahead) -> str | None:
        """Return the first label among the next two lines that are not blank."""
        near = islice(filter(None, islice(ahead(), MAX_LOOKAHEAD)), _LOOKAHEAD_TEXT_LINES)
        return next((text for text in near if text in self.labels), None)

    def escape(self, text: str, position: int, ahead: Lookahead) -> str:
        """Return the line of content `text` as it is written, so that `unescape` gives it back.

        One that would begin something, were it not for leading spaces, gets one space more.
        """
        return f" {text}" if self.match_start(text.lstrip(" "), position, ahead) is not None else text

    def unescape(self, text: str, position: int, ahead: Lookahead) -> str:
        """Return the line of content that is written as `text`."""
        stuffed = text.startswith(" ") and self.match_start(text.lstrip(" "), position, ahead) is not None
        return text[1:] if stuffed else text

    def escape_title(self, title: str) -> str:
        """Return `title` as it is written: after `Actions` any label, or `Actions` again, means that it is missing."""
        return f" {title}" if title == RECORD_LINE or title in self.labels else title

    def similar_label(self, text: str, position: int) -> str | None:
        """Return the label that may come next and that `text` equals but for case, accents, spaces or apostrophes."""
        if not text.lstrip().startswith("-"):
            return None
        near = any(abs(len(text) - len(label)) <= _MAX_LENGTH_DIFFERENCE for label in self._allowed_labels[position])
        return self._folded_labels[position].get(fold(text)) if near else None

    def skipped_field(self, text: str, position: int) -> Field | None:
        """Return the field that must come next, when `text` is a label that comes after it."""
        if text not in self.labels or text in self._allowed_labels[position]:
            return None
        required = self._required_positions[position]
        later = () if required is None else self.fields[required + 1 :]
        return self.next_required(position) if any(field.label == text for field in later) else None
