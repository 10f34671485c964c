"""The list Catalyst comes with, as a value; a migration puts it into the table."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_FILE = Path(__file__).with_name("seed.toml")


@dataclass(frozen=True, slots=True)
class Entry:
    """One word or shell-style pattern (fnmatch) of labels, and why it is kept."""

    word: str
    pattern: bool
    reason: str


def entries() -> Iterator[Entry]:
    """Every entry of the file, words before patterns."""
    for group in tomllib.loads(_FILE.read_text())["group"]:
        for word in group["names"]:
            yield Entry(word, False, group["reason"])
        for word in group.get("patterns", ()):
            yield Entry(word, True, group["reason"])
