"""Secrets are taken out of a line before it is stored, in every form they are likely to take.

Secrets of the run are known by value; `shapes.py` knows what foreign ones look like.
"""

from __future__ import annotations

import base64
import json
import re
import shlex
import urllib.parse
from collections.abc import Iterable

from catalyst.eventlog import shapes
from catalyst.vault.secret import Secret

MASK = shapes.MASK
SHORTEST = 6
SHORTEST_LINE = 16  # of a secret of several lines: shorter ones are words like `}`
# Control sequences of ECMA-48 (colours, then titles with their text), the control characters left
# over, and lone surrogates, which no database takes.
CONTROL = re.compile(
    r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]{0,256}(?:\x07|\x1b\\)|\x1b[@-_]"
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]"
)


def forms(value: str) -> set[str]:
    """Spellings of one secret: plain, base64 (all alignments, both alphabets), URL, JSON, shell.

    A secret of several lines may arrive line by line: each longer one is a spelling as well.
    """
    quote = urllib.parse.quote
    found = {value, quote(value, safe=""), quote(value), urllib.parse.quote_plus(value)}
    found |= {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    found.add(shlex.quote(value))
    raw = value.encode()
    for lead in range(3):
        # Inside a longer base64 text the first and last characters depend on the neighbours.
        encoded = base64.b64encode(b"\0" * lead + raw).decode().rstrip("=")
        start = 0 if lead == 0 else lead + 1
        inner = encoded[start : len(encoded) - (1 if (len(raw) + lead) % 3 else 0)]
        found |= {inner, inner.replace("+", "-").replace("/", "_")}
    if len(pieces := value.split("\n")) > 1:
        found |= {piece.strip() for piece in pieces if len(piece.strip()) >= SHORTEST_LINE}
    return {form for form in found if len(form) >= SHORTEST}


class Redactor:
    """Knows the secrets of one run and takes them out of text.

    It also remembers whether it is inside a private key that comes line by line, so one Redactor
    serves one source of lines.
    """

    def __init__(self, secrets: Iterable[Secret] = ()) -> None:
        spellings = {form for secret in secrets for form in forms(secret.reveal())}
        longest_first = sorted(spellings, key=len, reverse=True)
        self._pattern = (
            re.compile("|".join(map(re.escape, longest_first))) if longest_first else None
        )
        self._in_key = False

    def clean(self, text: str) -> str:
        """Text without secrets, ANSI sequences and control characters."""
        text = CONTROL.sub("", text)
        if self._pattern:
            text = self._pattern.sub(MASK, text)
        return shapes.mask(text)

    def clean_named(self, name: str, text: str) -> str:
        """The same for a value whose name tells what it is, e.g. `token`."""
        text = self.clean(text)
        return MASK if shapes.is_secret_of_name(name, text) else text

    def clean_lines(self, texts: Iterable[str]) -> list[str]:
        """Lines in order as they came; a private key is taken out across their edges too."""
        cleaned = []
        for text in texts:
            inside = self._in_key and shapes.goes_on_with_key(text)
            self._in_key = shapes.opens_key(text) or (inside and not shapes.closes_key(text))
            cleaned.append(MASK if inside else self.clean(text))
        return cleaned
