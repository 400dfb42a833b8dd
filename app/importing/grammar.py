"""The order of labels: which line begins a field or a record, which is content, and how content is escaped."""

from collections.abc import Callable, Iterable, Sequence
from itertools import islice

from app.catalogue.fields import Field, FieldKind
from app.catalogue.text import fold

HEADER = "Les actions des centres sociaux"
RECORD = "Actions"
LOOKAHEAD = 20  # lines at most, blank ones included, in which the next two lines of text are looked for
_SIGNS = 2  # lines of text after `Actions` that may show what it is
_SLACK = 10  # characters by which a line may differ in length from a label and still resemble it

Ahead = Callable[[], Iterable[str]]
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
        self._required = tuple(
            next((later for later in positions[position + 1 :] if not self.fields[later].optional), None)
            for position in positions
        )
        self._next = tuple(self._next_labels(position) for position in positions)
        self._folded = tuple({fold(label): label for label in labels} for labels in self._next)

    def _next_labels(self, position: int) -> dict[str, int]:
        required = self._required[position]
        end = len(self.fields) if required is None else required + 1
        return {self.fields[later].label: later for later in reversed(range(position + 1, end))}

    def missing(self, position: int) -> Field | None:
        """Return the first field that must still come after `position`, None when the record may end there."""
        required = self._required[position]
        return None if required is None else self.fields[required]

    def begins(self, text: str, position: int, ahead: Ahead) -> int | None:
        """Return the position of the field that the line `text` begins, 0 for a new record, None when it is content."""
        if text == RECORD:
            return 0 if self._begins_record(position, ahead) else None
        return self._next[position].get(text)

    def _begins_record(self, position: int, ahead: Ahead) -> bool:
        """Return whether `Actions` is a record, and not a word of the free text that is open.

        The next label tells: one that may come next shows that the open record goes on.
        """
        last = position == len(self.fields) - 1
        if last or self.fields[position].kind is not FieldKind.TEXT:
            return True
        sign = self.sign(ahead)
        return sign is not None and sign not in self._next[position]

    def sign(self, ahead: Ahead) -> str | None:
        """Return the first label among the next two lines that are not blank."""
        near = islice(filter(None, islice(ahead(), LOOKAHEAD)), _SIGNS)
        return next((text for text in near if text in self.labels), None)

    def escape(self, text: str, position: int, ahead: Ahead) -> str:
        """Return the line of content `text` as it is written, so that `unescape` gives it back.

        One that would begin something, were it not for leading spaces, gets one space more.
        """
        return f" {text}" if self.begins(text.lstrip(" "), position, ahead) is not None else text

    def unescape(self, text: str, position: int, ahead: Ahead) -> str:
        """Return the line of content that is written as `text`."""
        stuffed = text.startswith(" ") and self.begins(text.lstrip(" "), position, ahead) is not None
        return text[1:] if stuffed else text

    def escape_title(self, title: str) -> str:
        """Return `title` as it is written: after `Actions` any label, or `Actions` again, means that it is missing."""
        return f" {title}" if title == RECORD or title in self.labels else title

    def resembles(self, text: str, position: int) -> str | None:
        """Return the label that may come next and that `text` equals but for case, accents, spaces or apostrophes."""
        if not text.lstrip().startswith("-"):
            return None
        near = any(abs(len(text) - len(label)) <= _SLACK for label in self._next[position])
        return self._folded[position].get(fold(text)) if near else None

    def hidden_by(self, text: str, position: int) -> Field | None:
        """Return the field that must come next, when `text` is a label that comes after it."""
        if text not in self.labels or text in self._next[position]:
            return None
        required = self._required[position]
        later = () if required is None else self.fields[required + 1 :]
        return self.missing(position) if any(field.label == text for field in later) else None
