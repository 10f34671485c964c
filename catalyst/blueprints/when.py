"""`when`: whether a Blueprint needs another, said of its own configuration.

A template in the words of Helm, of which just these are known:
`{{ .config.a.b }}`, `{{ not .config.a }}`, `{{ eq .config.a "x" }}`, `{{ ne .config.a 3 }}`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

_WORDS = re.compile(
    r"\{\{-?\s*(?:(not|eq|ne)\s+)?\.config((?:\.[A-Za-z_][A-Za-z0-9_]*)+)"
    r'(?:\s+("(?:[^"\\]|\\.)*"|-?\d{1,15}|true|false))?\s*-?\}\}'
)


@dataclass(frozen=True, slots=True)
class When:
    """`test` of the value at `path`; no path is always."""

    path: tuple[str, ...] = ()
    test: str = ""
    value: Any = None

    @classmethod
    def parse(cls, text: str) -> When:
        """Raises ValueError for a template that is not one of the four."""
        return _parse(text)

    def holds(self, config: Mapping[str, Any]) -> bool:
        """What is not said is not so: an absent value is empty."""
        if not self.path:
            return True
        found: Any = config
        for name in self.path:
            found = found.get(name) if isinstance(found, Mapping) else None
        if self.test in {"eq", "ne"}:
            return _same(found, self.value) is (self.test == "eq")
        return bool(found) is (self.test != "not")


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


@cache
def _parse(text: str) -> When:
    if not text.strip():
        return When()
    found = _WORDS.fullmatch(text.strip())
    test = found[1] or "" if found else ""
    if found is None or (test in {"eq", "ne"}) is (found[3] is None):
        raise ValueError(f"{text!r} is no `when` that Catalyst can read")
    value = json.loads(found[3]) if found[3] else None
    return When(tuple(found[2].strip(".").split(".")), test, value)
