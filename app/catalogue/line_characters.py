"""The characters that a value of one line must not hold: they are invisible, or change the text around them."""

import unicodedata

_ZWNJ, _ZWJ = "\u200c", "\u200d"
_VARIATION_SELECTOR = "\ufe0f"
_SKIN_TONES = frozenset(map(chr, range(0x1F3FB, 0x1F400)))
_VIRAMA = 9  # the combining class of the signs after which Indic scripts use joiners

_SEPARATORS = {
    "\t": "tabulation",
    "\n": "saut de ligne",
    "\r": "retour chariot",
    "\x1b": "échappement",
    "\x7f": "suppression",
    "\u2028": "séparateur de lignes",
    "\u2029": "séparateur de paragraphes",
}
_INVISIBLE = {
    "\u061c": "marque de lettre arabe",
    "\u200b": "espace sans chasse",
    _ZWNJ: "antiliant sans chasse",
    _ZWJ: "liant sans chasse",
    "\u200e": "marque gauche-à-droite",
    "\u200f": "marque droite-à-gauche",
    "\u202a": "enchâssement gauche-à-droite",
    "\u202b": "enchâssement droite-à-gauche",
    "\u202c": "dépilement de formatage directionnel",
    "\u202d": "forçage gauche-à-droite",
    "\u202e": "forçage droite-à-gauche",
    "\u2060": "gluon de mots",
    "\u2066": "isolateur gauche-à-droite",
    "\u2067": "isolateur droite-à-gauche",
    "\u2068": "isolateur du premier caractère fort",
    "\u2069": "dépilement d'isolateur directionnel",
    "\ufeff": "espace insécable sans chasse",
}


def forbidden_characters(line: str) -> list[str]:
    """Return the characters that `line` must not hold, each once, in their order.

    These are control characters, separators of lines, bidirectional controls, and zero-width characters, except for
    joiners where a script or a sequence of emoji needs them.
    """
    if line.isascii() and line.isprintable():
        return []
    return [*dict.fromkeys(char for offset, char in enumerate(line) if _is_forbidden(line, offset))]


def replace_forbidden(line: str) -> str:
    """Return `line` with a space for each forbidden control character or separator, and without the invisible ones."""
    return "".join(
        char if not _is_forbidden(line, offset) else "" if char in _INVISIBLE else " "
        for offset, char in enumerate(line)
    )


def describe_character(char: str) -> str:
    """Return the code point and the French name of a forbidden character."""
    name = _SEPARATORS.get(char) or _INVISIBLE.get(char) or "caractère de commande"
    return f"U+{ord(char):04X} ({name})"


def _is_forbidden(line: str, offset: int) -> bool:
    char = line[offset]
    if char in (_ZWNJ, _ZWJ):
        return not _joins(line[offset - 1 : offset], char, line[offset + 1 : offset + 2])
    return char in _INVISIBLE or char in _SEPARATORS or unicodedata.category(char) == "Cc"


def _joins(before: str, joiner: str, after: str) -> bool:
    """Tell whether a joiner has a use: after a virama, between Arabic letters, or between two emoji."""
    if before and unicodedata.combining(before) == _VIRAMA:
        return True
    if not before or not after:
        return False
    if joiner == _ZWNJ:
        return unicodedata.bidirectional(before) == unicodedata.bidirectional(after) == "AL"
    emoji = unicodedata.category(before) == "So" or before == _VARIATION_SELECTOR or before in _SKIN_TONES
    return emoji and unicodedata.category(after) == "So"
