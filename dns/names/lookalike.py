"""Which names a person would take for each other (UTS #39, Unicode's security mechanisms).

`skeleton` is the same for names that look the same; `mixed_scripts` says whether letters of several
scripts stand together that no one language writes together. Data: confusable-homoglyphs, made from
Unicode's `confusables.txt` and `Scripts.txt`.
"""

from __future__ import annotations

from functools import cache
from unicodedata import normalize

# Both without types of their own.
from confusable_homoglyphs.categories import unique_aliases  # type: ignore[import-untyped]
from confusable_homoglyphs.confusables import confusables_data  # type: ignore[import-untyped]

LONGEST = 255  # what the column of an allocation holds; longer ones are compared by their start
_MARKS = "\u200e"  # the data wraps right-to-left letters in it
_ANY = {"COMMON", "INHERITED"}
# "Highly restrictive" (UTS #39 §5.2): one script, or one of these sets.
_TOGETHER = (
    {"LATIN", "HAN", "HIRAGANA", "KATAKANA"},
    {"LATIN", "HAN", "HANGUL"},
    {"LATIN", "HAN", "BOPOMOFO"},
)


def skeleton(display: str) -> str:
    """The look of a name. `display` is the U-label: `0mantel` and `omantel` give the same.

    Names are lower case for us, so prototypes are as well (0 stands for O and that for o).
    """
    prototypes = _prototypes()
    text = normalize("NFD", display)
    for _ in range(2):  # a prototype in capitals leads to one in small letters
        text = "".join(prototypes.get(letter, letter) for letter in text).lower()
    return normalize("NFD", text)[:LONGEST]


def mixed_scripts(display: str) -> bool:
    """Do letters stand together that no language writes together (Latin beside Cyrillic, …)?"""
    scripts = set(unique_aliases(display)) - _ANY
    return len(scripts) > 1 and not any(scripts <= together for together in _TOGETHER)


@cache
def _prototypes() -> dict[str, str]:
    """Letter → what stands for all that look like it.

    In the data each letter names its prototype and each prototype its letters: stars, whose middle
    is the only one that may have several letters (`rn` for `m`).
    """
    found: dict[str, str] = {}
    for middle, around in confusables_data.items():
        letters = {text for each in around if (text := each["c"].strip(_MARKS))}
        texts = {middle.strip(_MARKS), *letters}
        if len(around) > 1 or len(middle.strip(_MARKS)) > 1:
            best = min(texts, key=_rank)
            found.update((text, best) for text in texts if len(text) == 1)
    for letter, around in confusables_data.items():
        if len(around) == 1 and len(letter) == 1 and letter not in found:
            pair = {letter, around[0]["c"].strip(_MARKS)} - {""}
            found[letter] = min(pair, key=_rank)
    return found


def _rank(text: str) -> tuple[bool, bool, bool, bool, str]:
    """Best first: several letters, then ours: small letters, capitals, the rest of ASCII."""
    return (len(text) == 1, not text.isascii(), not text.islower(), not text.isalpha(), text)
