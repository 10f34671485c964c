"""How easily a chosen code is guessed. It warns; who sells decides."""

from __future__ import annotations

import re

# Below that, somebody with a word list and a few hundred addresses finds it in days.
ENOUGH_BITS = 40
_WORD_BITS = 11  # one of about two thousand words of trade, places and seasons
_DIGIT_BITS = 3.3
_ROUND_BITS = 6  # 100, 2026: what people put behind a word
_RANDOM_BITS = 5
_ROUND = re.compile(r"(?:19|20)\d\d|[1-9]?\d?0*|1234\d*")


def is_guessable(code: str) -> bool:
    """`OMANTEL-LAUNCH-100` is: two words and a round number."""
    return sum(map(_bits, re.findall(r"[A-Z0-9]+", code))) < ENOUGH_BITS


def _bits(part: str) -> float:
    if part.isalpha():
        return min(_WORD_BITS, len(part) * _RANDOM_BITS)
    if part.isdigit():
        return _ROUND_BITS if _ROUND.fullmatch(part) else len(part) * _DIGIT_BITS
    letters_then_digits = re.fullmatch(r"([A-Z]+)(\d+)", part)
    if letters_then_digits:
        return _bits(letters_then_digits[1]) + _bits(letters_then_digits[2])
    return len(set(part)) * _RANDOM_BITS
