"""Dependencies as people write them, one a line: `mysql ^11 as main when {{ .config.x }}`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from catalyst.blueprints.needs import ANY, Need

NOTHING = "-"
_LINE = re.compile(
    r"(?P<blueprint>[a-z0-9]+(?:-[a-z0-9]+)*)"
    r"(?:\s+(?!as\s|when\s)(?P<version>.+?))?"
    r"(?:\s+as\s+(?P<alias>\S+))?"
    r"(?:\s+when\s+(?P<when>\{\{.*\}\}))?"
)


def parse(text: str) -> list[str | dict[str, str]] | None:
    """As a Blueprint says them; None for an empty text, nothing for `-`. Raises ValueError."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        return None
    return [] if lines == [NOTHING] else [_line(line) for line in lines]


def _line(line: str) -> str | dict[str, str]:
    found = _LINE.fullmatch(line)
    if found is None:
        raise ValueError(f"{line!r} is no dependency")
    told = {name: value for name, value in found.groupdict().items() if value}
    need = Need(**told)
    return need.blueprint if len(told) == 1 else told


def write(told: Iterable[Any] | None) -> str:
    """The text that `parse` reads back."""
    if told is None:
        return ""
    return "\n".join(_text(each) for each in told) or NOTHING


def _text(told: Any) -> str:
    if isinstance(told, str):
        return told
    version = told.get("version", ANY)
    words = [told["blueprint"], "" if version == ANY else version]
    words += [f"as {told['alias']}"] if told.get("alias") else []
    words += [f"when {told['when']}"] if told.get("when") else []
    return " ".join(word for word in words if word)
