"""Contrast ratios of colours, as WCAG 2.2 defines them."""

import re

MIN_CONTRAST = 4.5
"""The minimum ratio of text and background at level AA."""

_HEX = re.compile(r"#[0-9a-f]{6}", re.IGNORECASE)
_WHITE = "#ffffff"
_LINEAR_LIMIT = 0.04045  # channel value up to which sRGB is linear


def contrast_ratio(first: str, second: str) -> float | None:
    """Return the contrast ratio of two colours, from 1 to 21; None unless both are written `#rrggbb`."""
    if not (_HEX.fullmatch(first) and _HEX.fullmatch(second)):
        return None
    darker, lighter = sorted((_luminance(first), _luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


def contrast_warnings(accent: str, background: str, text: str) -> list[str]:
    """Return a French warning for each pair of colours that is below the minimum ratio; `accent` colours links."""
    pairs = (
        (text, background, "Le texte se lit mal sur le fond"),
        (accent, background, "Les liens se lisent mal sur le fond"),
        (_WHITE, accent, "Les boutons, blancs sur votre couleur, se lisent mal"),
    )
    ratios = ((contrast_ratio(first, second), problem) for first, second, problem in pairs)
    return [
        f"{problem} : contraste de {_format_ratio(ratio)}, il en faut {_format_ratio(MIN_CONTRAST)}."
        for ratio, problem in ratios
        if ratio is not None and ratio < MIN_CONTRAST
    ]


def _format_ratio(ratio: float) -> str:
    """Return a ratio with one decimal, rounded down: rounded up, 4.46 would seem to reach 4.5."""
    return f"{int(ratio * 10) / 10:.1f}".replace(".", ",")


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[index : index + 2], 16) / 255) for index in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= _LINEAR_LIMIT else float(((channel + 0.055) / 1.055) ** 2.4)
