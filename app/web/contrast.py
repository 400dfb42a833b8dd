"""Tells whether colours can be read on one another, as WCAG measures it."""

import re

READABLE = 4.5
"""The least contrast of a text with its ground."""

_HEX = re.compile(r"#[0-9a-f]{6}", re.IGNORECASE)
_WHITE = "#ffffff"
_DARKEST = 0.04045  # share up to which sRGB is linear


def contrast(one: str, other: str) -> float | None:
    """Return how much two colours differ, from 1 (not at all) to 21; None unless both are written `#rrggbb`."""
    if not (_HEX.fullmatch(one) and _HEX.fullmatch(other)):
        return None
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def contrast_warnings(main: str, ground: str, ink: str) -> list[str]:
    """Return, in French, what people will not be able to read with those colours of links, ground and text."""
    pairs = (
        (ink, ground, "Le texte se lit mal sur le fond"),
        (main, ground, "Les liens se lisent mal sur le fond"),
        (_WHITE, main, "Les boutons, blancs sur votre couleur, se lisent mal"),
    )
    ratios = ((contrast(one, other), what) for one, other, what in pairs)
    return [
        f"{what} : contraste de {_french(ratio)}, il en faut {_french(READABLE)}."
        for ratio, what in ratios
        if ratio is not None and ratio < READABLE
    ]


def _french(ratio: float) -> str:
    """Return a ratio cut after a decimal: rounded up, what is not enough might seem to be."""
    return f"{int(ratio * 10) / 10:.1f}".replace(".", ",")


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[place : place + 2], 16) / 255) for place in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(share: float) -> float:
    return share / 12.92 if share <= _DARKEST else float(((share + 0.055) / 1.055) ** 2.4)
