"""Contrast of an accent on our surfaces, as WCAG 2.2 defines it. Pure.

The surfaces are those of `static/src/app.css`: page, panel, and what is chosen (a tint of the
accent itself on the page).
"""

from __future__ import annotations

import re

LEAST = 4.5  # WCAG 2.2, 1.4.3
LIGHT = ("#ffffff", "#f6f7f9")
DARK = ("#0e1116", "#151a21")
ON_DARK = "#0b0f14"  # words on the accent, in the dark
TINT = 0.10
WHITE = "#ffffff"
_HEX = re.compile(r"#[0-9a-f]{6}")


def is_colour(text: str) -> bool:
    return _HEX.fullmatch(text) is not None


def contrast(one: str, other: str) -> float:
    """1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def least_contrast(accent: str, surfaces: tuple[str, ...] = LIGHT) -> float:
    """On the worst of the surfaces, those that it tints itself too."""
    tinted = [mix(accent, each, TINT) for each in surfaces]
    return min(contrast(accent, each) for each in (*surfaces, *tinted))


def for_the_dark(accent: str) -> str:
    """The same hue, as light as words on dark surfaces and dark words on it need."""
    for step in range(21):
        made = mix(WHITE, accent, step / 20)
        if least_contrast(made, DARK) >= LEAST and contrast(made, ON_DARK) >= LEAST:
            return made
    return WHITE


def mix(one: str, other: str, share: float) -> str:
    """So much of the first, the rest of the other."""
    pairs = zip(_parts(one), _parts(other), strict=True)
    return "#" + "".join(f"{round(a * share + b * (1 - share)):02x}" for a, b in pairs)


def _parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    """Relative luminance of sRGB (WCAG 2.2, definitions)."""
    red, green, blue = (_linear(part / 255) for part in _parts(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return float(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)
