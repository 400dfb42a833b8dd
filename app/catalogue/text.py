"""Forms of a French text: canonical for storage, folded for comparison, collation key for sorting, slug for URLs."""

import hashlib
import re
import unicodedata

_EQUIVALENTS = str.maketrans({"œ": "oe", "æ": "ae", "’": "'", "ʼ": "'", "‘": "'"})  # ligatures and apostrophes
_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")
_NOT_SLUG = re.compile(r"[^a-z0-9]+")
_MAX_QUOTE_LENGTH = 60  # characters


def canonical_line(value: str) -> str:
    """Return `value` in NFC, without surrounding white space."""
    return unicodedata.normalize("NFC", value).strip()


def canonical_text(value: str) -> str:
    """Return `value` as stored: NFC, `\\n` line ends, no trailing white space, no trailing blank lines.

    Nothing else is changed, so that the text format gives a text back verbatim.
    """
    text = unicodedata.normalize("NFC", value).replace("\r\n", "\n").replace("\r", "\n")
    return "\n".join(line.rstrip() for line in text.split("\n")).rstrip("\n")


def fold(value: str) -> str:
    """Return the form in which values are compared: no case, accents or ligatures, `'` for every apostrophe.

    White space is collapsed. Slugs, and so identifiers, and the sort values in the index are made of it: a change of
    its result breaks URLs and needs a new `_FORMAT_VERSION` in `app.search.whoosh_engine.schema`.
    """
    decomposed = unicodedata.normalize("NFD", value.casefold().translate(_EQUIVALENTS))
    if not decomposed.isascii():
        decomposed = "".join([char for char in decomposed if not unicodedata.combining(char)])
    return " ".join(decomposed.split())


def collation_key(value: str) -> str:
    """Return the French collation key of `value`, without case, accents and punctuation."""
    return _NOT_ALPHANUMERIC.sub(" ", fold(value)).strip()


def shorten(text: str) -> str:
    """Return `text` as a message quotes it: cut after 60 characters."""
    return text if len(text) <= _MAX_QUOTE_LENGTH else f"{text[:_MAX_QUOTE_LENGTH]}…"


def digest(*parts: str, length: int = 32) -> str:
    """Return the first `length` hexadecimal digits of the SHA-256 of `parts`, separated by NUL."""
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()[:length]


def slug(value: str, *, max_length: int = 60) -> str:
    """Return `value` as lower-case ASCII words joined by hyphens, cut after a word at `max_length` characters at most.

    A value without a Latin letter or digit gives an empty string.
    """
    whole = _NOT_SLUG.sub("-", fold(value)).strip("-")
    if len(whole) <= max_length:
        return whole
    cut = whole[: max_length + 1].rpartition("-")[0]
    return cut or whole[:max_length]
