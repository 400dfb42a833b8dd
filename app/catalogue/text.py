"""The forms of a piece of French text: canonical to store, folded to compare, collated to sort, slug to name."""

import hashlib
import re
import unicodedata

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "’": "'", "ʼ": "'", "‘": "'"})
_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")
_NOT_SLUG = re.compile(r"[^a-z0-9]+")
_MAX_QUOTE_LENGTH = 60  # characters


def canonical_line(value: str) -> str:
    """Return `value` composed (NFC) and without white space around it."""
    return unicodedata.normalize("NFC", value).strip()


def canonical_text(value: str) -> str:
    """Return `value` as it is stored: NFC, `\\n` between lines, nothing at line ends, no blank last line.

    These are the only liberties that the export format allows itself: everything else is kept verbatim.
    """
    text = unicodedata.normalize("NFC", value).replace("\r\n", "\n").replace("\r", "\n")
    return "\n".join(line.rstrip() for line in text.split("\n")).rstrip("\n")


def fold(value: str) -> str:
    """Return `value` without case, accents, ligatures, or runs of white space: two values match when this is equal."""
    decomposed = unicodedata.normalize("NFD", value.casefold().translate(_LIGATURES))
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(bare.split())


def collation_key(value: str) -> str:
    """Return the key that orders `value` the French way: case, accents and punctuation do not matter."""
    return _NOT_ALPHANUMERIC.sub(" ", fold(value)).strip()


def shorten(text: str) -> str:
    """Return `text` as a message quotes it: cut after 60 characters."""
    return text if len(text) <= _MAX_QUOTE_LENGTH else f"{text[:_MAX_QUOTE_LENGTH]}…"


def digest(*parts: str, length: int = 32) -> str:
    """Return the first `length` hexadecimal digits of a SHA-256 that tells `parts` apart."""
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()[:length]


def slug(value: str, *, max_length: int = 60) -> str:
    """Return `value` as lower-case ASCII words joined by hyphens, cut after a word at `longest` characters at most.

    A value without a Latin letter or digit gives an empty string.
    """
    whole = _NOT_SLUG.sub("-", fold(value)).strip("-")
    if len(whole) <= max_length:
        return whole
    cut = whole[: max_length + 1].rpartition("-")[0]
    return cut or whole[:max_length]
